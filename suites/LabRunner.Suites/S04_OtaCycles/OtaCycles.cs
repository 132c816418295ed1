using System.Globalization;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S04_OtaCycles;

/// <summary>Parameters of S04.</summary>
public sealed record OtaCyclesParameters
{
    [Limits("1", "10000"), Meaning("cycles; each is an update to the other firmware and one back")]
    public int Cycles { get; init; } = 2;

    [Limits("5s", "30m"), Meaning("from the start of an upload to the new firmware answering")]
    public TimeSpan UploadLimit { get; init; } = TimeSpan.FromSeconds(60);

    [Limits("0.5", "0.999"), Meaning("share of updates that must succeed, to be proved at 95 %: 50 of 50 updates prove 0.942")]
    public double SuccessGoal { get; init; } = 0.94;

    [Limits("1s", "10m"), Meaning("longest time without progress of an upload; more is OTA_STALL")]
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(30);

    [Limits("1", "100"), Meaning("attempts at one update, each a trial: one that is not taken, or not run, is made again so many times at most; it fails the test all the same")]
    public int Attempts { get; init; } = 3;
}

/// <summary>S04: A → B → A, and nothing but the version has changed.</summary>
[SlotSuite("S04", "OTA cycles")]
[Needs("http")]
public sealed class OtaCycles(string slot) : SuiteFixture<OtaCyclesParameters>(slot)
{
    private readonly List<double> _durations = [];
    private readonly List<double> _heap = [];
    private UpdateCount _count = new();

    [Test]
    public async Task EveryUpdate_ChangesTheVersionAndNothingElse()
    {
        FirmwarePair pair = FirmwarePair.Of(Lab);
        _durations.Clear();
        _heap.Clear();
        _count = new UpdateCount();
        Lab.AtEnd(async token => await StopPulsesAsync(token));
        FirmwareDescription running = await FirmwarePair.RequireRunningAsync(Lab);
        bool runsA = ReferenceEquals(running, pair.A);

        // After an odd number of updates that were made before the runner died, it runs the other one.
        int made = (await Lab.EarlierAttemptAsync())?.Trials.Count(t => t.Step == "update" && ThenOf(t) == nameof(Then.On)) ?? 0;
        await Lab.KeepFirmwareAsync(pair, made % 2 == 0 ? running : pair.Other(running));
        await TakeUpEarlierAsync();
        try
        {
            Then then = Then.On;
            while (_count.Done < 2 * Parameters.Cycles && then != Then.End && _count.Attempts < Parameters.Attempts)
            {
                FirmwareDescription target = runsA ? pair.B : pair.A;
                int attempt = _count.Begin();
                await Lab.SayAsync($"update {_count.Done + 1} of {2 * Parameters.Cycles} to {target.Version}{(attempt == 1 ? "" : $", attempt {attempt}")}");
                then = await UpdateAsync(target, attempt);
                if (then == Then.On)
                {
                    _count.End();
                    runsA = !runsA;
                }
            }
        }
        finally
        {
            // Also of a test that fails: how many went well, and how often the others were tried.
            await (_count.Tried == 0 || Lab.Token.IsCancellationRequested ? Task.CompletedTask : MeasureCountsAsync());
        }

        if (_durations.Count > 0)
        {
            await Lab.MeasureAsync(new Figure("ota-duration-p95", Percentile.Of(_durations, 0.95), "s", Verdict.Pass) { Upper = Parameters.UploadLimit.TotalSeconds });

            // A figure, no judgement: each update ends in a reboot, so what differs from boot to boot is no leak.
            await Lab.MeasureAsync(new Figure("ota-heap-floor", _heap.Min(), "B", Verdict.Pass) { Detail = [("updates", $"{_heap.Count}")] });
        }

        Assert.That(Lab.Problems, Is.Empty, string.Join(" | ", Lab.Problems));
    }

    private async Task MeasureCountsAsync()
    {
        await Lab.ProportionAsync("ota-success-lower-bound", _count.Good, _count.Tried, Parameters.SuccessGoal);
        await Lab.MeasureAsync(new Figure("ota-attempts-to-success", _count.Most, "attempts", _count.Most > 1 || _count.Attempts > 0 ? Verdict.Fail : Verdict.Pass)
        {
            Upper = 1,
            Detail = [("updates", _count.Text), ("succeeded", _count.Attempts == 0 ? "all" : "not the last one"), ("bound", $"{Parameters.Attempts}")],
        });
    }

