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
}

/// <summary>S04: A → B → A, and nothing but the version has changed.</summary>
[SlotSuite("S04", "OTA cycles")]
[Needs("http")]
public sealed class OtaCycles(string slot) : SuiteFixture<OtaCyclesParameters>(slot)
{
    private readonly List<double> _durations = [];
    private readonly List<double> _heap = [];

    [Test]
    public async Task EveryUpdate_ChangesTheVersionAndNothingElse()
    {
        FirmwarePair pair = FirmwarePair.Of(Lab);
        _durations.Clear();
        _heap.Clear();
        Lab.AtEnd(async token => await StopPulsesAsync(token));
        bool runsA = FirmwarePair.Runs((await Lab.Plug.GetInfoAsync(Lab.Token)).Build, pair.A);
        int done = await EarlierUpdatesAsync();
        int tried = done;
        try
        {
            for (; done < 2 * Parameters.Cycles; done++, runsA = !runsA)
            {
                FirmwareDescription target = runsA ? pair.B : pair.A;
                await Lab.SayAsync($"update {++tried} of {2 * Parameters.Cycles} to {target.Version}");
                await UpdateAsync(target);
            }
        }
        finally
        {
            // Also of a test that fails: how many went well before.
            await (tried == 0 || Lab.Token.IsCancellationRequested ? Task.CompletedTask : Lab.ProportionAsync("ota-success-lower-bound", done, tried, Parameters.SuccessGoal));
        }

        await Lab.MeasureAsync(new Figure("ota-duration-p95", Percentile.Of(_durations, 0.95), "s", Verdict.Pass) { Upper = Parameters.UploadLimit.TotalSeconds });

        // A figure, no judgement: each update ends in a reboot, so what differs from boot to boot is no leak.
        await Lab.MeasureAsync(new Figure("ota-heap-floor", _heap.Min(), "B", Verdict.Pass) { Detail = [("updates", $"{done}")] });
    }

    // Updates that came to their end before the runner died are not done again; one that failed ended its test, and does so now.
    private async Task<int> EarlierUpdatesAsync()
    {
        List<TrialRecord> all = [.. (await Lab.EarlierAttemptAsync())?.Trials.Where(t => t.Step == "update") ?? []];
        if (all.Find(t => !t.Ok) is { } failed)
        {
            await Lab.ProportionAsync("ota-success-lower-bound", all.Count(t => t.Ok), all.Count, Parameters.SuccessGoal);
            Assert.Fail($"Update to {failed.Detail.GetValueOrDefault("version")}, before the run was interrupted: {failed.Detail.GetValueOrDefault("problems") ?? failed.Detail.GetValueOrDefault("outcome")}");
        }

        List<TrialRecord> earlier = all;
        _durations.AddRange(earlier.Select(t => t.DurationMs / 1000));
        _heap.AddRange(earlier.Select(t => double.Parse(t.Detail["heapBytes"], CultureInfo.InvariantCulture)));
        return earlier.Count;
    }

    private async Task<PlugInfo> BootedAsync(FirmwareDescription target, TimeSpan started, TimeSpan asked, long uptime)
    {
        try
        {
            return await Lab.NewBootAsync(asked, uptime, Parameters.UploadLimit);
        }
        catch (Exception gone) when (gone is AssertionException or PlugUnreachableException)
        {
            // An update that was the last is one of the updates.
            await Lab.TrialAsync("update", started, false, Lab.Now - started, ("version", target.Version), ("problems", "it did not boot after the update"));
            throw;
        }
    }

    private async Task UpdateAsync(FirmwareDescription target)
    {
        byte[] image = await FirmwarePair.ReadAsync(target);
        await Lab.WaitUntilBootIsCompleteAsync();
        Identity before = await Identity.ReadAsync(Lab);
        int? counter = (await Lab.Plug.GetPageStateAsync(Lab.Token)).OtaCounter;
        await using IntentScope intent = await Lab.IntentAsync(IntentKinds.Ota, $"update to {target.Version}", ("version", target.Version));
        TimeSpan started = Lab.Now;
        await UploadAsync(target, image, started);
        long uptime = (await Lab.Plug.GetInfoAsync(Lab.Token)).UptimeSeconds;
        TimeSpan asked = Lab.Now;
        await Lab.Plug.RebootAsync(Lab.Token);
        PlugInfo info = await BootedAsync(target, started, asked, uptime);
        TimeSpan took = Lab.Now - started;
        await Lab.WaitUntilBootIsCompleteAsync();
        List<string> problems = [.. before.Differences(await Identity.ReadAsync(Lab), Lab.SlotFacts.Board)];
        if (!info.Build.Contains(target.Version, StringComparison.Ordinal))
        {
            problems.Add($"it runs '{info.Build}', not version {target.Version}");
        }

        int? counted = (await Lab.Plug.GetPageStateAsync(Lab.Token)).OtaCounter;
        if (counter is { } was && counted != was + 1)
        {
            problems.Add($"the OTA counter went from {was} to {counted}");
        }

        if (took > Parameters.UploadLimit)
        {
            problems.Add($"it took {took.TotalSeconds:0} s, limit {DurationText.Format(Parameters.UploadLimit)}");
        }

        _durations.Add(took.TotalSeconds);
        _heap.Add(await Heap.AtRestAsync(Lab));
        await Lab.TrialAsync("update", started, problems.Count == 0, took, ("version", target.Version), ("heapBytes", $"{_heap[^1]:0}"), ("problems", string.Join("; ", problems)));
        Assert.That(problems, Is.Empty, $"Update to {target.Version}: {string.Join("; ", problems)}");
    }

    private async Task UploadAsync(FirmwareDescription target, byte[] image, TimeSpan started)
    {
        OtaUploadReply reply = await Lab.Plug.UploadOtaAsync(image, new OtaSending { StallLimit = Parameters.StallLimit }, Lab.Token);
        if (reply.Accepted && reply.LongestStall <= Parameters.StallLimit)
        {
            return;
        }

        string outcome = reply.Failure ?? $"status {reply.Status?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}: {reply.Body}";
        string progress = $"{reply.BytesSent} of {image.Length} bytes taken, longest stall {reply.LongestStall.TotalSeconds:0.0} s";
        await Lab.TrialAsync("update", started, false, Lab.Now - started, ("version", target.Version), ("progress", progress), ("outcome", outcome));
        bool stalled = !reply.Accepted && reply.LongestStall >= Parameters.StallLimit || reply.LongestStall > Parameters.StallLimit;
        string found = stalled
            ? $" (finding #{await Lab.FindAsync(
                "OTA_STALL", "F30", "OTA upload stalled",
                $"The upload of {target.Version} made no progress for {reply.LongestStall.TotalSeconds:0} s. The old firmware keeps running; slot B is already erased.",
                started, [progress, outcome], $"OTA upload of {target.Version}")})"
            : "";

        await RebootAfterAbortAsync();
        Assert.Fail($"The upload of {target.Version} failed: {outcome}; {progress}{found}");
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
