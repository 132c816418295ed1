using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S06_OtaPowerCuts;

/// <summary>Parameters of S06.</summary>
public sealed record OtaPowerCutsParameters : PowerCutParameters
{
    /// <summary>Longer than elsewhere: a first boot unpacks.</summary>
    public OtaPowerCutsParameters() => (Off, RecoverLimit) = (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));

    [Limits("0", "10000"), Meaning("cuts while slot B is erased")]
    public int Erase { get; init; } = 20;

    [Limits("0", "10000"), Meaning("cuts while the body is written")]
    public int Write { get; init; } = 20;

    [Limits("0", "10000"), Meaning("cuts while the partition table is switched")]
    public int TableSwitch { get; init; } = 10;

    [Limits("0", "10000"), Meaning("cuts while the first boot unpacks the update")]
    public int FirstBoot { get; init; } = 10;

    [Limits("1", "10"), Meaning("most updates, as a multiple of the cuts asked: a cut that lands elsewhere counts where it landed")]
    public double Patience { get; init; } = 3;

    [Limits("0.001", "0.5"), Meaning("share of cuts that may end in a brick; its 95 % upper bound is to be below")]
    public double BrickGoal { get; init; } = 0.05;
}

/// <summary>
/// S06: the power is cut in every stretch of an update, at instants drawn uniformly within it, and no cut leaves a brick. Where a cut
/// landed is read off the console; how long the stretches last is measured by an update that is not cut. The first brick ends the suite, also on other slots with the same board.
/// </summary>
[SlotSuite("S06", "OTA power cut")]
[Needs("power", "http", "console")]
public sealed class OtaPowerCuts(string slot) : SuiteFixture<OtaPowerCutsParameters>(slot)
{
    private const double Confidence = 0.95;

    private readonly Dictionary<CutStratum, int> _landed = [];
    private const string PowerCyclesDetail = "powerCycles";

    private readonly List<string> _laborious = [];
    private int _bricks;

    // A brick is what is looked for: the test judges it, and its finding explains the incident.
    protected override bool ExpectsIncidents => true;

    [Test]
    public async Task NoCut_LeavesABrick()
    {
        FirmwarePair pair = FirmwarePair.Of(Lab);
        (int cuts, int most) = (Asked.Values.Sum(), (int)Math.Ceiling(Asked.Values.Sum() * Parameters.Patience));
        SuiteContext.Ask(cuts, "cut");
        await FirmwarePair.RequireRunningAsync(Lab);

        _landed.Clear();
        _laborious.Clear();
        _bricks = 0;
        await Lab.KeepFirmwareAsync(pair);
        Lab.LeavePowered();
        int done = await EarlierCutsAsync();
        CutUpdate update = new(Lab, Parameters, pair);
        await Lab.SayAsync("an update that is not cut, to learn how long its stretches last");
        UpdateTimes times = await update.MeasureAsync();
        foreach ((CutStratum stratum, TimeSpan length) in times.Of)
        {
            await Lab.MeasureAsync(new Figure($"length@{Camel(stratum)}", length.TotalSeconds, "s", Verdict.Pass));
        }

        string? stopped = null;
        for (; _bricks == 0 && done < most && Wanted() is { } stratum; done++)
        {
            if ((stopped = await Lab.BrickOfTheBoardAsync(done)) is not null)
            {
                break;
            }

            await Lab.SayAsync($"cut {done + 1}, at most {most}: {Camel(stratum)}");
            if (!await CutAsync(update, stratum, times))
            {
                break;
            }
        }

        await JudgeAsync(stopped);
    }

    private Dictionary<CutStratum, int> Asked => new()
    {
        [CutStratum.Erase] = Parameters.Erase, [CutStratum.Write] = Parameters.Write, [CutStratum.TableSwitch] = Parameters.TableSwitch,
        [CutStratum.FirstBoot] = Parameters.FirstBoot,
    };

    // The stratum that lacks most of its share, so that a night that ends early has something of each.
    private CutStratum? Wanted()
    {
        (CutStratum Stratum, double Share)[] open = [.. Asked.Where(a => _landed.GetValueOrDefault(a.Key) < a.Value).Select(a => (a.Key, (double)_landed.GetValueOrDefault(a.Key) / a.Value))];
        return open.Length == 0 ? null : open.MinBy(o => o.Share).Stratum;
    }

    private async Task<int> EarlierCutsAsync()
    {
        List<TrialRecord> earlier = [.. (await Lab.EarlierAttemptAsync())?.Trials.Where(t => t.Step == OtaCutTrial.Step) ?? []];
        foreach (TrialRecord cut in earlier)
        {
            // Drawn all the same, so that the cuts that are left are those of an undisturbed night.
            Lab.Chance.NextUnit();
            CutStratum stratum = Enum.Parse<CutStratum>(cut.Detail[OtaCutTrial.Stratum], ignoreCase: true);
            _landed[stratum] = _landed.GetValueOrDefault(stratum) + 1;
            _bricks += cut.Ok ? 0 : 1;
            if (int.TryParse(cut.Detail.GetValueOrDefault(PowerCyclesDetail), CultureInfo.InvariantCulture, out int cycles) && cycles > 1)
            {
                _laborious.Add($"{Camel(stratum)}: {cycles} power cycles");
            }

            if (cut.Detail.GetValueOrDefault("problems") is { Length: > 0 } problems)
            {
                Lab.Problems.Add($"{Camel(stratum)}: {problems}");
            }
        }

        return earlier.Count;
    }

