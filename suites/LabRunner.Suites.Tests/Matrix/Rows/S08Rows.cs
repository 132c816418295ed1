using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S08Rows : ISuiteRows
{
    public string Suite => "S08";

    public string Parameters => "rates: 10, announcementRates: 10, serviceRates: 10, phase: 3m";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy) { PlugKeys = "mdns: true" },
        new("no-mdns-driver") { Parameters = "rates: 1, phase: 10s", Expected = [Outcome.Of("ServiceQuestions_MakeNoMoreResetsThanWithoutTheDriver", Verdict.NotRun, "no MDNS driver")] },
        new("f21-discovery-resets")
        {
            Faults = "{ id: F21, perRequest: \"0.05\" }",
            Expected = [Outcome.Fails("Requests_MakeNoMoreResetsThanWithoutTheDriver", "F21"), Outcome.Incident("DISCOVERY_RESETS", "F21")],
        },
        new("f21-announcements-reset")
        {
            Faults = "{ id: F21, by: notify, perRequest: \"0.05\" }",
            Expected =
            [
                Outcome.Fails("Announcements_MakeNoMoreResetsThanWithoutTheDriver", "F21"), Outcome.Of("Requests_MakeNoMoreResetsThanWithoutTheDriver", Verdict.Pass),
                Outcome.Incident("DISCOVERY_RESETS", "F21"),
            ],
        },
        new("f21-mdns-resets")
        {
            Faults = "{ id: F21, by: mdns, perRequest: \"0.05\" }", PlugKeys = "mdns: true",
            Expected = [Outcome.Fails("ServiceQuestions_MakeNoMoreResetsThanWithoutTheDriver", "F21"), Outcome.Incident("DISCOVERY_RESETS", "F21")],
        },
    ];
}
