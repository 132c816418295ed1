using LabRunner.Reports.Comparison;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>What the DUTs took and how fast they answered: heap by the leak rule, latency of every probe, times after a boot.</summary>
public sealed class ResourcesSection : IReportSection
{
    // Those that ask and are answered, each answer with its time.
    private static readonly string[] Probes = ["P", "T", "Hs", "Hl", "Te", "V"];

    /// <inheritdoc/>
    public int Order => 75;

    /// <inheritdoc/>
    public string Id => "resources";

    /// <inheritdoc/>
    public string Title => "Resources and latency";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        Heap(html, run);
        Latency(html, run);
        Boots(html, run);
    }

    private static void Heap(HtmlWriter html, RunRecord run)
    {
        List<(string Slot, HeapLeak Leak, VerdictRecord? Judged)> slots =
            [.. run.Slots.Select(s => (s.Name, Leak: LeakOf(run, s.Name), Judged: run.HeapRow(s.Name))).Where(s => s.Leak.Blocks > 0 || s.Judged is not null)];
        if (slots.Count == 0)
        {
            html.Element("p", "No spell between two boots was long enough for a block of heap samples: nothing is said of a leak.");
            return;
        }

        html.Table(
            "Free heap by the leak rule: medians of blocks for the slope (Theil-Sen with its bounds), the least of the newest spell for the floor; times are until 12 kB are left. The verdict is the night's own, by the limits of its plan"
            + (run.Reference is null ? "" : "; beside it, whether the slope is steeper than that of the same slot in the reference night"),
            ["Slot", "#Floor", "#Slope", "#Bounds", "#12 kB left after", "By the rule"],
            () =>
            {
                foreach ((string slot, HeapLeak leak, VerdictRecord? judged) in slots)
                {
                    (double? slope, double? lower, double? upper) = judged is null ? (leak.BytesPerHour, leak.Slope?.Lower, leak.Slope?.Upper) : (judged.Value, judged.Lower, judged.Upper);
                    bool falls = judged is null ? leak.Leaks || leak.MayLeak : judged.Verdict is Verdict.Fail or Verdict.Warn;
                    html.Row(
                        slot, new Figure(leak.FloorBytes is { } floor ? Words.Number(floor) + " B" : "–"), new Figure(slope is { } value ? Words.Number(value) + " B/h" : "–"),
                        new Figure(lower is { } low && upper is { } high ? $"{Words.Number(low)} … {Words.Number(high)}" : "–"),
                        new Figure(falls && slope < 0 && leak.FloorBytes is { } left ? Words.Hours(Math.Max(0, left - leak.ReserveBytes) / -slope.Value) : "–"),
                        judged is null ? $"not judged in the night; by the usual limits {(leak.Leaks ? "a leak" : leak.MayLeak ? "it may leak" : "no leak")}: {leak.Why}"
                            : $"{judged.Verdict.ToText()}: {judged.Text}{Beside(judged, KnownGood(run, slot))}");
                }
            });
    }

    private static string Beside(VerdictRecord judged, Interval? knownGood) => (judged.Upper, knownGood) switch
    {
        ({ } upper, { } good) when upper < good.Lower => "; it falls by more than the known good version",
        ( < 0, { }) => "; the known good version falls as steeply",
        _ => "",
    };

    /// <summary>For what the night did not judge: the rule with blocks that fit the night, ten minutes, or a twenty-fourth of a night that is shorter than four hours.</summary>
    private static HeapLeak LeakOf(RunRecord run, string slot)
    {
        TimeSpan block = TimeSpan.FromSeconds(Math.Clamp((run.End - run.Started) / 24, 30, 600));
        HeapLeakRule rule = new() { Block = block, Skip = block };
        ArraySegment<(double At, double Free)> samples = Without(HeapSection.Samples(run, slot), run.Out(slot));
        double[] starts = [.. run.Boots.Where(b => b.Slot == slot).Select(b => b.At).Prepend(samples.Count == 0 ? 0 : samples[0].At).Distinct().Order()];
        int at = 0;
        List<IReadOnlyList<HeapBlock>> spells = [];
        for (int i = 0; i < starts.Length; i++)
        {
            int from = at;
            while (at < samples.Count && (i + 1 == starts.Length || samples[at].At < starts[i + 1]))
            {
                at++;
            }

            spells.Add(HeapLeak.Cut(samples[from..at], starts[i], double.PositiveInfinity, rule));
        }

        return HeapLeak.Judge(spells, rule, KnownGood(run, slot));
    }

    /// <summary>Takes the samples out of the array that lie within a span, its ends included; both are in order.</summary>
    private static ArraySegment<(double At, double Free)> Without((double At, double Free)[] samples, IReadOnlyList<Span> gone)
    {
        int kept = 0;
        int span = 0;
        foreach ((double At, double Free) sample in samples)
        {
            while (span < gone.Count && gone[span].End < sample.At)
            {
                span++;
            }

            if (span == gone.Count || sample.At < gone[span].Start)
            {
                samples[kept++] = sample;
            }
        }

        return new(samples, 0, kept);
    }

    // The same slot in the reference night, with the same board under the same load, or the heaps are not to be compared.
    private static Interval? KnownGood(RunRecord run, string slot)
    {
        bool sameBoard = run.Reference is { } night && night.Slots.Any(s => s.Name == slot && s.Board == run.Slots.First(own => own.Name == slot).Board);
        VerdictRecord? known = sameBoard && HeapSlope.LoadOf(run, slot) == HeapSlope.LoadOf(run.Reference!, slot) ? run.Reference!.HeapRow(slot) : null;
        return known is { Lower: { } lower, Upper: { } upper } && lower <= upper ? new Interval(lower, upper, known.Confidence ?? 0.95) : null;
    }

    private static void Latency(HtmlWriter html, RunRecord run)
    {
        List<Answers> probes = [.. Answers.Of(run.Observations.Where(o => Probes.Contains(o.Observer)))];
        if (probes.Count == 0)
        {
            html.Element("p", "No probe was recorded one by one.");
            return;
        }

        using (html.In("details"))
        {
            html.Element("summary", $"Answers of {Words.Count(probes.Sum(p => p.Asked), "probe")}: how many came, and how fast");
            html.Table("Times of the answers that came; a DUT that was switched off by the bench does not answer either", ["Slot", "Probe", "#Answered", "#Median", "#95th percentile", "#99th percentile", "#Longest"], () =>
            {
                foreach (Answers probe in probes)
                {
                    probe.Seconds.Sort();
                    Figure Time(double share) => new(probe.Seconds.Count == 0 ? "–" : Words.Duration(Percentile.OfSorted(probe.Seconds, share)));
                    html.Row(
                        probe.Slot, ObserverNames.Of(probe.Observer), new Figure($"{probe.Alive} of {probe.Asked} ({Words.Percent((double)probe.Alive / probe.Asked)})"),
                        Time(0.5), Time(0.95), Time(0.99), Time(1));
                }
            });
        }
    }

    private static void Boots(HtmlWriter html, RunRecord run)
    {
        List<IGrouping<(string Slot, string Step), TrialRecord>> steps =
            [.. run.Trials.Where(t => t.Suite == "S02" && t.Ok && t.Step != "cycle").GroupBy(t => (t.Slot, t.Step)).OrderBy(g => g.Key.Step, StringComparer.Ordinal).ThenBy(g => g.Key.Slot, StringComparer.Ordinal)];
        if (steps.Count == 0)
        {
            return;
        }

        html.Table("From power to service (S02)", ["Step", "Slot", "#Boots", "#Median", "#95th percentile", "#Longest"], () =>
        {
            foreach (IGrouping<(string Slot, string Step), TrialRecord> step in steps)
            {
                double[] seconds = [.. step.Select(t => t.DurationMs / 1000).Where(double.IsFinite).Order()];
                Figure Time(double share) => new(seconds.Length == 0 ? "–" : Words.Duration(Percentile.OfSorted(seconds, share)));
                html.Row(step.Key.Step, step.Key.Slot, seconds.Length, Time(0.5), Time(0.95), Time(1));
            }
        });
    }

    /// <summary>How one probe of one slot was answered.</summary>
    private sealed class Answers(string slot, string observer)
    {
        internal string Slot => slot;

        internal string Observer => observer;

        internal int Asked { get; private set; }

        internal int Alive { get; private set; }

        internal List<double> Seconds { get; } = [];

        /// <summary>By slot and observer, counted in one pass: a night has hundreds of thousands of probes.</summary>
        internal static IEnumerable<Answers> Of(IEnumerable<ObservationRecord> probes)
        {
            Dictionary<(string, string), Answers> all = [];
            foreach (ObservationRecord probe in probes)
            {
                if (!all.TryGetValue((probe.Slot, probe.Observer), out Answers? answers))
                {
                    all[(probe.Slot, probe.Observer)] = answers = new Answers(probe.Slot, probe.Observer);
                }

                answers.Asked++;
                answers.Alive += probe.Alive ? 1 : 0;
                if (probe.Alive && probe.LatencyMs is { } ms && double.IsFinite(ms))
                {
                    answers.Seconds.Add(ms / 1000);
                }
            }

            return all.Values.OrderBy(a => a.Slot, StringComparer.Ordinal).ThenBy(a => a.Observer, StringComparer.Ordinal);
        }
    }
}
