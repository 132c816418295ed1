using System.Device.Gpio;
using System.Device.I2c;
using System.Device.Pwm;
using System.Threading.Channels;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Units;
using LabRunner.Hardware.Virtual;
using LabRunner.Hardware.Virtual.Harness;

namespace LabRunner.Hardware.Tests.Host;

/// <summary>The harness's drivers against its server over a real socket.</summary>
[TestFixture]
internal sealed class HarnessTests
{
    private const int SecondPlug = HarnessLines.PerPlug;
    private TemporaryFolder _folder = null!;
    private RunningEngine _engine = null!;
    private FakeHarnessPlug[] _plugs = null!;
    private HarnessBoard _board = null!;
    private HarnessServer _server = null!;
    private HarnessContext _context = null!;
    private bool _serverStopped;

    private string Socket => _folder.File("harness.sock");

    [SetUp]
    public void Start()
    {
        _folder = new TemporaryFolder();
        _engine = new RunningEngine();
        _plugs = [new FakeHarnessPlug("p1"), new FakeHarnessPlug("p2")];
        _board = new HarnessBoard(_plugs, _engine.Clock.ToMonotonicNanoseconds, () => _engine.Engine.Now);
        _server = new HarnessServer(Socket, _board, _engine.Engine.Post);
        _context = new HarnessContext(_engine.Clock);
        _serverStopped = false;
    }

    [TearDown]
    public async Task Stop()
    {
        await StopServerAsync();
        await _engine.DisposeAsync();
        _folder.Dispose();
    }