    private async Task<bool> CutAsync(CutUpdate update, CutStratum stratum, UpdateTimes times)
    {
        double share = Lab.Chance.NextUnit();
        CutOutcome outcome = await update.CutAsync(stratum, share, times);
        _landed[outcome.Landed] = _landed.GetValueOrDefault(outcome.Landed) + 1;
        await Lab.TrialAsync(
            OtaCutTrial.Step, outcome.Cut, !outcome.Brick, outcome.Recovered - outcome.Cut, (OtaCutTrial.Stratum, Camel(outcome.Landed)), ("aimed", Camel(stratum)),
            ("share", share.ToString("0.000", CultureInfo.InvariantCulture)), (OtaCutTrial.AfterSeconds, outcome.Into.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture)),
            (OtaCutTrial.Runs, outcome.Runs ?? "nothing"), (PowerCyclesDetail, outcome.Cycles is { } cycles ? $"{cycles}" : "no number of them"), ("problems", string.Join("; ", outcome.Problems)));
        if (outcome.Problems.Count == 0)
        {
            if (outcome.Cycles > 1)
            {
                _laborious.Add($"{Camel(outcome.Landed)} at {share:P0}: {outcome.Cycles} power cycles");
            }

            return true;
        }

        Lab.Problems.Add($"{Camel(outcome.Landed)} at {share:P0}: {string.Join("; ", outcome.Problems)}");
        IReadOnlyList<IncidentRecord> incidents = await Lab.SeenByWatchAsync(outcome.Cut);
        await Lab.FindAsync(
            outcome.Brick ? "BRICK" : "OTA_CUT", outcome.Brick ? "F37" : null,
            outcome.Brick ? $"A power cut in an update ({Camel(outcome.Landed)}) left a brick" : $"A power cut in an update ({Camel(outcome.Landed)}) left the wrong state",
            $"The supply was cut {outcome.Into.TotalSeconds:0.00} s into {Camel(outcome.Landed)}: {string.Join("; ", outcome.Problems)}.", outcome.Cut,
            [.. outcome.Evidence], $"power cut while {Camel(stratum)} was aimed at", [.. incidents.Select(i => i.Id)]);
        _bricks += outcome.Brick ? 1 : 0;
        return outcome is { Brick: false, Foreign: false };
    }

    private async Task JudgeAsync(string? stopped)
    {
        foreach ((CutStratum stratum, int asked) in Asked.Where(a => a.Value > 0))
        {
            int landed = _landed.GetValueOrDefault(stratum);
            await Lab.MeasureAsync(new Figure($"cuts@{Camel(stratum)}", landed, "cuts", landed >= asked ? Verdict.Pass : Verdict.Inconclusive)
            {
                Lower = asked,
                Detail = [("trialsStillNeeded", $"{Math.Max(0, asked - landed)}"), ("bricksAtMost", Upper(0, landed).ToString("0.000", CultureInfo.InvariantCulture))],
            });
        }

        int cuts = _landed.Values.Sum();
        double upper = Upper(_bricks, cuts);
        Verdict verdict = _bricks > 0 ? Verdict.Fail : upper <= Parameters.BrickGoal ? Verdict.Pass : Verdict.Inconclusive;
        await Lab.MeasureAsync(new Figure("brick-upper-bound", upper, "share", verdict)
        {
            Upper = Parameters.BrickGoal,
            Detail =
            [
                ("bricks", $"{_bricks}"), ("cuts", $"{cuts}"), ("confidence", "0.95"),
                ("trialsStillNeeded", verdict == Verdict.Inconclusive ? $"{SuccessRun.Trials(1 - Parameters.BrickGoal, Confidence) - cuts}" : "0"),
            ],
        });
        Assert.That(Lab.Problems, Is.Empty, string.Join(" | ", Lab.Problems));
        if (stopped is not null)
        {
            Assert.Inconclusive(stopped);
        }

        string[] missed = [.. Asked.Where(a => a.Value > 0 && _landed.GetValueOrDefault(a.Key) == 0).Select(a => Camel(a.Key))];
        if (missed.Length > 0)
        {
            Assert.Inconclusive($"No cut landed in {string.Join(", ", missed)}: nothing is known of it.");
        }

        if (_laborious.Count > 0)
        {
            Assert.Warn($"It served only after more than one power cycle: {string.Join("; ", _laborious)}");
        }
    }

    // One-sided Clopper-Pearson; without a brick it is 1-(1-c)^(1/n), about 3/n.
    private static double Upper(int bricks, int cuts) => 1 - Proportion.LowerOneSided(cuts - bricks, cuts, Confidence);

    private static string Camel(CutStratum stratum) => char.ToLowerInvariant(stratum.ToString()[0]) + stratum.ToString()[1..];
}
