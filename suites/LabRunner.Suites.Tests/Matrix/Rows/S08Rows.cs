using System.Globalization;
using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S08Rows : ISuiteRows
{
    public string Suite => "S08";

    public string Parameters => "rates: 10, announcementRates: 10, serviceRates: 10, phase: 3m";

    // Together: what is sent to all reaches every plug of the night.
    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy)
        {
            Together = true, PlugKeys = "mdns: true",
            Expected = [Outcome.Holds("minutes without a reset prove nothing, and the figures say how many hours would", TooFewHours)],
        },
        new("no-mdns-driver") { Together = true, Expected = [Outcome.Of("ServiceQuestions_MakeNoMoreResetsThanWithoutTheDriver", Verdict.NotRun, "no MDNS driver")] },
        new("f21-discovery-resets")
        {
            Together = true, Faults = "{ id: F21, perRequest: \"0.05\" }",
            Expected = [Outcome.Fails("Requests_MakeNoMoreResetsThanWithoutTheDriver", "F21"), Outcome.Incident("DISCOVERY_RESETS", "F21")],
        },
        new("f21-announcements-reset")
        {
            Together = true, Faults = "{ id: F21, by: notify, perRequest: \"0.05\" }",
            Expected =
            [
                Outcome.Fails("Announcements_MakeNoMoreResetsThanWithoutTheDriver", "F21"), Outcome.Of("Requests_MakeNoMoreResetsThanWithoutTheDriver", Verdict.Pass),
                Outcome.Incident("DISCOVERY_RESETS", "F21"),
            ],
        },
        new("f21-mdns-resets")
        {
            Together = true, Faults = "{ id: F21, by: mdns, perRequest: \"0.05\" }", PlugKeys = "mdns: true",
            Expected = [Outcome.Fails("ServiceQuestions_MakeNoMoreResetsThanWithoutTheDriver", "F21"), Outcome.Incident("DISCOVERY_RESETS", "F21")],
        },
    ];

    private static string? TooFewHours(RunRecord run, string slot)
    {
        MeasurementRecord[] figures = [.. run.Measurements.Where(m => m.Slot == slot && m.Name.StartsWith("resets-on-over-off-p@", StringComparison.Ordinal))];
        return figures.Length == 3 && figures.All(f => f.Verdict == Verdict.Inconclusive && double.Parse(f.Detail["hoursStillNeeded"], CultureInfo.InvariantCulture) > 100)
            ? null
            : string.Join(", ", figures.Select(f => $"{f.Name} {f.Verdict.ToText()}, {f.Detail["hoursStillNeeded"]} h"));
    }
}
