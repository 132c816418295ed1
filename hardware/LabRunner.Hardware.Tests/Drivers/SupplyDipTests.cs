using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Tests.Drivers.Support.PowerRigs;
using LabRunner.Hardware.Tests.Host;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Units;
using LabRunner.Hardware.Virtual.Harness;

namespace LabRunner.Hardware.Tests.Drivers;

/// <summary>Supplies that lower their voltage for a while.</summary>
[CancelAfter(60_000)]
public sealed class SupplyDipTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    [Test]
    public async Task Scpi_GoesDownAndBack_AndSaysHowLongItWas(CancellationToken token)
    {
        await using ScpiTcpRig rig = new();
        await rig.StartAsync();
        await using IPowerSwitch power = rig.Build();
        await power.SwitchAsync(PowerState.On, token);
        TimeSpan really = await ((IVoltageDip)power).DipAsync(new Volts(2.5), Short, TimeSpan.Zero, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rig.Channels[1].History, Is.EqualTo(new[] { 3.3, 2.5, 3.3 }));
            Assert.That(really, Is.GreaterThanOrEqualTo(Short - TimeSpan.FromMilliseconds(2)));
            Assert.That(rig.Channels[1].On, Is.True);
        }
    }

    [Test]
    public async Task Scpi_Ramp_GoesDownAndUpInSteps(CancellationToken token)
    {
        await using ScpiTcpRig rig = new();
        await rig.StartAsync();
        await using IPowerSwitch power = rig.Build();
        await power.SwitchAsync(PowerState.On, token);
        TimeSpan really = await ((IVoltageDip)power).DipAsync(new Volts(3.15), Short, Short, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rig.Channels[1].History, Is.EqualTo(new[] { 3.3, 3.25, 3.2, 3.15, 3.2, 3.25, 3.3 }).Within(1e-9));
            Assert.That(really, Is.GreaterThanOrEqualTo((2.6 * Short) - TimeSpan.FromMilliseconds(2)), "below its voltage from the first step to the last");
        }
    }

    [Test]
    public async Task Scpi_Cancelled_IsBackAllTheSame(CancellationToken token)
    {
        await using ScpiTcpRig rig = new();
        await rig.StartAsync();
        await using IPowerSwitch power = rig.Build();
        await power.SwitchAsync(PowerState.On, token);
        using CancellationTokenSource stop = new();
        Task dip = ((IVoltageDip)power).DipAsync(new Volts(2.2), TimeSpan.FromHours(1), TimeSpan.Zero, stop.Token);
        while (rig.Channels[1].Volts > 2.5)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, token);
        }

        await stop.CancelAsync();
        await Assert.ThatAsync(() => dip, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(rig.Channels[1].Volts, Is.EqualTo(3.3));
    }

    [Test]
    public async Task Scpi_NotBelowItsVoltage_IsRefused(CancellationToken token)
    {
        await using ScpiTcpRig rig = new();
        await rig.StartAsync();
        await using IPowerSwitch power = rig.Build();
        await Assert.ThatAsync(() => ((IVoltageDip)power).DipAsync(new Volts(3.3), Short, TimeSpan.Zero, token), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(rig.Channels[1].History, Is.Empty);
    }

    [Test]
    public async Task Harness_Ramp_HoldsEachStepAndGoesBackAtTheEndOnly(CancellationToken token)
    {
        using TemporaryFolder folder = new();
        await using RunningEngine engine = new();
        FakeHarnessPlug[] plugs = [new("p1")];
        await using HarnessServer server = new(
            folder.File("harness.sock"), new HarnessBoard(plugs, engine.Clock.ToMonotonicNanoseconds, () => engine.Engine.Now), engine.Engine.Post);
        await using HarnessSupply supply = new(new HarnessSupply.Options { Socket = folder.File("harness.sock"), Plug = 0 }, new FakeContext());
        await supply.DipAsync(new Volts(3.2), Short, Short, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plugs[0].Dips.Select(d => d.Volts), Is.EqualTo(new[] { 3.25, 3.2, 3.25, 3.3 }).Within(1e-9));
            Assert.That(plugs[0].Dips.SkipLast(1).Select(d => d.Lasts), Is.All.GreaterThan(TimeSpan.FromMinutes(1)));
            Assert.That(plugs[0].Dips[^1].Lasts, Is.EqualTo(TimeSpan.Zero));
        }
    }

    [Test]
    public async Task Harness_SwitchesAndDipsThePlugItIsWiredTo(CancellationToken token)
    {
        using TemporaryFolder folder = new();
        await using RunningEngine engine = new();
        FakeHarnessPlug[] plugs = [new("p1"), new("p2")];
        await using HarnessServer server = new(
            folder.File("harness.sock"), new HarnessBoard(plugs, engine.Clock.ToMonotonicNanoseconds, () => engine.Engine.Now), engine.Engine.Post);
        await using HarnessSupply supply = new(new HarnessSupply.Options { Socket = folder.File("harness.sock"), Plug = 1 }, new FakeContext());
        PowerState before = await supply.ReadStateAsync(token);
        await supply.SwitchAsync(PowerState.On, token);
        PowerState after = await supply.ReadStateAsync(token);
        TimeSpan really = await supply.DipAsync(new Volts(2.6), Short, TimeSpan.Zero, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((before, after, really), Is.EqualTo((PowerState.Off, PowerState.On, Short)));
            Assert.That(plugs[1].Dips, Is.EqualTo(new[] { (2.6, Short) }));
            Assert.That((plugs[0].Dips.Count, plugs[0].Driven(0), plugs[1].Driven(0)), Is.EqualTo((0, false, true)));
        }
    }

    [Test]
    public async Task Guard_ASupplyThatCannot_IsTold(CancellationToken token)
    {
        await using GuardedPower power = new(new Supply(), new Limits(), "slot p1", LabClock.Start());
        await Assert.ThatAsync(
            () => power.DipAsync(new Volts(2.5), Short, TimeSpan.Zero, token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("cannot lower its voltage").And.Message.Contains("driver scpi"));
        Assert.That(power.CanDip, Is.False);
    }

    [Test]
    public async Task Guard_CutInADip_GivesItUpAndSwitchesOff(CancellationToken token)
    {
        DippingSupply supply = new();
        await using GuardedPower power = new(supply, new Limits(), "slot p1", LabClock.Start());
        await power.SwitchAsync(PowerState.On, token);
        Task dip = power.DipAsync(new Volts(2.5), TimeSpan.FromHours(1), TimeSpan.Zero, token);
        await supply.Low.Task.WaitAsync(token);
        await power.CutAsync("The lid is open", token);
        await Assert.ThatAsync(
            () => dip, Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Safety).And.Message.Contains("The lid is open"));
        Assert.That((supply.State, power.CanDip), Is.EqualTo((PowerState.Off, true)));
    }

    private sealed record Limits : PowerLimits;

    private class Supply : IPowerSwitch
    {
        public PowerState State { get; private set; } = PowerState.Off;

        public Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
        {
            State = state;
            return Task.CompletedTask;
        }

        public Task<PowerState> ReadStateAsync(CancellationToken cancellationToken) => Task.FromResult(State);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class DippingSupply : Supply, IVoltageDip
    {
        public TaskCompletionSource Low { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<TimeSpan> DipAsync(Volts voltage, TimeSpan duration, TimeSpan ramp, CancellationToken cancellationToken)
        {
            Low.TrySetResult();
            await Task.Delay(duration, TimeProvider.System, cancellationToken);
            return duration;
        }
    }
}