    private static string ThenOf(TrialRecord update) => update.Detail.GetValueOrDefault("then") ?? (update.Ok ? nameof(Then.On) : nameof(Then.End));

    // What was tried before the runner died is not tried again, and counts as it was.
    private async Task TakeUpEarlierAsync()
    {
        foreach (TrialRecord trial in (await Lab.EarlierAttemptAsync())?.Trials.Where(t => t.Step == "update") ?? [])
        {
            _count.Begin();
            if (trial.Ok)
            {
                _count.Succeeded();
                _durations.Add(trial.DurationMs / 1000);
                _heap.Add(double.Parse(trial.Detail["heapBytes"], CultureInfo.InvariantCulture));
            }
            else
            {
                Lab.Problems.Add($"Update to {trial.Detail.GetValueOrDefault("version")}, before the run was interrupted: {trial.Detail.GetValueOrDefault("problems") ?? trial.Detail.GetValueOrDefault("outcome")}");
            }

            switch (ThenOf(trial))
            {
                case nameof(Then.On):
                    _count.End();
                    break;
                case nameof(Then.End):
                    await MeasureCountsAsync();
                    Assert.Fail(string.Join(" | ", Lab.Problems));
                    break;
            }
        }
    }

    /// <summary>Boots what was sent. A plug whose answer was lost may be away for a while, or have booted by itself.</summary>
    private async Task<PlugInfo> BootAsync(FirmwareDescription target, int attempt, TimeSpan started, bool answerLost)
    {
        try
        {
            PlugInfo up = await Lab.UntilAsync<PlugInfo>(async () => await Lab.Plug.GetInfoAsync(Lab.Token), Parameters.UploadLimit)
                ?? throw new PlugUnreachableException($"It did not serve within {DurationText.Format(Parameters.UploadLimit)} of the upload.");
            if (answerLost && FirmwarePair.Runs(up.Build, target))
            {
                return up;
            }

            TimeSpan asked = Lab.Now;
            await Lab.Plug.RebootAsync(Lab.Token);
            return await Lab.NewBootAsync(asked, up.UptimeSeconds, Parameters.UploadLimit);
        }
        catch (Exception gone) when (gone is AssertionException or PlugUnreachableException)
        {
            // An update that was the last is one of the updates.
            await Lab.TrialAsync("update", started, false, Lab.Now - started, ("version", target.Version), ("attempt", $"{attempt}"), ("then", nameof(Then.End)), ("problems", "it did not boot after the update"));
            throw;
        }
    }

    private async Task<Then> UpdateAsync(FirmwareDescription target, int attempt)
    {
        byte[] image = await FirmwarePair.ReadAsync(target);
        await Lab.WaitUntilBootIsCompleteAsync();
        Identity before = await Identity.ReadAsync(Lab);
        int? counter = (await Lab.Plug.GetPageStateAsync(Lab.Token)).OtaCounter;
        await using IntentScope intent = await Lab.IntentAsync(IntentKinds.Ota, $"update to {target.Version}", ("version", target.Version));
        TimeSpan started = Lab.Now;
        (string? failed, string? lost) = await UploadAsync(target, image, attempt, started);
        if (failed is not null)
        {
            Lab.Problems.Add(failed);
            return Then.Again;
        }

        PlugInfo info = await BootAsync(target, attempt, started, lost is not null);
        TimeSpan took = Lab.Now - started;
        await Lab.WaitUntilBootIsCompleteAsync();
        List<string> problems = [.. before.Differences(await Identity.ReadAsync(Lab), Lab.SlotFacts.Board)];

        // What is lost would be missing before the next attempt too, and so not be missed.
        Then then = problems.Count > 0 ? Then.End : Then.On;
        bool runs = FirmwarePair.Runs(info.Build, target);
        if (!runs)
        {
            problems.Add($"it runs '{info.Build}', not version {target.Version}{(lost is null ? "" : $", and the answer to the upload was lost: {lost}")}");
            then = then == Then.On ? Then.Again : then;
        }

        // What was never taken was not counted either.
        int? counted = (await Lab.Plug.GetPageStateAsync(Lab.Token)).OtaCounter;
        if (counter is { } was && counted != was + 1 && (runs || lost is null))
        {
            problems.Add($"the OTA counter went from {was} to {counted}");
        }

        if (took > Parameters.UploadLimit)
        {
            problems.Add($"it took {took.TotalSeconds:0} s, limit {DurationText.Format(Parameters.UploadLimit)}");
        }

        double heap = await Heap.AtRestAsync(Lab);
        await Lab.TrialAsync(
            "update", started, problems.Count == 0, took, ("version", target.Version), ("attempt", $"{attempt}"), ("then", then.ToString()), ("heapBytes", $"{heap:0}"), ("answer", lost is null ? "taken" : $"lost: {lost}"),
            ("problems", string.Join("; ", problems)));
        if (problems.Count == 0)
        {
            _count.Succeeded();
            _durations.Add(took.TotalSeconds);
            _heap.Add(heap);
        }
        else
        {
            Lab.Problems.Add($"Update to {target.Version}, attempt {attempt}: {string.Join("; ", problems)}");
        }

        return then;
    }

