using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Tests.Drivers;

/// <summary>The rules that hold for every supply.</summary>
[CancelAfter(60_000)]
public sealed class GuardedPowerTests
{
    private LabClock _clock = null!;
    private FakeSupply _supply = null!;

    [SetUp]
    public void Make() => (_clock, _supply) = (LabClock.Start(100), new FakeSupply());

    [Test]
    public async Task On_SoonAfterOff_WaitsTheShortestTimeOff(CancellationToken token)
    {
        await using GuardedPower power = Guard(new Limits { MinOff = TimeSpan.FromSeconds(20) });
        await power.SwitchAsync(PowerState.On, token);
        await power.SwitchAsync(PowerState.Off, token);
        TimeSpan off = _clock.Elapsed;
        await power.SwitchAsync(PowerState.On, token);
        Assert.That(_clock.Elapsed - off, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(19)), "20 s less settling and a tick of the timer");
    }

    [Test]
    public async Task Off_SoonAfterOn_WaitsButACutDoesNot(CancellationToken token)
    {
        await using GuardedPower power = Guard(new Limits { MinOn = TimeSpan.FromHours(10) });
        await power.SwitchAsync(PowerState.On, token);
        Task off = power.SwitchAsync(PowerState.Off, token);
        Assert.That(off.IsCompleted, Is.False);
        await power.CutAsync(null, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_supply.State, Is.EqualTo(PowerState.Off));
            await Assert.ThatAsync(() => off, Throws.TypeOf<BenchFaultException>().With.Message.Contains("cut"), "what waited is given up");
        }

        await power.SwitchAsync(PowerState.On, token);
        Assert.That(_supply.State, Is.EqualTo(PowerState.On), "a cut without a lock is an off");
    }

    [Test]
    public async Task Cut_Locked_NothingSwitchesOnAgain(CancellationToken token)
    {
        await using GuardedPower power = Guard(new Limits { MinOff = TimeSpan.FromHours(10) });
        Task waiting = power.SwitchAsync(PowerState.On, token);
        await power.CutAsync("The E-stop was pressed", token);
        await Assert.ThatAsync(() => waiting, Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Safety));
        await using GuardedPower other = Guard(new Limits());
        await other.CutAsync("The E-stop was pressed", token);
        await Assert.ThatAsync(
            () => other.SwitchAsync(PowerState.On, token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Safety).And.Message.Contains("The E-stop was pressed"));
        await other.SwitchAsync(PowerState.Off, token);
        Assert.That(_supply.Orders, Has.None.EqualTo(PowerState.On));
    }

    [Test]
    public async Task On_LongestTimeOver_SwitchesOffAndSaysSo(CancellationToken token)
    {
        await using GuardedPower power = Guard(new Limits { MinOn = TimeSpan.FromSeconds(1), MaxOn = TimeSpan.FromSeconds(30) });
        TaskCompletionSource<PowerTrip> tripped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        power.Tripped += trip => tripped.TrySetResult(trip);
        await power.SwitchAsync(PowerState.On, token);
        PowerTrip trip = await tripped.Task.WaitAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_supply.State, Is.EqualTo(PowerState.Off));
            Assert.That(trip.Failure, Is.Null);
            Assert.That(trip.Reason, Does.Contain("30 s"));
        }
    }

    [Test]
    public async Task On_SwitchedOffInTime_DoesNotTrip(CancellationToken token)
    {
        await using GuardedPower power = Guard(new Limits { MaxOn = TimeSpan.FromSeconds(30) });
        int trips = 0;
        power.Tripped += _ => trips++;
        await power.SwitchAsync(PowerState.On, token);
        await power.SwitchAsync(PowerState.Off, token);
        await Task.Delay(TimeSpan.FromSeconds(60), _clock, token);
        Assert.That((trips, _supply.Orders.Count), Is.EqualTo((0, 2)));
    }

    [Test]
    public async Task Off_ContactWelded_FaultNamesTheWitness(CancellationToken token)
    {
        PowerWitness rail = new("the rail monitor", _ => Task.FromResult(true));
        await using GuardedPower power = Guard(new Limits { Drain = TimeSpan.FromSeconds(5) }, rail);
        await power.SwitchAsync(PowerState.On, token);
        TimeSpan before = _clock.Elapsed;
        await Assert.ThatAsync(
            () => power.SwitchAsync(PowerState.Off, token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Power)
                .And.Message.Contains("the rail monitor still sees power 5 s later").And.Message.Contains("stuck"));
        Assert.That(_clock.Elapsed - before, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(4)), "the capacitors get their time");
    }

    [Test]
    public async Task Off_RailDrainsAndABrokenWitness_Confirmed(CancellationToken token)
    {
        int asked = 0;
        PowerWitness drains = new("the rail monitor", _ => Task.FromResult(++asked < 5));
        PowerWitness broken = new("the relay sense", _ => throw new BenchFaultException(FaultKind.Gpio, "slot p1", "gone", "Look"));
        await using GuardedPower power = Guard(new Limits { Drain = TimeSpan.FromSeconds(50) }, broken, drains);
        await power.SwitchAsync(PowerState.Off, token);
        Assert.That(asked, Is.EqualTo(5));
    }

    [Test]
    public async Task On_NotConfirmed_IsTakenBack(CancellationToken token)
    {
        _supply.Says = PowerState.Off;
        await using GuardedPower power = Guard(new Limits());
        await Assert.ThatAsync(() => power.SwitchAsync(PowerState.On, token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("says off"));
        Assert.That(_supply.Orders, Is.EqualTo(new[] { PowerState.On, PowerState.Off }));
    }

    [Test]
    public async Task Off_ReadBackUnknown_IsNotAssumed(CancellationToken token)
    {
        _supply.Says = PowerState.Unknown;
        await using GuardedPower power = Guard(new Limits());
        await Assert.ThatAsync(
            () => power.SwitchAsync(PowerState.Off, token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("did not switch off").And.Message.Contains("says unknown"));
    }

    [Test]
    public async Task Call_DeviceHangsAndIgnoresItsToken_TimeoutAndTheNextCutIsServed(CancellationToken token)
    {
        _supply.Hang = new TaskCompletionSource();
        await using GuardedPower power = Guard(new Limits { Limit = TimeSpan.FromMilliseconds(200) });
        await Assert.ThatAsync(
            () => power.SwitchAsync(PowerState.On, token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Timeout).And.Message.Contains("0.2 s"));
        _supply.Hang = null;
        await power.CutAsync(null, token);
        Assert.That(_supply.State, Is.EqualTo(PowerState.Off));
    }

    [Test]
    public async Task Cut_WhileAnOnHangs_DoesNotWaitForIt(CancellationToken token)
    {
        _supply.Hang = new TaskCompletionSource();
        await using GuardedPower power = Guard(new Limits { Limit = TimeSpan.FromMinutes(10) });
        Task on = power.SwitchAsync(PowerState.On, token);
        await _supply.Called.Task.WaitAsync(token);
        _supply.Hang = null;
        await power.CutAsync(null, token);
        Assert.That(_supply.Orders[^1], Is.EqualTo(PowerState.Off));
        await Assert.ThatAsync(() => on, Throws.TypeOf<BenchFaultException>());
    }

    [TestCase(-1, 0, 1)]
    [TestCase(0, 5, 5)]
    public void Build_TimesThatCannotBe_ConfigurationFault(int minOff, int minOn, int maxOn) =>
        Assert.That(
            () => Guard(new Limits { MinOff = TimeSpan.FromSeconds(minOff), MinOn = TimeSpan.FromSeconds(minOn), MaxOn = TimeSpan.FromSeconds(maxOn) }),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Configuration));

    private GuardedPower Guard(Limits limits, params PowerWitness[] witnesses) => new(_supply, limits, "slot p1", _clock, witnesses);

    private sealed record Limits : PowerLimits;

    private sealed class FakeSupply : IPowerSwitch
    {
        public List<PowerState> Orders { get; } = [];

        public PowerState State { get; private set; } = PowerState.Off;

        public PowerState? Says { get; set; }

        public TaskCompletionSource? Hang { get; set; }

        public TaskCompletionSource Called { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
        {
            Orders.Add(state);
            Called.TrySetResult();
            await (Hang?.Task ?? Task.CompletedTask);
            State = state;
        }

        public Task<PowerState> ReadStateAsync(CancellationToken cancellationToken) => Task.FromResult(Says ?? State);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
