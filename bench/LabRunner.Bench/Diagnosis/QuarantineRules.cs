using System.Globalization;
using LabRunner.Bench.Plans;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Diagnosis;

/// <summary>What the quarantine list excuses of a slot's night: a FAIL becomes a WARN that says so, never a PASS. Pure.</summary>
internal sealed class QuarantineRules(NightFacts facts, SlotFacts slot)
{
    private readonly QuarantineEntry[] _entries = [.. facts.Quarantine.On(facts.Day)];
    private readonly string? _firmware = facts.Firmware.GetValueOrDefault(slot.Name);

    /// <summary>Verdict of a test, excused where it is quarantined.</summary>
    public Verdict Judge(TestRecord test) => test.Verdict == Verdict.Fail && Entry(test) is not null ? Verdict.Warn : test.Verdict;

    /// <summary>True: the test is quarantined.</summary>
    public bool Excuses(TestRecord test) => Entry(test) is not null;

    /// <summary>True: the incident is quarantined.</summary>
    public bool Excuses(IncidentRecord incident) => Entry(incident) is not null;

    /// <summary>True: the whole suite is quarantined, its figures too.</summary>
    public bool Excuses(string suite) => _entries.Any(e => e.Test == suite && (e.Slot is null || e.Slot == slot.Name) && (e.Firmware is null || _firmware?.Contains(e.Firmware, StringComparison.Ordinal) == true));

    /// <summary>A row for each failure that is excused.</summary>
    public IEnumerable<VerdictRecord> Rows()
    {
        foreach (TestRecord test in facts.Tests.Where(t => t.Slot == slot.Name && t.Verdict == Verdict.Fail))
        {
            if (Entry(test) is { } entry)
            {
                yield return Row(VerdictRecord.QuarantinedTest(test), entry, $"{test.Suite} {test.Name} failed");
            }
        }

        foreach (IncidentRecord incident in slot.Incidents.Where(i => !i.Expected))
        {
            if (Entry(incident) is { } entry)
            {
                yield return Row(string.Create(CultureInfo.InvariantCulture, $"incident:{incident.Id}"), entry, $"{incident.Class} {incident.Mode}");
            }
        }
    }

    /// <summary>A row for each entry that has ended: its failures count again.</summary>
    public static IEnumerable<VerdictRecord> Ended(NightFacts facts) => facts.Quarantine.EndedBefore(facts.Day).Select(entry => new VerdictRecord(
        0, "night", "quarantine-ended", null, null, null, null, null, null, Verdict.Warn,
        string.Create(CultureInfo.InvariantCulture, $"The quarantine of {entry.What} ended on {entry.Until:yyyy-MM-dd} and excuses nothing any more: mend it, renew it or take it out ({entry.Reason})")));

    private static VerdictRecord Row(string scope, QuarantineEntry entry, string what) => new(
        0, scope, VerdictRecord.QuarantineRule, null, null, null, null, null, null, Verdict.Warn,
        string.Create(CultureInfo.InvariantCulture, $"{what}: quarantined until {entry.Until:yyyy-MM-dd}: {entry.Reason}"));

    private QuarantineEntry? Entry(TestRecord test) => _entries.FirstOrDefault(e => e.Covers(test, _firmware));

    // What a test found stands or falls with the test; what the watch saw does not.
    private QuarantineEntry? Entry(IncidentRecord incident) => _entries.FirstOrDefault(e => e.Covers(incident, _firmware))
        ?? (incident.Source == "suite" && facts.TestAt(slot.Name, null, incident.FirstSymptom) is { } finder ? Entry(finder) : null);
}
