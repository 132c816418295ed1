using LabRunner.Bench.Inventory;
using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S02_PowerCycles;

/// <summary>Parameters of S02.</summary>
public sealed record PowerCyclesParameters : ICheckedParameters
{
    [Limits("1", "100000"), Meaning("power cycles")]
    public int Cycles { get; init; } = 10;

    [Limits("100ms", "1h"), Meaning("shortest time off; below 3 s the reset reason of a BL602 is not judged")]
    public TimeSpan OffMin { get; init; } = TimeSpan.FromSeconds(3);

    [Limits("100ms", "1h"), Meaning("longest time off")]
    public TimeSpan OffMax { get; init; } = TimeSpan.FromSeconds(10);

    [Limits("8s", "1h"), Meaning("time on, at least; below 8 s five cycles end in safe mode")]
    public TimeSpan On { get; init; } = TimeSpan.FromSeconds(35);

    [Limits("1s", "10m"), Meaning("from power to the first heartbeat")]
    public TimeSpan BootLimit { get; init; } = TimeSpan.FromSeconds(10);

    [Limits("1s", "10m"), Meaning("from power to the first HTTP answer")]
    public TimeSpan HttpLimit { get; init; } = TimeSpan.FromSeconds(20);

    [Limits("1s", "10m"), Meaning("from power to MQTT connected")]
    public TimeSpan MqttLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Text)> Problems()
    {
        if (OffMin > OffMax)
        {
            yield return ("offMin", $"{DurationText.Format(OffMin)} is above offMax, {DurationText.Format(OffMax)}");
        }
    }
}

/// <summary>S02: every power cut ends in a plug that serves again in time, with its relay as it was.</summary>
[SlotSuite("S02", "Power cycles")]
[Needs("power", "http")]
public sealed class PowerCycles(string slot) : SuiteFixture<PowerCyclesParameters>(slot)
{
    private const double Goal = 0.95;

    // Below this the RAM that holds the reset reason may survive the cut, and the boot reads as a watchdog reset.
    private static readonly TimeSpan JudgeReasonFrom = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan ImpatientFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Impatience = TimeSpan.FromSeconds(2);

    // A build whose page tells no reason at all has none to get wrong.
    private bool _tellsReason;

    [Test]
    public async Task EveryCycle_BootsInTimeAndKeepsItsState()
    {
        await Lab.WaitUntilBootIsCompleteAsync();
        _tellsReason = (await Lab.Plug.GetPageStateAsync(Lab.Token)).RebootReason is not null;
        BootTimes times = new();
        List<string> failures = Lab.Problems;
        (int passed, int first) = (0, 1);
        string? spent = null;
        foreach (TrialRecord done in await EarlierCyclesAsync(times))
        {
            // Drawn all the same, so that the cycles that are left are those of an undisturbed night.
            DrawOff();
            passed += done.Ok ? 1 : 0;
            if (!done.Ok)
            {
                failures.Add($"cycle {done.Detail["cycle"]}: {done.Detail["problems"]}");
            }

            first++;
        }

        if (first == 1)
        {
            await Lab.DemandRelayBudgetAsync(0, Parameters.Cycles);
        }

        spent = await SpentAsync(first);
        if (spent is null)
        {
            await Lab.RememberRelayAsync(true);
        }

        Lab.LeavePowered();
        for (int cycle = first; cycle <= Parameters.Cycles && spent is null; cycle++)
        {
            // Each boot closes the contact again.
            spent = await SpentAsync(cycle);
            if (spent is not null)
            {
                break;
            }

            await Lab.SayAsync($"cycle {cycle} of {Parameters.Cycles}");
            CycleOutcome outcome = await CycleAsync(cycle, times);
            passed += outcome.Problems.Count == 0 ? 1 : 0;
            failures.AddRange(outcome.Problems.Select(problem => $"cycle {cycle}: {problem}"));
            SlotStatus status = await Lab.Bench.GetStatusAsync(Lab.Slot, Lab.Token);
            if (status is { OpenIncident: not null } or { Lost: true })
            {
                failures.Add($"stopped after cycle {cycle}: the slot no longer serves");
                break;
            }
        }

        await times.RecordAsync(Lab, Parameters);
        await (_tellsReason ? Task.CompletedTask : Lab.NotMadeAsync("reset-reason", Lab.Now, ("why", "the page of this build tells no reset reason")));
        int tried = passed + failures.Select(f => f.Split(':')[0]).Distinct().Count(f => f.StartsWith("cycle", StringComparison.Ordinal));
        await (tried == 0 ? Task.CompletedTask : Lab.ProportionAsync("cycle-success-lower-bound", passed, tried, Goal));
        Assert.That(failures, Is.Empty, string.Join("; ", failures));
        if (spent is not null)
        {
            Assert.Inconclusive(spent);
        }
    }

    private async Task<string?> SpentAsync(int cycle) => await Lab.RelayBudgetSpentAsync() is { } why ? $"After {cycle - 1} of {Parameters.Cycles}: {why}." : null;

    private TimeSpan DrawOff() => TimeSpan.FromMilliseconds(Lab.Chance.Between(Parameters.OffMin.TotalMilliseconds, Parameters.OffMax.TotalMilliseconds));

    // Cycles that came to their end before the runner died are not done again, and their times count.
    private async Task<List<TrialRecord>> EarlierCyclesAsync(BootTimes times)
    {
        if (await Lab.EarlierAttemptAsync() is not { } earlier)
        {
            return [];
        }

        foreach (TrialRecord step in earlier.Trials.Where(t => t.Ok))
        {
            times.ByName(step.Step)?.Add(step.DurationMs / 1000);
        }

        return [.. earlier.Trials.Where(t => t.Step == "cycle")];
    }