    [Test, CancelAfter(60_000)]
    public async Task Write_Output_DrivesThePlugAndReadsBack(CancellationToken cancellationToken)
    {
        await using HarnessGpioChip chip = NewChip();
        using GpioController controller = new(chip.Driver);
        int power = SecondPlug + HarnessLines.Power;
        controller.OpenPin(power, PinMode.Output, PinValue.Low);
        controller.OpenPin(SecondPlug + HarnessLines.Contact, PinMode.Input);

        controller.Write(power, PinValue.High);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(controller.Read(power), Is.EqualTo(PinValue.High));
            Assert.That(controller.Read(SecondPlug + HarnessLines.Contact), Is.EqualTo(PinValue.High));
            Assert.That(_plugs[1].Driven(HarnessLines.Power), Is.True);
            Assert.That(_plugs[0].Driven(HarnessLines.Power), Is.False);
            Assert.That(controller.PinCount, Is.EqualTo(3 * HarnessLines.PerPlug), "two plugs and the bench itself");
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Dispose_OutputHigh_KeepsItsLevelForTheNextClient(CancellationToken cancellationToken)
    {
        await using (HarnessGpioChip first = NewChip())
        {
            using GpioController controller = new(first.Driver);
            controller.OpenPin(HarnessLines.Power, PinMode.Output, PinValue.High);
        }

        await using HarnessGpioChip second = NewChip();
        using GpioController next = new(second.Driver);

        // Opening an output without a level must not change it either.
        next.OpenPin(HarnessLines.Power, PinMode.Output);
        Assert.That(next.Read(HarnessLines.Power), Is.EqualTo(PinValue.High));
        Assert.That(_plugs[0].Driven(HarnessLines.Power), Is.True);
    }

    [Test, CancelAfter(60_000)]
    public async Task Watch_Edges_ComeInOrderWithExactTimeAndSequence(CancellationToken cancellationToken)
    {
        await using HarnessGpioChip chip = NewChip();
        Channel<LineEdge> edges = Channel.CreateUnbounded<LineEdge>();
        TimeSpan at = TimeSpan.FromSeconds(100);

        // Nobody watches yet: it counts, so that the gap can be seen.
        await _engine.DoAsync(() => _board.InputChanged(1, HarnessLines.Sel, at, true));
        IDisposable watch = ((ILineEdges)chip.Driver).Watch(SecondPlug + HarnessLines.Sel, edge => edges.Writer.TryWrite(edge));
        await _engine.DoAsync(() =>
        {
            for (int i = 1; i <= 3; i++)
            {
                _board.InputChanged(1, HarnessLines.Sel, at + TimeSpan.FromMilliseconds(i), i % 2 == 0);
                _board.InputChanged(0, HarnessLines.Sel, at, true);
            }
        });

        for (int i = 1; i <= 3; i++)
        {
            long nanoseconds = _engine.Clock.ToMonotonicNanoseconds(at + TimeSpan.FromMilliseconds(i));
            Assert.That(
                await edges.Reader.ReadAsync(cancellationToken),
                Is.EqualTo(new LineEdge(SecondPlug + HarnessLines.Sel, i % 2 == 0, nanoseconds, (uint)(i + 1))));
        }

        // Edges of one chip come in order: once the contact's is here, one of SEL would have been.
        watch.Dispose();
        using IDisposable contact = ((ILineEdges)chip.Driver).Watch(HarnessLines.Contact, edge => edges.Writer.TryWrite(edge));
        await _engine.DoAsync(() =>
        {
            _board.InputChanged(1, HarnessLines.Sel, at, true);
            _board.InputChanged(0, HarnessLines.Contact, at, true);
        });
        Assert.That((await edges.Reader.ReadAsync(cancellationToken)).Line, Is.EqualTo(HarnessLines.Contact));
    }

    [Test, CancelAfter(60_000)]
    public async Task RegisterCallback_FallingOnly_TellsFallingEdgesAlone(CancellationToken cancellationToken)
    {
        await using HarnessGpioChip chip = NewChip();
        using GpioController controller = new(chip.Driver);
        Channel<PinEventTypes> seen = Channel.CreateUnbounded<PinEventTypes>();
        controller.OpenPin(HarnessLines.Contact, PinMode.Input);
        controller.RegisterCallbackForPinValueChangedEvent(
            HarnessLines.Contact, PinEventTypes.Falling, (_, e) => seen.Writer.TryWrite(e.ChangeType));

        await _engine.DoAsync(() =>
        {
            _board.InputChanged(0, HarnessLines.Contact, TimeSpan.FromSeconds(1), true);
            _board.InputChanged(0, HarnessLines.Contact, TimeSpan.FromSeconds(2), false);
        });

        Assert.That(await seen.Reader.ReadAsync(cancellationToken), Is.EqualTo(PinEventTypes.Falling));
    }

    [Test, CancelAfter(60_000)]
    public async Task Write_InputOrUnknownLine_IsAFaultThatNamesTheLine(CancellationToken cancellationToken)
    {
        await using HarnessGpioChip chip = NewChip();
        using GpioController controller = new(chip.Driver);

        BenchFaultException? missing = Assert.Throws<BenchFaultException>(() => controller.OpenPin(99, PinMode.Output));
        InvalidOperationException? input = Assert.Throws<InvalidOperationException>(
            () => controller.OpenPin(HarnessLines.Contact, PinMode.Output));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(missing?.Kind, Is.EqualTo(FaultKind.Gpio));
            Assert.That(missing?.Message, Does.Contain("line 99"));
            Assert.That(input?.Message, Does.Contain("4"));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task SetPeriod_Pwm_FeedsThePlugAndReadsBackExactly(CancellationToken cancellationToken)
    {
        await using HarnessPwmChip chip = new(new HarnessPwmChip.Options { Socket = Socket }, _context);
        using PwmChannel channel = chip.Open(HarnessLines.PwmPerPlug + (int)PulseChannel.Cf1Voltage);
        IPeriodPwm period = (IPeriodPwm)channel;

        period.SetPeriod(688_231, 38_000);
        Assert.That(_plugs[1].Pulses, Is.Empty, "A channel that was not started emits nothing.");
        channel.Start();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((period.PeriodNanoseconds, period.DutyNanoseconds, period.Running), Is.EqualTo((688_231L, 38_000L, true)));
            Assert.That(period.Emitted, Is.EqualTo(1001));
            Assert.That(channel.Frequency, Is.EqualTo(1453));
            Assert.That(_plugs[1].Pulses, Is.EqualTo(new[] { (PulseChannel.Cf1Voltage, 1e9 / 688_231) }));
            Assert.That(_plugs[0].Pulses, Is.Empty);
        }

        channel.Stop();
        Assert.That(_plugs[1].Pulses[^1], Is.EqualTo((PulseChannel.Cf1Voltage, 0.0)));
    }

    [Test, CancelAfter(60_000)]
    public async Task Frequency_WholeHertz_KeepsTheDutyCycle(CancellationToken cancellationToken)
    {
        await using HarnessPwmChip chip = new(new HarnessPwmChip.Options { Socket = Socket }, _context);
        using PwmChannel channel = chip.Open(0);

        channel.Frequency = 100;
        channel.DutyCycle = 0.25;
        channel.Frequency = 1000;

        Assert.That((channel.Frequency, channel.DutyCycle), Is.EqualTo((1000, 0.25)));
    }

    [Test, CancelAfter(60_000)]
    public async Task Ina219_RailOfTheSecondPlug_GivesTheDatasheetsRegisters(CancellationToken cancellationToken)
    {
        _plugs[1].Rail = new RailReading(new Volts(3.3), new Amperes(0.08));
        await using HarnessI2cBus bus = new(new HarnessI2cBus.Options { Socket = Socket }, _context);
        using I2cDevice monitor = bus.Open(0x41);

        // 8 mV of 10 µV, 3.3 V of 4 mV shifted by three with "conversion ready".
        Assert.That(Register(monitor, 1), Is.EqualTo(800));
        Assert.That(Register(monitor, 2), Is.EqualTo((825 << 3) | 2));
        Assert.That(Register(monitor, 0), Is.EqualTo(0x399F));

        // Calibration 4096 at 0.1 Ω: 0.1 mA a bit, 2 mW a bit (datasheet 8.5.1).
        monitor.Write([5, 0x10, 0x00]);
        Assert.That(Register(monitor, 4), Is.EqualTo(800));
        Assert.That(Register(monitor, 3), Is.EqualTo(800 * 825 / 5000));

        // Gain 1 limits the shunt to 40 mV.
        _plugs[1].Rail = new RailReading(new Volts(3.3), new Amperes(0.9));
        monitor.Write([0, 0x01, 0x9F]);
        Assert.That(Register(monitor, 1), Is.EqualTo(4000));

        monitor.Write([0, 0x80, 0x00]);
        Assert.That(Register(monitor, 0), Is.EqualTo(0x399F));
        Assert.That(Register(monitor, 5), Is.Zero);
    }

    [Test, CancelAfter(60_000)]
    public async Task I2c_NoSuchAddress_IsAnIOException(CancellationToken cancellationToken)
    {
        await using HarnessI2cBus bus = new(new HarnessI2cBus.Options { Socket = Socket }, _context);
        using I2cDevice nobody = bus.Open(0x20);

        Assert.That(() => nobody.ReadByte(), Throws.TypeOf<IOException>().With.Message.Contains("0x20"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Request_HarnessGone_IsAFaultOfKindGpio(CancellationToken cancellationToken)
    {
        await using HarnessGpioChip chip = NewChip();
        using GpioController controller = new(chip.Driver);
        controller.OpenPin(HarnessLines.Power, PinMode.Output);
        await StopServerAsync();

        BenchFaultException? lost = Assert.Throws<BenchFaultException>(() => controller.Write(HarnessLines.Power, PinValue.High));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(lost?.Kind, Is.EqualTo(FaultKind.Gpio));
            Assert.That(lost?.Place, Is.EqualTo(_context.Place));
            Assert.That(lost?.Problem, Does.Contain(Socket));
        }
    }

    [Test, CancelAfter(60_000)]
    public async Task Request_EngineHangs_IsAFaultThatNamesTheLimit(CancellationToken cancellationToken)
    {
        await using HarnessGpioChip chip = NewChip();
        using GpioController controller = new(chip.Driver);
        using SemaphoreSlim hang = new(0);
        _engine.Engine.Post(() => hang.Wait(CancellationToken.None));

        BenchFaultException? late = Assert.Throws<BenchFaultException>(() => controller.OpenPin(0, PinMode.Output));
        hang.Release();

        Assert.That(late?.Problem, Does.Contain("did not answer within 2 s"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Idle_ClientConnected_IsZero(CancellationToken cancellationToken)
    {
        Assert.That(_server.Idle, Is.GreaterThan(TimeSpan.Zero));

        await using HarnessGpioChip chip = NewChip();
        using GpioController controller = new(chip.Driver);
        controller.OpenPin(0, PinMode.Output);

        Assert.That(_server.Idle, Is.EqualTo(TimeSpan.Zero));
    }

    private static int Register(I2cDevice device, byte register)
    {
        byte[] value = new byte[2];
        device.WriteRead([register], value);
        return (value[0] << 8) | value[1];
    }

    private HarnessGpioChip NewChip() => new(new HarnessGpioChip.Options { Socket = Socket }, _context);

    private async Task StopServerAsync()
    {
        if (!_serverStopped)
        {
            _serverStopped = true;
            await _server.DisposeAsync();
        }
    }
}
