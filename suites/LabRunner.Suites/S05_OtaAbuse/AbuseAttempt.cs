using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;

namespace LabRunner.Suites.S05_OtaAbuse;

/// <summary>How an attempt ended.</summary>
/// <param name="Started">Run time.</param>
internal sealed record AbuseOutcome(TimeSpan Started)
{
    /// <summary>What was not as it should be, a phrase each.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>What was seen.</summary>
    public List<string> Evidence { get; } = [];

    /// <summary>The upload made no progress for longer than the limit, and should have.</summary>
    public bool Stalled { get; set; }

    /// <summary>Neither a reboot nor a power cycle brought it back.</summary>
    public bool Brick { get; set; }
}

/// <summary>One attempt of the matrix: upload, does it still serve, what did it cost, reboot, what runs now.</summary>
internal sealed class AbuseAttempt(SuiteContext lab, AbusedUpdatesParameters parameters, FirmwarePair pair)
{
    // Longer than the erase of the slot (1.2 s), which comes before anything is read.
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(5);

    private FirmwareDescription _running = null!;
    private FirmwareDescription _other = null!;
    private byte[] _image = [];

    public async Task<AbuseOutcome> RunAsync(OtaAbuseCase abuse)
    {
        await lab.WaitUntilBootIsCompleteAsync();
        _running = await FirmwarePair.RequireRunningAsync(lab);
        _other = pair.Other(_running);
        _image = await FirmwarePair.ReadAsync(_other);
        PlugSettings settings = await PlugSettings.ReadAsync(lab.Plug, lab.Token);
        double heap = await Heap.AtRestAsync(lab);
        AbuseOutcome outcome = new(lab.Now);
        OtaUploadReply reply = await UploadAsync(abuse, heap, outcome);
        await EndAsync(abuse, reply, settings, outcome);
        await lab.TrialAsync(
            $"attempt-{abuse.Mode}", outcome.Started, outcome.Problems.Count == 0, reply.Took, ("attempt", abuse.Name), ("reply", Said(reply)),
            ("bytesTaken", $"{reply.BytesSent}"), ("longestStallSeconds", Number(reply.LongestStall.TotalSeconds)), ("problems", string.Join("; ", outcome.Problems)));
        return outcome;
    }

    private async Task<OtaUploadReply> UploadAsync(OtaAbuseCase abuse, double heap, AbuseOutcome outcome)
    {
        byte[] file = abuse.File(_image);
        OtaSending sending = abuse.Sending(file.Length) with { StallLimit = parameters.StallLimit };
        await using IntentScope intent = await lab.IntentAsync(IntentKinds.Ota, $"OTA abuse {abuse}", ("attempt", abuse.Name), ("mode", abuse.Mode));
        long uptime = (await lab.Plug.GetInfoAsync(lab.Token)).UptimeSeconds;
        TimeSpan asked = lab.Now;
        OtaUploadReply reply = await lab.Plug.UploadOtaAsync(file, sending, lab.Token);
        outcome.Evidence.Add($"{Said(reply)}; {reply.BytesSent} of {file.Length} bytes taken in {Number(reply.Took.TotalSeconds)} s, longest stall {Number(reply.LongestStall.TotalSeconds)} s");
        outcome.Stalled = abuse.End != OtaEnd.NoReply && reply.StatusLine is null && reply.LongestStall >= parameters.StallLimit;
        if (abuse.Judge(reply, parameters.StallLimit) is { } wrong)
        {
            outcome.Problems.Add(outcome.Stalled ? $"the upload stalled for {Number(reply.LongestStall.TotalSeconds)} s after {reply.BytesSent} bytes" : wrong);
        }

        await CheckServiceAsync(uptime, asked, outcome);
        await CheckHeapAsync(abuse, heap, outcome);
        return reply;
    }