    /// <summary>Sends the image.</summary>
    /// <returns>
    /// What went wrong, and how the connection ended after the last byte where it did so without an answer: what boots then says whether the image was taken. Both
    /// null: it was.
    /// </returns>
    private async Task<(string? Failed, string? AnswerLost)> UploadAsync(FirmwareDescription target, byte[] image, int attempt, TimeSpan started)
    {
        OtaUploadReply reply = await Lab.Plug.UploadOtaAsync(image, new OtaSending { StallLimit = Parameters.StallLimit }, Lab.Token);
        if (reply.Accepted && reply.LongestStall <= Parameters.StallLimit)
        {
            return (null, null);
        }

        if (reply is { Status: null, Failure: { } end } && reply.BytesSent >= image.Length && reply.LongestStall < Parameters.StallLimit)
        {
            return (null, end);
        }

        string outcome = reply.Failure ?? $"status {reply.Status?.ToString(CultureInfo.InvariantCulture) ?? "none"}: {reply.Body}";
        string progress = $"{reply.BytesSent} of {image.Length} bytes taken, longest stall {reply.LongestStall.TotalSeconds:0.0} s";
        await Lab.TrialAsync("update", started, false, Lab.Now - started, ("version", target.Version), ("attempt", $"{attempt}"), ("then", nameof(Then.Again)), ("progress", progress), ("outcome", outcome));
        bool stalled = !reply.Accepted && reply.LongestStall >= Parameters.StallLimit || reply.LongestStall > Parameters.StallLimit;
        string found = stalled
            ? $" (finding #{await Lab.FindAsync(
                "OTA_STALL", "F30", "OTA upload stalled",
                $"The upload of {target.Version} made no progress for {reply.LongestStall.TotalSeconds:0} s. The old firmware keeps running; slot B is already erased.",
                started, [progress, outcome], $"OTA upload of {target.Version}")})"
            : "";

        await RebootAfterAbortAsync();
        return ($"The upload of {target.Version} failed, attempt {attempt}: {outcome}; {progress}{found}", null);
    }

    // An aborted upload leaves the OTA task spinning and MQTT closed until a reboot (http_tcp_server.c). The intent of the update stays open
    // until the plug is back, or its reset would count as one that nobody asked for.
    private async Task RebootAfterAbortAsync()
    {
        PlugInfo? before = await SuiteContext.TryAsync<PlugInfo>(async () => await Lab.Plug.GetInfoAsync(Lab.Token));
        TimeSpan asked = Lab.Now;
        object? sent = await SuiteContext.TryAsync<object>(async () =>
        {
            await Lab.Plug.RebootAsync(Lab.Token);
            return "sent";
        });
        if (before is not null && sent is not null)
        {
            await Lab.NewBootAsync(asked, before.UptimeSeconds, Parameters.UploadLimit);
        }
    }

    private async Task StopPulsesAsync(CancellationToken token)
    {
        if (Lab.Has("pulses"))
        {
            await Lab.Bench.InjectAsync(Lab.Slot, new LoadPoint(0, 0, 1), token);
        }
    }
}
