using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>Whether the bench itself can be trusted: INVALID time, gaps in consoles, the sentinel, the machine's clock and supply, the self-test, and what was unsteady.</summary>
public sealed class ValiditySection : IReportSection
{
    private const int MaxEvents = 200;

    // Now, and since the machine's start.
    private const uint UnderVoltage = 0x10001;

    /// <inheritdoc/>
    public int Order => 100;

    /// <inheritdoc/>
    public string Id => "validity";

    /// <inheritdoc/>
    public string Title => "Validity of the bench";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        SelfTest(html, run);
        Sentinel(html, run);
        Host(html, run);
        Invalid(html, run);
        Events(html, "Bench faults", "No bench fault was noted by an event.", [.. FaultsOf(run)]);
        Events(html, "Gaps", "No gap in a console or in the run was recorded.", [.. GapsOf(run)]);
        Heard(html, run, "guard", "What was heard of the guard");
        Heard(html, run, EventKinds.Lent, "What was heard of the program that borrowed the bench");
        Heard(html, run, "suite-host", "What was heard of the processes that run the suites");

        Unsteady(html, run);
        BetweenNights.Write(html, run);
    }

    /// <summary>
    /// Steps that flip on one slot within a night, where firmware and set-up stay the same: an intermittent device when the bench was healthy,
    /// else the bench. Every attempt counts; nothing is tried again in silence.
    /// </summary>
    private static void Unsteady(HtmlWriter html, RunRecord run)
    {
        List<(string Slot, string Suite, string Step, IReadOnlyList<bool> Passed)> flips =
        [
            .. run.Trials.GroupBy(t => (t.Slot, t.Suite, t.Step)).Select(g => (g.Key.Slot, g.Key.Suite, g.Key.Step, Passed: (IReadOnlyList<bool>)[.. g.OrderBy(t => t.At).Select(t => t.Ok)]))
                .Where(g => g.Suite != SuiteNames.Recovery && g.Passed.Count >= 3 && Flakiness.FlipRate(g.Passed) > 0).OrderByDescending(g => Flakiness.FlipRate(g.Passed)),
        ];
        if (flips.Count == 0)
        {
            html.Element("p", "No repeated step both passed and failed on a slot: nothing was unsteady.");
            return;
        }

        html.Table("Steps that both passed and failed on a slot within the night. Flips: changes between neighbours over all of them", ["Slot", "Suite", "Step", "#Passed", "#Flips", "#Entropy"], () =>
        {
            foreach ((string slot, string suite, string step, IReadOnlyList<bool> passed) in flips.Take(MaxEvents))
            {
                html.Row(slot, SuiteTitles.Of(suite), step, new Figure($"{passed.Count(p => p)} of {passed.Count}"), new Figure(Words.Percent(Flakiness.FlipRate(passed))), new Figure(Words.Number(Flakiness.EntropyBits(passed)) + " bit"));
            }
        });
    }

    /// <summary>Events that say a part of the bench failed.</summary>
    internal static IEnumerable<EventRecord> FaultsOf(RunRecord run) =>
        run.Events.Where(e => e.Kind.Contains("fault", StringComparison.OrdinalIgnoreCase) || e.Kind is EventKinds.ClockStep or EventKinds.ConsoleFlood);

    /// <summary>Events that say the bench did not see for a while.</summary>
    internal static IEnumerable<EventRecord> GapsOf(RunRecord run) =>
        run.Events.Where(e => e.Kind.Contains("gap", StringComparison.OrdinalIgnoreCase));

    /// <summary>One sentence about the sentinel slots.</summary>
    internal static string SentinelSentence(RunRecord run)
    {
        List<string> names = [.. run.Slots.Where(s => s.Sentinel).Select(s => s.Name)];
        if (names.Count == 0)
        {
            return "No slot is a sentinel: a failure of the network cannot be told from a failure of a plug.";
        }

        int incidents = run.Failures.Count(i => names.Contains(i.Slot));
        return $"Sentinel {string.Join(", ", names)}: {(incidents == 0 ? "no failure of its own was recorded, so the network was there" : Words.Count(incidents, "failure") + " of its own; read network failures of other slots at those times with care")}.";
    }

    private static void Heard(HtmlWriter html, RunRecord run, string kind, string caption)
    {
        List<EventRecord> heard = [.. run.Events.Where(e => e.Kind == kind)];
        if (heard.Count > 0)
        {
            Events(html, caption, "", heard);
        }
    }

    private static void SelfTest(HtmlWriter html, RunRecord run)
    {
        List<IncidentRecord> provoked = [.. run.Incidents.Where(i => i.Expected)];
        int intents = run.Intents.Count(i => i.Kind == IntentKinds.SelfTest);
        html.Element("p", intents == 0
            ? "No self-test was run: that the bench would have seen a failure is not shown by this night."
            : $"Self-test: {Words.Count(intents, "provoked failure")}, {provoked.Count} recorded as provoked incidents ({string.Join(", ", provoked.Select(i => i.Class).Distinct())}).");
        foreach (IGrouping<string, string> unproved in run.Slots.Where(s => !s.Sentinel).Select(s => (s.Name, Reason: WhyUnproved(run, s.Name))).Where(s => s.Reason is not null).GroupBy(s => s.Reason!, s => s.Name))
        {
            html.Element("p", $"Not proved on {string.Join(", ", unproved)}: {unproved.Key}. What the night saw there counts; what it did not see proves less than elsewhere.");
        }
    }

    // A slot of which nothing was asked has nothing to prove.
    private static string? WhyUnproved(RunRecord run, string slot)
    {
        List<TestRecord> tests = [.. run.Tests.Where(t => t.Slot == slot)];
        TestRecord? proof = tests.LastOrDefault(t => t.Suite == SuiteNames.SelfTest);
        return tests.Count == 0 ? null
            : proof is null ? $"no self-test ({SuiteNames.SelfTest}) was played"
            : proof.Verdict is not (Verdict.Pass or Verdict.Warn) ? $"the self-test ended {proof.Verdict.ToText()}"
            : tests.Min(t => t.Started) < tests.Where(t => t.Suite == SuiteNames.SelfTest).Min(t => t.Started) ? "other suites were played before the self-test"
            : null;
    }

    // Run time is monotonic: a clock that is off moves labels, never an order or a duration.
    private static void Host(HtmlWriter html, RunRecord run)
    {
        EventRecord[] told = [.. run.Events.Where(e => e.Kind == EventKinds.Host)];
        html.Element("p", told.Length == 0
            ? "The machine's clock and supply are not known: the run recorded nothing of them."
            : string.Join(". ", ["The machine's clock and supply", .. told.Select(e => e.Text)]) + ".");
        if (told.Any(e => e.Data.GetValueOrDefault(HostFacts.Synchronised) == "no"))
        {
            html.Element("p", "Times of day in this report may be off, and do not line up with other logs by themselves; durations and the order of events do not depend on that clock.", ("class", "notice"));
        }

        if (told.Select(e => Bits(e) & UnderVoltage).OfType<uint>().DefaultIfEmpty(0u).Max() != 0)
        {
            html.Element("p", $"The supply of the machine {(told.Length > 1 && Bits(told[0]) is { } first && (first & UnderVoltage) == 0 ? "fell below 4.63 V during the run" : "was below 4.63 V, in the run or before it")}: adapters and relays that it feeds may have failed with it. Read bench faults and lost consoles with that in mind.", ("class", "notice"));
        }
    }

    private static uint? Bits(EventRecord told) => uint.TryParse(told.Data.GetValueOrDefault(HostFacts.Throttling), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint bits) ? bits : null;

    private static void Sentinel(HtmlWriter html, RunRecord run) => html.Element("p", SentinelSentence(run));

    private static void Invalid(HtmlWriter html, RunRecord run)
    {
        List<DowntimeRecord> invalid = [.. run.Downtime.Where(d => d.Invalid)];
        if (invalid.Count == 0)
        {
            html.Element("p", "No INVALID time: no bench fault took anything out of the exposure.");
            return;
        }

        html.Table("INVALID time: the bench failed, nothing is known of the DUT, and the hours are not counted", ["Slot", "From", "#For", "Why"], () =>
        {
            foreach (DowntimeRecord down in invalid)
            {
                html.Row(down.Slot, Words.At(down.Started), new Figure(down.Ended is { } end ? Words.Duration(end - down.Started) : "to the end"), down.Reason);
            }
        });
    }

    private static void Events(HtmlWriter html, string caption, string none, List<EventRecord> events)
    {
        if (events.Count == 0)
        {
            html.Element("p", none);
            return;
        }

        html.Table(caption, ["Slot", "At", "What"], () =>
        {
            foreach (EventRecord seen in events.Take(MaxEvents))
            {
                html.Row(seen.Slot ?? "bench", Words.At(seen.At), seen.Text);
            }
        });
        if (events.Count > MaxEvents)
        {
            html.Element("p", $"{events.Count - MaxEvents} more are in report.json.");
        }
    }
}
