using LabRunner.Hardware.Drivers.Pulses;
using LabRunner.Hardware.Pulses;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>Pulses left out and doubled on purpose.</summary>
[CancelAfter(60_000)]
public sealed class PulseBoxFaultTests : PulseBoxFixture
{
    [Test]
    public async Task Fault_Missing_LeavesOutExactlyThosePulses(CancellationToken token)
    {
        await using PulseBox pulses = Source();
        await SetAsync(pulses, PulseChannel.Cf, CfPeriod, token);
        await pulses.FaultAsync(PulseChannel.Cf, PulseFault.Missing, 3, 2, token);
        Box.Run(CfPeriod * 16);
        long[] gaps = Periods(Box.Edges(CfPin));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(gaps.Distinct(), Is.EquivalentTo(new[] { CfPeriod, 2 * CfPeriod }), "the others stay where they were");
            Assert.That(gaps.Index().Where(gap => gap.Item == 2 * CfPeriod).Select(gap => gap.Index).ToArray() is [var first, var second] && second - first == 3, "two, three pulses apart");
            Assert.That(await pulses.CountFaultsAsync(PulseChannel.Cf, token), Is.EqualTo(new PulseFaultCount(2, 0)));
        }
    }

    [Test]
    public async Task Fault_Doubled_InsertsOnePulseAndKeepsTheGrid(CancellationToken token)
    {
        await using PulseBox pulses = Source();
        await SetAsync(pulses, PulseChannel.Cf, CfPeriod, token);
        await pulses.FaultAsync(PulseChannel.Cf, PulseFault.Doubled, 2, 1, token);
        Box.Run(CfPeriod * 8);
        OutputEdge[] edges = Box.Edges(CfPin);
        long[] rises = [.. edges.Where(edge => edge.High).Select(edge => edge.Cycle)];
        long[] gaps = Periods(edges);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(gaps.Count(gap => gap == 2 * Width), Is.EqualTo(1), "one width after the pulse");
            Assert.That(gaps.Count(gap => gap == CfPeriod - (2 * Width)), Is.EqualTo(1));
            Assert.That(gaps.Except([CfPeriod, 2 * Width, CfPeriod - (2 * Width)]), Is.Empty);
            Assert.That(edges.Zip(edges.Skip(1)).Where(pair => pair.First.High).Select(pair => pair.Second.Cycle - pair.First.Cycle), Is.All.EqualTo(Width));
            Assert.That(await pulses.CountFaultsAsync(PulseChannel.Cf, token), Is.EqualTo(new PulseFaultCount(0, 1)));
            Assert.That(rises, Has.Length.GreaterThan(7));
        }
    }
}
