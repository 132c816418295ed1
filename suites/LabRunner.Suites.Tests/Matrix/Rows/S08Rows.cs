using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S08Rows : ISuiteRows
{
    public string Suite => "S08";

    public string Parameters => "rates: 10, announcementRates: 10, serviceRates: 10, phase: 3m";

    // Together: what is sent to all reaches every plug of the night.
    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy) { Together = true, PlugKeys = "mdns: true" },
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
}
