using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S10Rows : ISuiteRows
{
    public string Suite => "S10";

    public string Parameters => "namesFor: 60s, leaseFor: 2m, addressChanges: 1, timeSteps: 86400, timeFor: 70s";

    private const string LeaseOnly = "namesFor: 60s, leaseFor: 3m, addressChanges: 0, timeSteps: \"0\", timeFor: 70s";
    private const string Changed = "ChangedAddress_ThePlugServesAtTheNewOneOnly";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy)
        {
            // A healthy plug without a broker by name asks none, and its clock asks every minute.
            Expected = [Outcome.Figure("names-asked@silent", Verdict.NotRun), Outcome.Figure("times-asked@86400s", Verdict.Pass), Outcome.Figure("times-asked@silent", Verdict.Pass), Outcome.Trial("changed-address"), Outcome.Figure("back-p95@changed-address", Verdict.Pass)],
        },
        new("f25-names-reset-it")
        {
            Faults = "{ id: F25, every: 20s }",
            Expected =
            [
                Outcome.Fails("SilentNames_ResetNothing", "names got no answer: it"), Outcome.Fails("SlowNames_ResetNothing", "names came late: it"),
                Outcome.Of("UnknownNames_ResetNothing", Verdict.Pass), Outcome.Incident("HANG_RECOVERED", "F25"), Outcome.Figure("names-asked@silent", Verdict.Pass),
            ],
        },
        new("f25-unknown-names-reset-it")
        {
            Faults = "{ id: F25, every: 20s, on: unknown }",
            Expected =
            [
                Outcome.Fails("UnknownNames_ResetNothing", "every name was unknown: it reset"), Outcome.Of("SilentNames_ResetNothing", Verdict.Pass), Outcome.Incident("HANG_RECOVERED", "F25"),
            ],
        },
        new("f24-lease-resets-it")
        {
            Faults = "{ id: F24 }",
            Expected = [Outcome.Fails("ShortLease_ResetsNothing", "in step with half the lease"), Outcome.Incident("LEASE_RESET", "F24"), Outcome.Figure("lease-reset-slope", Verdict.Fail)],
        },
        new("f24-end-of-lease-resets-it")
        {
            Faults = "{ id: F24, at: end }", Parameters = LeaseOnly,
            Expected = [Outcome.Fails("ShortLease_ResetsNothing", "in step with the lease"), Outcome.Incident("LEASE_RESET", "F24"), Outcome.Figure("lease-reset-slope", Verdict.Fail)],
        },

        // As often whatever the lease is: no reset of the lease's. Seldom enough to be no boot loop.
        new("f03-resets-beside-the-lease")
        {
            Faults = "{ id: F03, uptime: 160s }", Parameters = LeaseOnly,
            Expected = [Outcome.Fails("ShortLease_ResetsNothing", "not in step with it"), Outcome.Incident("HANG_RECOVERED", "F03")],
        },
        new("f24-no-address-any-more")
        {
            Faults = "{ id: F24, at: lost }",
            Expected =
            [
                Outcome.Fails("DeadAddressServer_ThePlugComesBack", "not back within"), Outcome.Fails("RefusedLease_ThePlugComesBack", "not back within"),
                Outcome.Fails(Changed, "it serves at neither address"),
                Outcome.Of("ShortLease_ResetsNothing", Verdict.Pass), Outcome.Incident("IP_LOST", "F24"),
            ],
        },
        new("f24-keeps-its-old-address")
        {
            Faults = "{ id: F24, at: kept }",
            Expected =
            [
                Outcome.Fails(Changed, "still, and not at"), Outcome.Of("RefusedLease_ThePlugComesBack", Verdict.Pass), Outcome.Of("ShortLease_ResetsNothing", Verdict.Pass),
                Outcome.Incident("IP_LOST", "F24"),
            ],
        },
        new("f28-crash-at-the-day-roll")
        {
            Faults = "{ id: F28, mode: midnight }",
            Expected = [Outcome.Fails("TimeSteps_ResetNothing", "it reset"), Outcome.Incident("CRASH", "F28")],
        },
        Rolls("f28-day-rolls-twice", "twice", "rolled 2 times"),
        Rolls("f28-day-never-rolls", "never", "never rolled"),
        Rolls("f28-day-rolls-at-a-boot", "boots", "a reboot made"),
    ];

    private static SuiteRow Rolls(string name, string mode, string message) => new(name)
    {
        Faults = $"{{ id: F28, mode: {mode} }}", Parameters = "namesFor: 60s, leaseFor: 2m, addressChanges: 0, timeSteps: \"0\", timeFor: 70s",
        Expected = [Outcome.Fails("DayRoll_CountsTheDayOnce", message), Outcome.Of("TimeSteps_ResetNothing", Verdict.Pass), Outcome.Incident("DAY_ROLL", "F28")],
    };
}
