using System.Device.Gpio;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Gpio;

/// <summary>The expander, over a model of its registers.</summary>
[TestFixture]
internal sealed class Mcp23017Tests : GpioConformance
{
    private Mcp23017Rig _rig = null!;

    [Test]
    public void Open_OutputHigh_LatchBeforeDirection()
    {
        _rig.Model.Writes.Clear();
        Controller.OpenPin(9, PinMode.Output, PinValue.High);
        Assert.That(_rig.Model.Writes, Is.EqualTo(new[] { "14 0200", "00 FDFF" }), "OLAT, then IODIR: no moment of low");
    }

    [Test]
    public void Open_InputPullUp_PullBeforeDirection()
    {
        _rig.Model.Writes.Clear();
        Controller.OpenPin(2, PinMode.InputPullUp);
        Assert.That(_rig.Model.Writes, Is.EqualTo(new[] { "0C 0004", "00 FFFF" }));
        Assert.That((bool)Controller.Read(2), Is.True);
    }

    [Test]
    public void Set_ShortedOutput_FaultOfItsReadBack()
    {
        using BenchLine line = BenchLine.Output(Context(), new OutputOptions { Chip = "pi", Line = 3 });
        _rig.Model.Shorted = 1 << 3;
        Assert.That(() => line.Set(true), Throws.TypeOf<BenchFaultException>().With.Message.Contains("line 3 of chip 'pi' did not go high"));
    }

    [Test]
    public void Line_ByDataSheetName_IsFound()
    {
        using BenchLine line = BenchLine.Output(Context(), new OutputOptions { Chip = "pi", Line = LineId.TryParse("GPB2", out LineId id) ? id : default });
        line.Set(true);
        Assert.That(_rig.Model.Level(10), Is.True);
    }

    [Test]
    public void KeptOutput_LeftOn_StaysOnWithoutAClick()
    {
        OutputOptions options = new() { Chip = "pi", Line = 3 };
        using (BenchLine before = BenchLine.Output(Context(), options))
        {
            before.Set(true);
        }

        _rig.Model.Writes.Clear();
        using BenchLine after = BenchLine.KeptOutput(Context(), options);
        Assert.That((after.Read(), _rig.Model.Writes), Is.EqualTo((true, new[] { "14 0008", "00 FFF7" })), "latch and direction as they were");
    }

    [Test]
    public void OpenDrain_IsRefusedWithTheReason() =>
        Assert.That(
            () => BenchLine.Output(Context(), new OutputOptions { Chip = "pi", Line = 3, Drive = LineDrive.OpenDrain }),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Configuration).And.Message.Contains("neither pull-downs, open drain"));

    [Test]
    public void Bus_Silent_FaultNamesAddressAndBus()
    {
        _rig.Model.Gone = true;
        Assert.That(
            () => new Mcp23017Chip(new Mcp23017ChipOptions { Bus = "i2c-1", Address = 0x21 }, new FakeContext().With("i2c-1", new ModelBus(_rig.Model))),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Gpio).And.Message.Contains("0x21 on 'i2c-1'"));
    }

    [Test]
    public async Task InterruptLine_Falls_EdgesAreReadWithoutPolling(CancellationToken token)
    {
        RegisterModel model = new();
        SimulatedKernel host = new(8);
        host.Pull(4, true);
        using GpioController hostLines = new(new CdevGpioDriver("/dev/gpiochip0", "labrunner", host));
        FakeContext context = new FakeContext().With("i2c-1", new ModelBus(model)).With("pi", hostLines);
        model.Interrupt = asserted => host.Pull(4, !asserted);
        await using Mcp23017Chip chip = new(
            new Mcp23017ChipOptions { Bus = "i2c-1", InterruptChip = "pi", InterruptLine = 4, Poll = TimeSpan.FromHours(1) }, context);
        using GpioController lines = new(chip.Driver);
        lines.OpenPin(12, PinMode.Input);
        TaskCompletionSource<LineEdge> seen = new();
        using IDisposable watch = ((ILineEdges)chip.Driver).Watch(12, edge => seen.TrySetResult(edge));
        model.Drive(12, true);
        LineEdge edge = await seen.Task.WaitAsync(token);
        Assert.That((edge.Line, edge.Rising, edge.Sequence), Is.EqualTo((12, true, 1u)));
    }

    protected override Task<IGpioRig> MakeAsync()
    {
        RegisterModel model = new();
        return Task.FromResult<IGpioRig>(_rig = new Mcp23017Rig(model, new ModelBus(model)));
    }

    private FakeContext Context() => new FakeContext().With("pi", Controller).With("pi", _rig.Driver);
}
