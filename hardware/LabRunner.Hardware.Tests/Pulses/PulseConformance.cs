using System.Reflection;
using System.Runtime.ExceptionServices;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>What every pulse source must do.</summary>
[TestFixture(typeof(HarnessRig))]
[TestFixture(typeof(SysfsRig))]
[TestFixture(typeof(CommandRig))]
[TestFixture(typeof(SoftwareRig))]
[TestFixture(typeof(ScpiPulseRig))]
[TestFixture(typeof(PulseBoxRig), Category = "pulse-box")]
[CancelAfter(60_000)]
internal sealed class PulseConformance<TRig>
    where TRig : PulseRig, new()
{
    private static readonly TimeSpan Width = Bl0937Model.PulseWidth;

    private TRig? _rig;

    private IPulseSource Source => _rig!.Source;

    [SetUp]
    public void Connect()
    {
        try
        {
            _rig = new TRig();
        }
        catch (TargetInvocationException failed) when (failed.InnerException is { } cause)
        {
            // "Ignored because the firmware is not built" must arrive as what it is.
            ExceptionDispatchInfo.Throw(cause);
        }
    }

    [TearDown]
    public async Task Disconnect()
    {
        if (_rig is not null)
        {
            await _rig.DisposeAsync();
            _rig = null;
        }
    }

    [TestCase(0.58)]
    [TestCase(77.7)]
    [TestCase(133.38)]
    public async Task SetAsync_WithinCapabilities_ReadsBackWithinItsResolution(double hertz, CancellationToken token)
    {
        await Source.SetAsync(PulseChannel.Cf1Voltage, new Hertz(hertz), Width, token);
        PulseReadback back = await Source.ReadBackAsync(PulseChannel.Cf1Voltage, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Math.Abs((back.Frequency.Value / hertz) - 1) * 1e6, Is.LessThanOrEqualTo(Source.Capabilities.ResolutionPpm));
            Assert.That(back.Width.TotalMicroseconds, Is.EqualTo(38).Within(0.01));
            Assert.That(await _rig!.EmitsAsync(PulseChannel.Cf1Voltage), Is.True);
        }
    }

    [Test]
    public async Task SetAsync_OneChannel_LeavesTheOthersAlone(CancellationToken token)
    {
        await Source.SetAsync(PulseChannel.Cf, new Hertz(10), Width, token);
        await Source.SetAsync(PulseChannel.Cf1Current, new Hertz(20), Width, token);
        await Source.SetAsync(PulseChannel.Cf, new Hertz(0), Width, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await Source.ReadBackAsync(PulseChannel.Cf, token)).Frequency.Value, Is.Zero);
            Assert.That((await Source.ReadBackAsync(PulseChannel.Cf1Voltage, token)).Frequency.Value, Is.Zero, "never set");
            Assert.That((await Source.ReadBackAsync(PulseChannel.Cf1Current, token)).Frequency.Value, Is.EqualTo(20).Within(0.01));
            Assert.That(await _rig!.EmitsAsync(PulseChannel.Cf), Is.False);
            Assert.That(await _rig!.EmitsAsync(PulseChannel.Cf1Current), Is.True);
        }
    }

    [Test]
    public async Task SetAsync_OutsideCapabilities_RefusedAndNothingChanges(CancellationToken token)
    {
        await Source.SetAsync(PulseChannel.Cf, new Hertz(10), Width, token);
        using (Assert.EnterMultipleScope())
        {
            foreach ((double hertz, double microseconds) in ((double, double)[])
                [(Source.Capabilities.MaxHertz * 1.01, 38), (Source.Capabilities.MinHertz * 0.99, 38), (-1, 38), (double.NaN, 38), (10, 0), (10, 100_000)])
            {
                await Assert.ThatAsync(
                    () => Source.SetAsync(PulseChannel.Cf, new Hertz(hertz), TimeSpan.FromMicroseconds(microseconds), token),
                    Throws.InstanceOf<ArgumentOutOfRangeException>(), $"{hertz} Hz, {microseconds} µs");
            }

            Assert.That((await Source.ReadBackAsync(PulseChannel.Cf, token)).Frequency.Value, Is.EqualTo(10).Within(0.01));
        }
    }

    [Test]
    public async Task SetAsync_Cancelled_NothingIsEmitted()
    {
        CancellationToken cancelled = new(canceled: true);
        await Assert.ThatAsync(() => Source.SetAsync(PulseChannel.Cf, new Hertz(10), Width, cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await _rig!.EmitsAsync(PulseChannel.Cf), Is.False);
    }

    [Test]
    public async Task DisposeAsync_Emitting_EveryChannelIsStopped(CancellationToken token)
    {
        foreach (PulseChannel channel in Enum.GetValues<PulseChannel>())
        {
            await Source.SetAsync(channel, new Hertz(50), Width, token);
        }

        await Source.DisposeAsync();
        await Source.DisposeAsync();
        foreach (PulseChannel channel in Enum.GetValues<PulseChannel>())
        {
            Assert.That(await _rig!.EmitsAsync(channel), Is.False, channel.ToString());
        }
    }

    [Test]
    public async Task RampAsync_Steps_EndsAtTheLastFrequency(CancellationToken token)
    {
        await Source.RampAsync(PulseChannel.Cf, new Hertz(10), new Hertz(40), 4, TimeSpan.Zero, TimeProvider.System, token);
        Assert.That((await Source.ReadBackAsync(PulseChannel.Cf, token)).Frequency.Value, Is.EqualTo(40).Within(0.01));
    }

    [Test]
    public void Capabilities_Stated_AreSound()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Source.Capabilities.MinHertz, Is.GreaterThan(0).And.LessThan(Source.Capabilities.MaxHertz));
            Assert.That(Source.Capabilities.ResolutionPpm, Is.GreaterThanOrEqualTo(0));
            Assert.That(Source.Capabilities.JitterSeconds, Is.GreaterThanOrEqualTo(0));
            Assert.That(Source.Capabilities.Faults, Is.EqualTo(Source is IPulseFaults));
        }
    }

    [Test]
    public async Task FaultAsync_EachKind_DoneAsOftenAsAsked(CancellationToken token)
    {
        if (Source is not IPulseFaults faults)
        {
            Assert.Ignore("This source states no faults on purpose.");
            return;
        }

        await Source.SetAsync(PulseChannel.Cf, new Hertz(150), Width, token);
        await faults.FaultAsync(PulseChannel.Cf, PulseFault.Missing, 2, 3, token);
        await PassUntilAsync(async () => (await faults.CountFaultsAsync(PulseChannel.Cf, token)).Missing == 3, token);
        await faults.FaultAsync(PulseChannel.Cf, PulseFault.Doubled, 1, 2, token);
        await PassUntilAsync(async () => (await faults.CountFaultsAsync(PulseChannel.Cf, token)).Doubled == 2, token);
        long emitted = (await Source.ReadBackAsync(PulseChannel.Cf, token)).Emitted!.Value;
        await PassUntilAsync(async () => (await Source.ReadBackAsync(PulseChannel.Cf, token)).Emitted >= emitted + 5, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await faults.CountFaultsAsync(PulseChannel.Cf, token), Is.EqualTo(new PulseFaultCount(3, 2)), "no more than asked for");
            await Assert.ThatAsync(() => faults.FaultAsync(PulseChannel.Cf, PulseFault.Missing, 0, 1, token), Throws.InstanceOf<ArgumentOutOfRangeException>());
            await Assert.ThatAsync(() => faults.FaultAsync(PulseChannel.Cf, PulseFault.Missing, 1, -1, token), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public async Task ClearFaultAsync_Endless_EndsThem(CancellationToken token)
    {
        if (Source is not IPulseFaults faults)
        {
            Assert.Ignore("This source states no faults on purpose.");
            return;
        }

        await Source.SetAsync(PulseChannel.Cf, new Hertz(150), Width, token);
        await faults.FaultAsync(PulseChannel.Cf, PulseFault.Missing, 1, 0, token);
        await PassUntilAsync(async () => (await faults.CountFaultsAsync(PulseChannel.Cf, token)).Missing >= 3, token);
        await faults.ClearFaultAsync(PulseChannel.Cf, token);
        PulseFaultCount cleared = await faults.CountFaultsAsync(PulseChannel.Cf, token);
        long emitted = (await Source.ReadBackAsync(PulseChannel.Cf, token)).Emitted!.Value;
        await PassUntilAsync(async () => (await Source.ReadBackAsync(PulseChannel.Cf, token)).Emitted >= emitted + 5, token);
        Assert.That(await faults.CountFaultsAsync(PulseChannel.Cf, token), Is.EqualTo(cleared));
    }

    private async Task PassUntilAsync(Func<Task<bool>> done, CancellationToken token)
    {
        while (!await done())
        {
            token.ThrowIfCancellationRequested();
            await _rig!.PassAsync();
        }
    }
}