    private async Task<CycleOutcome> CycleAsync(int cycle, BootTimes times)
    {
        TimeSpan off = DrawOff();
        CycleOutcome outcome = new();
        await using IntentScope intent = await Lab.IntentAsync(
            IntentKinds.PowerCut, $"power cycle {cycle}", ("cycle", $"{cycle}"), ("off", DurationText.Format(TimeSpan.FromMilliseconds(Math.Round(off.TotalMilliseconds)))));
        long mark = 0;
        SupplyCut cut = await Lab.CutSupplyAsync(off, beforeOn: async () => mark = Lab.Has("console") ? await Lab.Bench.MarkConsoleAsync(Lab.Slot, Lab.Token) : 0);
        TimeSpan on = cut.OnOrdered;

        // Side by side, or the time of the first would be in the second.
        Task<TimeSpan?> http = FirstHttpAsync(on);
        Task<TimeSpan?> heartbeat = Lab.Has("console") ? FirstLineAsync(ConsoleLines.Heartbeat, mark, on, Parameters.BootLimit) : Task.FromResult<TimeSpan?>(null);
        await Task.WhenAll(http, heartbeat);
        if (Lab.Has("console"))
        {
            await StepAsync("heartbeat", on, await heartbeat, Parameters.BootLimit, times.Heartbeat, outcome);
        }

        await StepAsync("http", on, await http, Parameters.HttpLimit, times.Http, outcome);
        if (Lab.Has("mqtt"))
        {
            await StepAsync("mqtt", on, await FirstMqttAsync(mark, on), Parameters.MqttLimit, times.Mqtt, outcome);
        }

        await CheckStateAsync(off, outcome);
        await Lab.DelayUntilAsync(on + Parameters.On);
        await Lab.TrialAsync("cycle", on, outcome.Problems.Count == 0, Lab.Now - on, ("cycle", $"{cycle}"), ("problems", string.Join("; ", outcome.Problems)));
        return outcome;
    }

    private async Task StepAsync(string step, TimeSpan on, TimeSpan? took, TimeSpan limit, List<double> times, CycleOutcome outcome)
    {
        bool ok = took <= limit;
        await Lab.TrialAsync(step, on, ok, took ?? limit);
        if (took is { } time)
        {
            times.Add(time.TotalSeconds);
        }

        if (!ok)
        {
            outcome.Problems.Add(took is null ? $"no {step} within {DurationText.Format(limit)}" : $"{step} after {took.Value.TotalSeconds:0.0} s, limit {DurationText.Format(limit)}");
        }
    }

    private async Task<TimeSpan?> FirstLineAsync(string pattern, long mark, TimeSpan on, TimeSpan limit) =>
        (await Lab.Bench.ExpectAsync(Lab.Slot, pattern, mark, on + limit - Lab.Now, Lab.Token))?.At - on;

    private async Task<TimeSpan?> FirstHttpAsync(TimeSpan on)
    {
        PlugInfo? info = await Lab.UntilAsync<PlugInfo>(
            () => Lab.Now - on < ImpatientFor ? AskOnceAsync() : AskAsync(Lab.Token), on + Parameters.HttpLimit - Lab.Now, TimeSpan.FromMilliseconds(500));
        return info is null ? null : Lab.Now - on;
    }

    private async Task<PlugInfo?> AskAsync(CancellationToken token) => await Lab.Plug.GetInfoAsync(token);

    // A question to a plug that has no network yet waits its whole limit; asked in vain early on, it would hide the moment of the first answer.
    private async Task<PlugInfo?> AskOnceAsync()
    {
        using CancellationTokenSource impatience = new(Impatience, Lab.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(impatience.Token, Lab.Token);
        try
        {
            return await AskAsync(either.Token);
        }
        catch (OperationCanceledException) when (!Lab.Token.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task<TimeSpan?> FirstMqttAsync(long mark, TimeSpan on)
    {
        if (Lab.Has("console"))
        {
            return await FirstLineAsync(ConsoleLines.HeartbeatWithMqtt, mark, on, Parameters.MqttLimit);
        }

        bool connected = await Lab.UntilAsync(
            async () => (await Lab.Plug.GetPageStateAsync(Lab.Token)).MqttConnected == true, on + Parameters.MqttLimit - Lab.Now);
        return connected ? Lab.Now - on : null;
    }

    private async Task CheckStateAsync(TimeSpan off, CycleOutcome outcome)
    {
        if (await SuiteContext.TryAsync<PlugPageState>(async () => await Lab.Plug.GetPageStateAsync(Lab.Token)) is not { } page)
        {
            outcome.Problems.Add("the index page does not answer");
            return;
        }

        if (await Lab.ReadRelayAsync() != true)
        {
            outcome.Problems.Add("the relay was on and its start value is -1, yet it is off after the cut");
        }

        if (_tellsReason && off >= JudgeReasonFrom && Lab.SlotFacts.Board.Chip == "BL602" && page.RebootReason != "BL_RST_POWER_OFF")
        {
            outcome.Problems.Add($"reset reason is {page.RebootReason ?? "not shown"} after {off.TotalSeconds:0.0} s off, BL_RST_POWER_OFF was expected");
        }

        if (page.SafeMode)
        {
            outcome.Problems.Add("it is in safe mode");
        }
    }

    private sealed class CycleOutcome
    {
        public List<string> Problems { get; } = [];
    }
}
