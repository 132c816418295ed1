using System.Device.Gpio;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Drivers.Buttons;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Drivers.Heartbeats;
using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Drivers.Straps;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Drivers;

[CancelAfter(60_000)]
public sealed class GpioActuatorTests
{
    private FakeChip _chip = null!;
    private FakeContext _context = null!;

    [SetUp]
    public void Build()
    {
        _chip = new FakeChip();
        _context = new FakeContext(scale: 100).With("pi", new GpioController(_chip));
    }

    [TearDown]
    public void Free() => _chip.Dispose();

    [TestCase(false, "Low")]
    [TestCase(true, "High")]
    public async Task Power_Opened_OffTogetherWithDirection(bool activeLow, string level, CancellationToken token)
    {
        await using GpioPower power = Power(activeLow);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_chip.Trace, Is.EqualTo(new[] { $"open 3 Output {level}" }), "one step, no click");
            Assert.That(await power.ReadStateAsync(token), Is.EqualTo(PowerState.Off));
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Power_SwitchedOnAndOff_LevelAndReadBack(bool activeLow, CancellationToken token)
    {
        await using GpioPower power = Power(activeLow);
        await power.SwitchAsync(PowerState.On, token);
        Assert.That((_chip[3], await power.ReadStateAsync(token)), Is.EqualTo((!activeLow, PowerState.On)));
        await power.SwitchAsync(PowerState.Off, token);
        Assert.That((_chip[3], await power.ReadStateAsync(token)), Is.EqualTo((activeLow, PowerState.Off)));
    }

    [Test]
    public async Task Power_LineDoesNotFollow_GpioFault(CancellationToken token)
    {
        await using GpioPower power = Power();
        _chip.Stuck.Add(3);
        await Assert.ThatAsync(
            () => power.SwitchAsync(PowerState.On, token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Gpio)
                .And.Message.Contains("slot p1").And.Message.Contains("line 3 of chip 'pi'"));
    }

    [Test]
    public async Task Power_ChipBroken_GpioFaultNamesLine(CancellationToken token)
    {
        await using GpioPower power = Power();
        _chip.Broken = new IOException("no such device");
        await Assert.ThatAsync(
            () => power.SwitchAsync(PowerState.On, token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Gpio).And.Message.Contains("no such device"));
    }

    [Test]
    public async Task Power_UnknownState_Refused(CancellationToken token)
    {
        await using GpioPower power = Power();
        await Assert.ThatAsync(() => power.SwitchAsync(PowerState.Unknown, token), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public async Task Power_Disposed_LineClosedButNotSwitched(CancellationToken token)
    {
        GpioPower power = Power();
        await power.SwitchAsync(PowerState.On, token);
        await power.DisposeAsync();
        await power.DisposeAsync();
        Assert.That(_chip.Trace, Is.EqualTo(new[] { "open 3 Output Low", "write 3 High", "close 3" }));
    }

    [Test]
    public async Task Power_LineAlreadyTaken_FaultNamesLine()
    {
        await using GpioPower first = Power();
        Assert.That(() => Power(), Throws.TypeOf<BenchFaultException>().With.Message.Contains("line 3 of chip 'pi'"));
    }

    [Test]
    public async Task Strap_AssertedReleasedDisposed_FollowsAndEndsReleased(CancellationToken token)
    {
        GpioStrap strap = new(new OutputOptions { Chip = "pi", Line = 4, ActiveLow = true }, _context);
        await strap.SetAsync(true, token);
        Assert.That((_chip[4], await strap.ReadAsync(token)), Is.EqualTo((false, (bool?)true)));
        await strap.DisposeAsync();
        Assert.That(_chip.Trace, Is.EqualTo(new[] { "open 4 Output High", "write 4 Low", "write 4 High", "close 4" }));
    }

    [Test]
    public async Task Heartbeat_EachBeatIsAnEdge_EndsInactive()
    {
        GpioHeartbeat heartbeat = new(new OutputOptions { Chip = "pi", Line = 6 }, _context);
        heartbeat.Beat();
        heartbeat.Beat();
        heartbeat.Beat();
        await heartbeat.DisposeAsync();
        await heartbeat.DisposeAsync();
        Assert.That(_chip.Trace, Is.EqualTo(new[] { "open 6 Output Low", "write 6 High", "write 6 Low", "write 6 High", "write 6 Low", "close 6" }));
        Assert.That(heartbeat.Beat, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public async Task Heartbeat_LineDoesNotFollow_GpioFault()
    {
        await using GpioHeartbeat heartbeat = new(new OutputOptions { Chip = "pi", Line = 6 }, _context);
        _chip.Stuck.Add(6);
        Assert.That(heartbeat.Beat, Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Gpio));
    }

    [Test]
    public async Task Button_PressCancelled_IsLetGo(CancellationToken token)
    {
        await using GpioButton button = new(new GpioButtonOptions { Chip = "pi", Line = 5 }, _context);
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task press = button.PressAsync(TimeSpan.FromHours(1), _context.Clock, cancel.Token);
        Assert.That((_chip[5], await button.ReadAsync(token)), Is.EqualTo((true, (bool?)true)));
        await cancel.CancelAsync();
        await Assert.ThatAsync(() => press, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_chip[5], Is.False);
    }

    [Test]
    public async Task Button_LineDoesNotFollow_GpioFault(CancellationToken token)
    {
        await using GpioButton button = new(new GpioButtonOptions { Chip = "pi", Line = 5 }, _context);
        _chip.Stuck.Add(5);
        await Assert.ThatAsync(
            () => button.SetAsync(true, token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Gpio).And.Message.Contains("did not go high"));
    }

    [Test]
    public void Button_OpenDrainOnAChipWithout_IsRefusedAndNeverDrivesHigh()
    {
        Assert.That(
            () => new GpioButton(new GpioButtonOptions { Chip = "pi", Line = 5, Drive = ButtonDrive.OpenDrain }, _context),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains("no such drive").And.Message.Contains("cdev"));
        Assert.That(_chip.Trace, Has.None.Contains("High"));
    }

    [Test]
    public async Task Button_Relay_StampsAreTheContactsNotTheLines(CancellationToken token)
    {
        await using GpioButton button = new(
            new GpioButtonOptions { Chip = "pi", Line = 5, Drive = ButtonDrive.Relay, Operate = TimeSpan.FromSeconds(5), Release = TimeSpan.FromSeconds(2) }, _context);
        TimeSpan before = _context.Clock.Elapsed;
        ButtonEdge pushed = await button.SetAsync(true, token);
        TimeSpan between = _context.Clock.Elapsed;
        ButtonEdge released = await button.SetAsync(false, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(pushed.At, Is.InRange(before + TimeSpan.FromSeconds(5), between));
            Assert.That(released.At, Is.InRange(between + TimeSpan.FromSeconds(2), _context.Clock.Elapsed));
        }
    }

    private GpioPower Power(bool activeLow = false) => new(new GpioPowerOptions { Chip = "pi", Line = 3, ActiveLow = activeLow }, _context);
}
