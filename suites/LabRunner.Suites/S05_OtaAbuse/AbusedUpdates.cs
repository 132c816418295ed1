using System.IO.Enumeration;
using System.Text.RegularExpressions;
using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S05_OtaAbuse;

/// <summary>Parameters of S05.</summary>
public sealed record AbusedUpdatesParameters : ICheckedParameters
{
    [Meaning("attempts by name or failure mode, * for any letters: rate-8k, abort-fin-*, F33; all: the whole matrix")]
    public IReadOnlyList<string> Cases { get; init; } = ["all"];

    [Meaning("rates of F31, body bytes a second: 8k, 900, or max")]
    public IReadOnlyList<string> Rates { get; init; } = OtaAbuse.Rates;

    [Limits("1", "1000"), Meaning("uploads at each rate; their proportion is told with its bound")]
    public int RateRepeats { get; init; } = 3;

    [Meaning("places of F32 at which the client leaves: bytes of the file (513) or a share of it (50%)")]
    public IReadOnlyList<string> Aborts { get; init; } = OtaAbuse.Places;

    [Limits("5s", "10m"), Meaning("after an attempt, and after the reboot that follows it, the right firmware must serve within this time")]
    public TimeSpan AliveLimit { get; init; } = TimeSpan.FromSeconds(60);

    [Limits("1s", "10m"), Meaning("longest time without progress of an upload; more is OTA_STALL")]
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(30);

    [Limits("0", "100000"), Meaning("bytes of free heap that an attempt may cost for good")]
    public int HeapBand { get; init; } = 2048;

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Text)> Problems()
    {
        foreach ((string key, IReadOnlyList<string> rates, IReadOnlyList<string> places) in (IEnumerable<(string, IReadOnlyList<string>, IReadOnlyList<string>)>)[("rates", Rates, []), ("aborts", [], Aborts)])
        {
            if (Wrong(rates, places) is { } wrong)
            {
                yield return (key, wrong);
            }
        }

        if (Wrong(Rates, Aborts) is null)
        {
            IReadOnlyList<OtaAbuseCase> matrix = OtaAbuse.Cases(Rates, Aborts);
            foreach (string none in Cases.Where(asked => !matrix.Any(c => Asks(asked, c))))
            {
                yield return ("cases", $"'{none}' is no attempt of the matrix: write all, a mode such as F33, or a name such as {matrix[0].Name}, with * for any letters");
            }
        }
    }

    /// <summary>True: a word of <see cref="Cases"/> means the attempt.</summary>
    internal static bool Asks(string asked, OtaAbuseCase abuse) =>
        asked is "all" || asked.Equals(abuse.Mode, StringComparison.OrdinalIgnoreCase) || FileSystemName.MatchesSimpleExpression(asked, abuse.Name);

    private static string? Wrong(IReadOnlyList<string> rates, IReadOnlyList<string> places)
    {
        try
        {
            OtaAbuse.Cases(rates, places);
            return null;
        }
        catch (FormatException wrong)
        {
            return wrong.Message;
        }
    }
}

/// <summary>
/// S05: the abuse matrix of updates. Whatever is sent, the firmware that is to run serves within a minute, and again after a reboot, with
/// its settings. A test for each failure mode, a trial for each attempt.
/// </summary>
[SlotSuite("S05", "OTA abuse")]
[Needs("http")]
public sealed partial class AbusedUpdates(string slot) : SuiteFixture<AbusedUpdatesParameters>(slot)
{
    // As of the cycles of S04.
    private const double RateGoal = 0.94;

    // Its boundaries are those of a flash layout.
    private const string OfLayout = "F34";

    // A crash in the middle of an upload is what is looked for: the test judges it and its finding explains the incident.
    protected override bool ExpectsIncidents => true;

    [Test]
    public Task F31_AnyRate_IsTaken() => TryAllAsync("F31", "OTA_RATE", "An upload at some rate is not taken", Parameters.RateRepeats);

    [Test]
    public Task F32_ClientThatLeaves_LeavesAPlugThatServes() => TryAllAsync("F32", "OTA_ABORT", "An upload that is given up takes the plug with it");

    [Test]
    public Task F33_ForeignFile_IsRefused() => TryAllAsync("F33", "OTA_FOREIGN", "A file of another chip or kind is not refused");

    [Test]
    public Task F34_FileTooLarge_IsRefusedAndTheLargestTaken() => TryAllAsync("F34", "OTA_SIZE", "The limits of size are not held");

    [Test]
    public Task F35_CorruptFile_IsRefused() => TryAllAsync("F35", "OTA_CORRUPT", "A corrupt file is not refused");

    [Test]
    public Task F36_LyingLength_DoesNoHarm() => TryAllAsync("F36", "OTA_LENGTH", "A stated length that is not the file's does harm");

