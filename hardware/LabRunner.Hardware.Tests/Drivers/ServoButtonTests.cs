using System.Device.Pwm;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Drivers.Buttons;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Drivers;

/// <summary>A servo on a channel with nanoseconds and on one with whole hertz.</summary>
[TestFixture(true)]
[TestFixture(false)]
[CancelAfter(60_000)]
public sealed class ServoButtonTests(bool exact)
{
    private FakePwm _pwm = null!;
    private FakeContext _context = null!;

    [SetUp]
    public void Make()
    {
        _pwm = exact ? new FakeExactPwm() : new FakePwm();
        _context = new FakeContext(scale: 100).With("pwm", new Chip(_pwm));
    }

    [TearDown]
    public void Free() => _pwm.Dispose();

    [Test]
    public async Task Press_PulsesOfTheTwoPositionsOn20Milliseconds_EndsAtRest(CancellationToken token)
    {
        await using (ServoButton button = Servo())
        {
            Assert.That((Math.Round(_pwm.HighMicroseconds), Math.Round(_pwm.PeriodMicroseconds), _pwm.Running), Is.EqualTo((1100.0, 20_000.0, true)));
            ButtonEdge edge = await button.SetAsync(true, token);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(Math.Round(_pwm.HighMicroseconds), Is.EqualTo(1450));
                Assert.That(await button.ReadAsync(token), Is.True);
                Assert.That(edge.Uncertainty, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(2.4)), "half of the travel of 5 s");
                Assert.That(edge.At + edge.Uncertainty, Is.LessThanOrEqualTo(_context.Clock.Elapsed));
            }
        }

        Assert.That(Math.Round(_pwm.HighMicroseconds), Is.EqualTo(1100));
    }

    [Test]
    public async Task Set_ChannelHasAnotherUser_Fault(CancellationToken token)
    {
        await using ServoButton button = Servo();
        _pwm.Stuck = true;
        await Assert.ThatAsync(() => button.SetAsync(true, token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("1100 µs instead of 1450 µs"));
    }

    [Test]
    public void Build_OnePosition_ConfigurationFault() =>
        Assert.That(
            () => new ServoButton(new ServoButtonOptions { Chip = "pwm", Channel = 0, Rest = 1500, Press = 1500 }, _context),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Configuration));

    private ServoButton Servo() => new(
        new ServoButtonOptions { Chip = "pwm", Channel = 0, Rest = 1100, Press = 1450, Travel = TimeSpan.FromSeconds(5) }, _context);

    private sealed class Chip(PwmChannel channel) : IPwmChip
    {
        public PwmChannel Open(int number) => channel;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private class FakePwm : PwmChannel
    {
        private int _frequency = 400;
        private double _duty;

        public bool Stuck { get; set; }

        public bool Running { get; private set; }

        public virtual double HighMicroseconds => _duty * PeriodMicroseconds;

        public virtual double PeriodMicroseconds => 1e6 / _frequency;

        public override int Frequency { get => _frequency; set => _frequency = value; }

        public override double DutyCycle { get => _duty; set => _duty = Stuck ? _duty : value; }

        public override void Start() => Running = true;

        public override void Stop() => Running = false;
    }

    private sealed class FakeExactPwm : FakePwm, IPeriodPwm
    {
        public long PeriodNanoseconds { get; private set; }

        public long DutyNanoseconds { get; private set; }

        public long? Emitted => null;

        public override double HighMicroseconds => DutyNanoseconds / 1000.0;

        public override double PeriodMicroseconds => PeriodNanoseconds / 1000.0;

        public void SetPeriod(long periodNanoseconds, long dutyNanoseconds) =>
            (PeriodNanoseconds, DutyNanoseconds) = Stuck ? (PeriodNanoseconds, DutyNanoseconds) : (periodNanoseconds, dutyNanoseconds);
    }
}
