using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S18Rows : ISuiteRows
{
    public string Suite => "S18";

    public string Parameters => "changes: 2";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("build-without-update-page")
        {
            PlugKeys = "updatePage: false", Parameters = "pages: ota, changes: 1",
            Expected =
            [
                Outcome.Of("Ota_OffersFileAndStart", Verdict.NotRun, "OTA update not implemented"), Outcome.Of("Ota_UploadsAFileAndRestarts", Verdict.NotRun, "OTA update not implemented"),
            ],
        },
        new("f63-stale-page")
        {
            InEveryRun = true,
            Faults = "{ id: F63, uptime: 5s }",
            Expected =
            [
                Outcome.Incident("STATE_LIE"), Outcome.Fails("OpenPage_FollowsTheContact_WithinTwoRefreshes", "still shows"),
                Outcome.Fails("OpenPage_OnALossyNetwork_ShowsNoStaleState", "still shows"),
            ],
        },
        new("f52-save-not-kept")
        {
            Faults = "{ id: F52, mode: worn }", Parameters = "pages: \"name,flags\", changes: 1",
            Expected = [Outcome.Fails("SavedSettings_AreThereAfterAReboot", "name, after the reboot: it shows")],
        },
        new("f39-upload-not-run")
        {
            Faults = "{ id: F39, uploads: \"0\", then: drop }", Parameters = "pages: ota, changes: 1",
            Expected = [Outcome.Fails("Ota_UploadsAFileAndRestarts", "the counter of updates went from 0 to 0")],
        },
        new("f63-forgets-at-a-reset")
        {
            Faults = "{ id: F63, mode: reset }", Parameters = "pages: index, changes: 1",
            Expected = [Outcome.Fails("OpenPage_AcrossAReboot_FollowsAgain", "refreshes after the reboot the page that was left open does not show the contact")],
        },
        new("f57-script-fails")
        {
            Faults = "{ id: F57, page: /ha_cfg, does: script }", Parameters = "pages: \"ha,app,mac\", changes: 1",
            Expected =
            [
                Outcome.Fails("EveryPage_OpensWithoutErrors_LightAndSoon", "ha: script error"), Outcome.Fails("HomeAssistant_NamesThePlugAndOffersDiscovery", "The browser complains of the page of Home Assistant"),
                Outcome.Of("App_LoadsItsProgramFromTheRootThatIsSet", Verdict.Pass), Outcome.Of("Mac_ShowsWhatTheDeviceTells", Verdict.Pass),
            ],
        },
        new("f57-heavy-page")
        {
            Faults = "{ id: F57, page: /cfg_ping, does: heavy }", Parameters = "pages: \"ping,webapp\", changes: 1",
            Expected =
            [
                Outcome.Fails("EveryPage_OpensWithoutErrors_LightAndSoon", "page-weight@ping is"), Outcome.Of("Ping_ShowsHostAndTime", Verdict.Pass), Outcome.Of("WebApp_ShowsWhatTheDeviceTells", Verdict.Pass),
            ],
        },
        new("f57-deadly-page")
        {
            Faults = "{ id: F57, page: /about }",
            Expected = [Outcome.Incident("HANG_RECOVERED"), Outcome.Of("EveryPage_OpensWithoutErrors_LightAndSoon", Verdict.Invalid, "HANG_RECOVERED")],
        },
    ];
}
