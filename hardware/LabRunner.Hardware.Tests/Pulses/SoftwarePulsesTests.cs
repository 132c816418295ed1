using System.Device.Gpio;
using LabRunner.Hardware.Drivers.Pulses;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>The software source: counts and edges, never times, because its times are the machine's.</summary>
[CancelAfter(60_000)]
public sealed class SoftwarePulsesTests
{
    [Test]
    public async Task SetAsync_AboveTwoHundredHertz_RefusedWithTheRange(CancellationToken token)
    {
        await using SoftwareRig rig = new();
        await Assert.ThatAsync(
            () => rig.Source.SetAsync(PulseChannel.Cf1Voltage, new Hertz(1453), Bl0937Model.PulseWidth, token),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("200 Hz"));
    }

    [Test]
    public async Task SetAsync_Running_EveryPulseCountedIsAPairOfEdgesOnTheLine(CancellationToken token)
    {
        SoftwareRig rig = new();
        await rig.Source.SetAsync(PulseChannel.Cf, new Hertz(200), Bl0937Model.PulseWidth, token);
        while ((await rig.Source.ReadBackAsync(PulseChannel.Cf, token)).Emitted < 20)
        {
            await rig.PassAsync();
        }

        await rig.Source.SetAsync(PulseChannel.Cf, default, Bl0937Model.PulseWidth, token);
        long emitted = (await rig.Source.ReadBackAsync(PulseChannel.Cf, token)).Emitted!.Value;
        double jitter = rig.Source.Capabilities.JitterSeconds;
        await rig.DisposeAsync();
        string[] writes = [.. rig.Chip.Trace.Where(entry => entry.StartsWith("write 0", StringComparison.Ordinal))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(writes.Count(entry => entry.EndsWith("High", StringComparison.Ordinal)), Is.EqualTo(emitted), "none lost, none invented");
            Assert.That(writes.Zip(writes.Skip(1)).Any(pair => pair.First == pair.Second && pair.First.EndsWith("High", StringComparison.Ordinal)), Is.False, "every pulse ends");
            Assert.That(writes[^1], Does.EndWith("Low"));
            Assert.That(jitter, Is.GreaterThan(0), "measured, not promised");
        }
    }

    [Test]
    public async Task ReadBackAsync_LineFailed_SaysSo(CancellationToken token)
    {
        SoftwareRig rig = new();
        rig.Chip.Broken = new IOException("chip gone");
        await rig.Source.SetAsync(PulseChannel.Cf, new Hertz(200), Bl0937Model.PulseWidth, token);
        BenchFaultException? fault = null;
        while (fault is null)
        {
            try
            {
                await rig.Source.ReadBackAsync(PulseChannel.Cf, token);
                await rig.PassAsync();
            }
            catch (BenchFaultException told)
            {
                fault = told;
            }
        }

        Assert.That(fault.Message, Does.Contain("chip gone"));
        rig.Chip.Broken = null;
        await rig.DisposeAsync();
    }
}
