using System.Device.Gpio;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Tests.Gpio;

namespace LabRunner.Hardware.Tests.KernelLab;

/// <summary>The cdev driver on a chip of a real kernel.</summary>
[TestFixture]
[Category("kernel-lab")]
internal sealed class GpioSimTests : CdevConformance
{
    private GpioSimChip Chip => ((GpioSimRig)Rig).Chip;

    [Test]
    public async Task Chip_ByLabel_IsFoundWhateverItsNumber()
    {
        await using CdevGpioChip chip = new(new CdevGpioChipOptions { Label = Chip.Label }, new FakeContext());
        Assert.That(chip.Driver.GetChipInfo().Label, Is.EqualTo(Chip.Label));
    }

    [Test]
    public async Task Debounce_Glitch_IsNoEdgeAndALevelThatStandsIs(CancellationToken token)
    {
        // Longer than any pause of an interpreted guest between two writes.
        using BenchLine line = BenchLine.Input(Context(), Input(Rig.InputName) with { Debounce = TimeSpan.FromMilliseconds(400) });
        Channel<bool> edges = Channel.CreateUnbounded<bool>();
        using IDisposable watch = line.Watch((_, active, _) => edges.Writer.TryWrite(active));
        for (int i = 0; i < 10; i++)
        {
            Rig.Drive(true);
            Rig.Drive(false);
        }

        Rig.Drive(true);
        Assert.That(line.Read(), Is.False, "not yet");
        Assert.That(await edges.Reader.ReadAsync(token), Is.True);
        Assert.That((line.Read(), edges.Reader.TryRead(out _)), Is.EqualTo((true, false)), "one edge for all");
    }

    [Test]
    public async Task Owner_Killed_LineIsGivenBackAndAnotherCanTakeItAtOnce(CancellationToken token)
    {
        Rig.PullOutput(false);
        using Process owner = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            Environment = { [LineHolder.Variable] = string.Create(CultureInfo.InvariantCulture, $"{Chip.Label}:{Rig.Output}") },
        })!;
        while (!Rig.OutputLevel)
        {
            Assert.That(owner.HasExited, Is.False, "the owner ended before it had the line");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, token);
        }

        owner.Kill();
        await owner.WaitForExitAsync(token);

        // gpio-sim gives a line back to its pull, as a Raspberry Pi does only with strict_gpiod: here the pull means off.
        Assert.That(Rig.OutputLevel, Is.False);
        using BenchLine guard = BenchLine.Output(Context(), new OutputOptions { Chip = "pi", Line = Rig.Output });
        Assert.That(guard.Read(), Is.False);
    }

    protected override Task<ICdevRig> MakeCdevAsync() => Task.FromResult<ICdevRig>(new GpioSimRig(chip => new CdevGpioDriver(chip.DevicePath, "labrunner")));
}

/// <summary>
/// The libgpiod driver of System.Device.Gpio on the same chip: what GpioController promises. It has no stamps, sequence numbers, names, drive
/// or debounce, so nothing of <see cref="CdevConformance"/> can be asked of it.
/// </summary>
[TestFixture]
[Category("kernel-lab")]
internal sealed class LibGpiodSimTests : GpioConformance
{
    protected override Task<IGpioRig> MakeAsync() => Task.FromResult<IGpioRig>(new GpioSimRig(chip =>
    {
        LibGpiodChip libgpiod = new(new LibGpiodChipOptions { Label = chip.Label }, new FakeContext());
        return libgpiod.Driver;
    }));
}
