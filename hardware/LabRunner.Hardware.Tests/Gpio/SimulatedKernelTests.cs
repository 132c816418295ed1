using System.Device.Gpio;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Tests.Gpio;

/// <summary>The cdev driver on a chip in this process.</summary>
[TestFixture]
internal sealed class SimulatedKernelTests : CdevConformance
{
    [Test]
    public void OpenDrain_PulledUp_IsLetGoAndFollowsThePull()
    {
        Rig.PullOutput(true);
        using BenchLine line = BenchLine.Output(Context(), new OutputOptions { Chip = "pi", Line = Rig.Output, ActiveLow = true, Drive = LineDrive.OpenDrain });
        Assert.That(Rig.OutputLevel, Is.True, "let go");
        line.Set(true);
        Assert.That(Rig.OutputLevel, Is.False, "pulled low");
        line.Set(false);
        Assert.That(line.Read(), Is.False);

        // Somebody else presses the same button: the line tells it although the bench has let go.
        Rig.PullOutput(false);
        Assert.That(line.Read(), Is.True);
    }

    // The kernel of a Raspberry Pi leaves a line as its dead owner had it; gpio-sim's does not, so this is asked here alone.
    [TestCase(false, LineDrive.PushPull)]
    [TestCase(true, LineDrive.PushPull)]
    [TestCase(true, LineDrive.OpenDrain)]
    public async Task Power_OfASlotThatKeepsIt_OpenedAgain_StaysOnWithoutAClick(bool activeLow, LineDrive drive, CancellationToken token)
    {
        Rig.PullOutput(activeLow);
        GpioPowerOptions options = new() { Chip = "pi", Line = Rig.Output, ActiveLow = activeLow, Drive = drive };
        GpioPower? power = null;
        Assert.That(Rig.OutputLevels(() => power = new GpioPower(options, Context().Fact("keepPower", "true"))), Is.EqualTo(new[] { activeLow }), "nobody had switched it on");
        await power!.SwitchAsync(PowerState.On, token);
        await power.DisposeAsync();
        Assert.That(Rig.OutputLevels(() => power = new GpioPower(options, Context().Fact("keepPower", "true"))), Is.EqualTo(new[] { !activeLow }));
        Assert.That(await power.ReadStateAsync(token), Is.EqualTo(PowerState.On));
        await power.SwitchAsync(PowerState.Off, token);
        await power.SwitchAsync(PowerState.On, token);
        await power.DisposeAsync();
        Assert.That(Rig.OutputLevels(() => power = new GpioPower(options, Context())), Is.EqualTo(new[] { !activeLow, activeLow }), "any other slot is off when it is opened");
        await power.DisposeAsync();
    }

    protected override Task<ICdevRig> MakeCdevAsync() => Task.FromResult<ICdevRig>(new SimulatedRig());

    private sealed class SimulatedRig : ICdevRig
    {
        private readonly SimulatedKernel _kernel = new(8);

        public SimulatedRig()
        {
            _kernel.Name(Input, InputName);
            _kernel.Hold(HeldLine, "somebody else");
            Driver = new CdevGpioDriver("/dev/gpiochip0", "labrunner", _kernel);
        }

        public GpioDriver Driver { get; }

        public int Output => 3;

        public int Input => 5;

        public string InputName => "SENSE";

        public int HeldLine => 7;

        public bool OutputLevel => _kernel[Output];

        public bool InputLevel => _kernel[Input];

        public string InputConsumer => _kernel.Consumer(Input);

        public void Drive(bool high) => _kernel.Pull(Input, high);

        public void PullOutput(bool high) => _kernel.Pull(Output, high);

        public IReadOnlyList<bool> OutputLevels(Action action)
        {
            int before = _kernel.Levels(Output).Count;
            action();
            return _kernel.Levels(Output)[(before - 1)..];
        }

        public ValueTask DisposeAsync()
        {
            Driver.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
