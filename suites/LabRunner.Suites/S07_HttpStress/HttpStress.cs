using System.Globalization;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Hardware.Network;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S07_HttpStress;

/// <summary>
/// S07: whatever clients do to the web server, the plug does not reset, serves again within a minute and has its memory back. Silence of
/// its web under stress is the bench's doing; a reset is not.
/// </summary>
[SlotSuite("S07", "HTTP stress")]
[Needs("http")]
public sealed partial class HttpStress(string slot) : SuiteFixture<HttpStressParameters>(slot)
{
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(10);

    // A reset in the middle of a storm is what is looked for: the test judges it and its finding explains the incident.
    protected override bool ExpectsIncidents => true;

    [Test]
    public async Task ParallelRequests_CostNothingThatStays()
    {
        Ask(HttpStressPart.Parallel);
        SuiteContext.Ask(Parameters.Clients.Count, "clients at once");
        List<string> failures = Lab.Problems;
        foreach (int clients in Parameters.Clients)
        {
            await Lab.SayAsync($"{clients} clients at once");
            await StressAsync("storm", "F14", "HTTP_STORM", $"{clients} clients at once", failures, () => StormAsync(clients));
        }

        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    [Test]
    public async Task SilentConnections_AreGivenUp()
    {
        Ask(HttpStressPart.HalfOpen);
        List<string> failures = Lab.Problems;
        await StressAsync("silent-connections", "F15", "HTTP_HALF_OPEN", $"{Parameters.Silent} silent connections", failures, () => SilentAsync("silent", SilenceKind.Nothing));
        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    [Test]
    public async Task HalfHeaders_AreGivenUp()
    {
        Ask(HttpStressPart.HalfHeader);
        List<string> failures = Lab.Problems;
        await StressAsync("half-headers", "F15", "HTTP_HALF_HEADER", $"{Parameters.Silent} halves of a header", failures, () => SilentAsync("half-header", SilenceKind.HalfHeader));
        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    [Test]
    public async Task VanishedClients_AreGivenUp()
    {
        Ask(HttpStressPart.Vanished);
        List<string> failures = Lab.Problems;
        await StressAsync("vanished-clients", "F15", "HTTP_VANISHED", $"{Parameters.Silent} clients that vanished", failures, () => SilentAsync("vanished", SilenceKind.Vanished));
        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    [Test]
    public async Task KeptConnections_AreAnsweredToTheEnd()
    {
        Ask(HttpStressPart.KeepAlive);
        List<string> failures = Lab.Problems;
        await StressAsync("kept-connections", "F15", "HTTP_KEEP_ALIVE", $"{Parameters.KeepAlives} requests to keep the connection", failures, KeepAliveAsync);
        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    [Test]
    public async Task SlowClients_TakeNobodysService()
    {
        Ask(HttpStressPart.SlowLoris);
        List<string> failures = Lab.Problems;
        await StressAsync("slow-clients", "F15", "HTTP_SLOW_CLIENT", $"{Parameters.Slow} clients that send a byte a second", failures, SlowAsync);
        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    [Test]
    public async Task SplitRequests_AreAnswered()
    {
        Ask(HttpStressPart.Split);
        List<string> failures = Lab.Problems;
        await StressAsync("split-requests", "F16", "HTTP_SPLIT", $"{Parameters.Splits} requests in two segments", failures, SplitAsync);
        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    [Test]
    public async Task EveryPage_IsServedAndResetsNothing()
    {
        Ask(HttpStressPart.Crawl);
        SuiteContext.Ask(Parameters.Pages.Count, "pages");
        List<string> failures = await new PageCrawl(Lab, Parameters).RunAsync();
        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    [Test]
    [Needs("network")]
    public async Task LossyAir_StillServesLargePages()
    {
        Ask(HttpStressPart.Loss);
        Lab.Require(NetworkEffect.Loss);
        SuiteContext.Ask(Parameters.Losses.Count, "share of packets to lose");
        List<string> failures = Lab.Problems;
        foreach (double loss in Parameters.Losses)
        {
            await Lab.SayAsync($"{loss:P0} of the packets lost");
            await StressAsync("lossy-air", "F13", "HTTP_LARGE_STALL", $"{loss:P0} of the packets lost", failures, () => BadAirAsync(NetworkEffect.Loss, loss, string.Create(CultureInfo.InvariantCulture, $"{loss * 100:0.#}%")));
        }

        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    [Test]
    [Needs("network")]
    public async Task LateAir_StillServesLargePages()
    {
        Ask(HttpStressPart.Loss);
        Lab.Require(NetworkEffect.Delay);
        SuiteContext.Ask(Parameters.Delays.Count, "time by which packets are late");
        foreach (TimeSpan delay in Parameters.Delays)
        {
            string late = DurationText.Format(delay);
            await Lab.SayAsync($"packets {late} late");
            await StressAsync("late-air", "F13", "HTTP_LARGE_STALL", $"packets {late} late", Lab.Problems, () => BadAirAsync(NetworkEffect.Delay, delay.TotalMilliseconds, late));
        }

        Assert.That(Lab.Problems, Is.Empty, string.Join(" | ", Lab.Problems));
    }

    private void Ask(HttpStressPart part)
    {
        if (!Parameters.Parts.Contains(part))
        {
            Assert.Ignore($"the plan does not ask {part}");
        }
    }

    // Under a disturbance: the web may be silent, a reset may not be.
    private async Task StressAsync(string step, string mode, string findingClass, string what, List<string> failures, Func<Task<IReadOnlyList<string>>> stress)
    {
        Condition before = await Condition.ReadAsync(Lab);
        TimeSpan started = Lab.Now;
        List<string> problems;
        await using (await Lab.IntentAsync(IntentKinds.Disturbance, $"HTTP stress: {what}"))
        {
            problems = [.. await stress()];
            problems.AddRange(await before.ProblemsAsync(Lab, Parameters.BackLimit, Parameters.HeapBand));
        }

        await Lab.TrialAsync(step, started, problems.Count == 0, Lab.Now - started, ("what", what), ("problems", string.Join("; ", problems)));
        if (problems.Count == 0)
        {
            return;
        }

        failures.Add($"{mode} {what}: {string.Join("; ", problems)}");
        await Lab.SettleAsync();
        IReadOnlyList<IncidentRecord> incidents = await Lab.SeenByWatchAsync(started);
        await Lab.FindAsync(
            findingClass, mode, $"HTTP stress: {what}", $"{what}: {string.Join("; ", problems)}.", started, problems, $"HTTP stress: {what}",
            [.. incidents.Select(i => i.Id)]);

        // What is held stays held until a reset: the next part begins with a fresh boot.
        await Lab.RestartAsync($"after {what}", Parameters.BackLimit);
    }
}