    // A client that left is noticed after the erase, a second later: one answer is no proof that it goes on serving.
    private async Task CheckServiceAsync(long uptime, TimeSpan asked, AbuseOutcome outcome)
    {
        TimeSpan ended = lab.Now;
        if (await FirstAnswerAsync() is null)
        {
            outcome.Problems.Add($"it did not serve within {DurationText.Format(parameters.AliveLimit)} of the attempt");
            return;
        }

        outcome.Evidence.Add($"served again after {Number((lab.Now - ended).TotalSeconds)} s");
        await lab.DelayAsync(Noticed);
        if (await FirstAnswerAsync() is not { } served)
        {
            outcome.Problems.Add($"it served once and then did not serve within {DurationText.Format(parameters.AliveLimit)}");
            return;
        }

        if (!FirmwarePair.Runs(served.Info.Build, _running))
        {
            outcome.Problems.Add($"it runs '{served.Info.Build}' before any reboot");
        }

        // Uptime counts whole seconds; without a reset it is the old one plus the time gone.
        if (served.Info.UptimeSeconds < uptime + (served.At - asked).TotalSeconds - 2)
        {
            outcome.Problems.Add($"it reset by itself (up {served.Info.UptimeSeconds} s)");
        }
    }

    private async Task<(TimeSpan At, PlugInfo Info)?> FirstAnswerAsync()
    {
        TimeSpan at = TimeSpan.Zero;
        PlugInfo? info = await lab.UntilAsync<PlugInfo>(
            async () =>
            {
                at = lab.Now;
                return await lab.Plug.GetInfoAsync(lab.Token);
            },
            parameters.AliveLimit);
        return info is null ? null : (at, info);
    }

    // A client that leaves in order keeps its thread spinning until the next reset, and with it 11.8 kB (hal_ota_bl602.c): told, since the
    // plug still serves, and judged by that.
    private async Task CheckHeapAsync(OtaAbuseCase abuse, double before, AbuseOutcome outcome)
    {
        if (outcome.Problems.Count > 0)
        {
            return;
        }

        double lost = before - await Heap.AtRestAsync(lab);
        bool within = lost <= parameters.HeapBand;
        bool mayHold = abuse.End == OtaEnd.NoReply;
        await lab.MeasureAsync(new Figure($"heap-lost@{abuse.Name}", lost, "B", within ? Verdict.Pass : mayHold ? Verdict.Warn : Verdict.Fail) { Upper = parameters.HeapBand });
        if (!within && !mayHold)
        {
            outcome.Problems.Add($"it cost {Number(lost)} B of heap, {parameters.HeapBand} B are allowed");
        }
    }

    // Only a new boot shows which image the partition table points to. What was taken and must not be is written over first, or this reboot would
    // boot it.
    private async Task EndAsync(OtaAbuseCase abuse, OtaUploadReply reply, PlugSettings settings, AbuseOutcome outcome)
    {
        bool bad = reply.Accepted && abuse.End != OtaEnd.Accepted;
        FirmwareDescription due = reply.Accepted ? _other : _running;
        if (bad)
        {
            await using IntentScope intent = await lab.IntentAsync(IntentKinds.Ota, "a sound update over the one that was taken");
            OtaUploadReply? sound = await SuiteContext.TryAsync<OtaUploadReply>(async () => await lab.Plug.UploadOtaAsync(_image, OtaSending.Plain, lab.Token));
            outcome.Evidence.Add(sound is { Accepted: true } ? "a sound update was written over it" : "a sound update over it was not taken");
        }

        if (await lab.RestartAsync($"after {abuse.Name}", parameters.AliveLimit) is not { } info)
        {
            outcome.Brick = true;
            outcome.Problems.Add($"no firmware serves within {DurationText.Format(parameters.AliveLimit)} of a reboot{(lab.Has("power") ? " and of a power cycle" : "")}");
            return;
        }

        if (!FirmwarePair.Runs(info.Build, due))
        {
            outcome.Problems.Add($"after the reboot it runs '{info.Build}', not version {due.Version}");
        }

        outcome.Problems.AddRange(settings.Differences(await PlugSettings.ReadAsync(lab.Plug, lab.Token)));
    }

    private static string Said(OtaUploadReply reply) => reply.StatusLine is { } line ? $"{line} {reply.Body}" : reply.Failure ?? "nothing";

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