    private async Task TryAllAsync(string mode, string findingClass, string title, int repeats = 1)
    {
        FirmwarePair pair = FirmwarePair.Of(Lab);
        List<OtaAbuseCase> cases = [.. Enumerable.Repeat(OtaAbuse.Cases(Parameters.Rates, Parameters.Aborts).Where(c => c.Mode == mode && IsAsked(c)), repeats).SelectMany(c => c)];
        SuiteContext.Ask(cases.Count, $"attempt of {mode}");

        await FirmwarePair.RequireRunningAsync(Lab);
        await Lab.KeepFirmwareAsync(pair);

        // Before the death of a runner: what was tried is tried, whatever came of it.
        IReadOnlyList<TrialRecord> earlier = (await Lab.EarlierAttemptAsync())?.Trials ?? [];
        List<string> done = [.. earlier.Select(t => t.Detail["attempt"])];
        List<string> failures = Lab.Problems;
        failures.AddRange(earlier.Where(t => !t.Ok).Select(t => $"{t.Detail["attempt"]}: {t.Detail["problems"]}"));
        List<(string Name, bool Ok)> outcomes = [.. earlier.Select(t => (t.Detail["attempt"], t.Ok))];
        int tried = done.Count;
        string? stopped = null;
        bool ofLayout = mode == OfLayout;
        long? mark = ofLayout && Lab.Has("console") ? await Lab.Bench.MarkConsoleAsync(Lab.Slot, Lab.Token) : null;
        foreach (OtaAbuseCase abuse in cases.Where(c => !done.Remove(c.Name)))
        {
            if ((stopped = await Lab.BrickOfTheBoardAsync(tried)) is not null)
            {
                break;
            }

            await Lab.SayAsync($"{mode} {abuse.Name}, {++tried} of {cases.Count}");
            AbuseOutcome outcome = await new AbuseAttempt(Lab, Parameters, pair).RunAsync(abuse);
            if (mark is { } from && !outcome.Brick && (stopped = await OtherLayoutAsync(from)) is not null)
            {
                break;
            }

            outcomes.Add((abuse.Name, outcome.Problems.Count == 0));
            if (outcome.Problems.Count > 0)
            {
                failures.Add($"{abuse.Name}: {string.Join("; ", outcome.Problems)}");
                await FindAsync(abuse, outcome, findingClass, title);
            }

            if (outcome.Brick || await HasLeftTheNightAsync())
            {
                failures.Add($"stopped after {abuse.Name}: the plug no longer serves");
                break;
            }
        }

        foreach (IGrouping<string, bool> attempts in outcomes.GroupBy(o => o.Name, o => o.Ok).Where(_ => repeats > 1))
        {
            await Lab.ProportionAsync($"success-lower-bound@{attempts.Key}", attempts.Count(ok => ok), attempts.Count(), RateGoal);
        }

        int failed = outcomes.Count(o => !o.Ok);
        await Lab.MeasureAsync(new Figure($"{mode}-failed-attempts", failed, "attempts", failed > 0 ? Verdict.Fail : stopped is not null ? Verdict.Inconclusive : Verdict.Pass)
        {
            Upper = 0,
            Detail = [("tried", $"{tried}"), ("asked", $"{cases.Count}"), .. ofLayout ? [("boundaries", OtaImage.Layout)] : Array.Empty<(string, string)>()],
        });
        Assert.That(failures, Is.Empty, $"{mode}{(ofLayout ? $" (boundaries of {OtaImage.Layout})" : "")}: {string.Join(" | ", failures)}{(stopped is null ? "" : $" | {stopped}")}");
        if (stopped is not null)
        {
            Assert.Inconclusive(stopped);
        }
    }

    /// <summary>Sees by the console that the boundaries are those of this plug, which says how large its update slot is as an upload begins (hal_ota_bl602.c).</summary>
    /// <returns>Why they are not; null: they are, or it did not say.</returns>
    private async Task<string?> OtherLayoutAsync(long mark) =>
        await Lab.Bench.ExpectAsync(Lab.Slot, SlotSizeLine, mark, TimeSpan.Zero, Lab.Token) is { } line
        && SlotSize().Match(line.Text) is { Success: true } told && told.Groups[1].Value is var size && size != $"{OtaImage.SlotLength}"
            ? $"its update slot has {size} bytes, and the boundaries asked are of {OtaImage.Layout}: they say nothing of this plug"
            : null;

    private const string SlotSizeLine = @"OTA size is (\d+)";

    [GeneratedRegex(SlotSizeLine)]
    private static partial Regex SlotSize();

    private async Task FindAsync(OtaAbuseCase abuse, AbuseOutcome outcome, string findingClass, string title)
    {
        IReadOnlyList<IncidentRecord> incidents = await Lab.SeenByWatchAsync(outcome.Started);
        (string kind, string named, string what) = outcome switch
        {
            { Brick: true } => ("BRICK", abuse.Mode, "A brick after an abused update"),
            { Stalled: true } => ("OTA_STALL", "F30", "OTA upload stalled"),
            _ => (findingClass, abuse.Mode, title),
        };
        await Lab.FindAsync(
            kind, named, $"{what}: {abuse.Name}", $"The attempt {abuse.Name} ended so: {string.Join("; ", outcome.Problems)}.", outcome.Started, outcome.Evidence,
            $"OTA abuse {abuse.Name}", [.. incidents.Select(i => i.Id)]);
    }

    private async Task<bool> HasLeftTheNightAsync() => (await Lab.Bench.GetStatusAsync(Lab.Slot, Lab.Token)).Lost;

    private bool IsAsked(OtaAbuseCase abuse) => Parameters.Cases.Any(asked => AbusedUpdatesParameters.Asks(asked, abuse));
}
