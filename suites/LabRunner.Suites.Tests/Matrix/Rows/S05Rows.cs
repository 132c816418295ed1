using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S05Rows : ISuiteRows
{
    public string Suite => "S05";

    // One attempt for each mode; the whole matrix is played in nights.
    public string Parameters => "rateRepeats: 1, cases: \"rate-max,abort-fin-513,foreign-esp8266,body-557056,flip-body,length-too-short\"";

    private static readonly string[] Tests =
    [
        "F31_AnyRate_IsTaken", "F32_ClientThatLeaves_LeavesAPlugThatServes", "F33_ForeignFile_IsRefused", "F34_FileTooLarge_IsRefusedAndTheLargestTaken",
        "F35_CorruptFile_IsRefused", "F36_LyingLength_DoesNoHarm",
    ];

    private static string? NamesItsLayout(RunRecord run, string slot) =>
        run.Measurements.LastOrDefault(m => m.Slot == slot && m.Name == "F34-failed-attempts")?.Detail.GetValueOrDefault("boundaries") is { } layout && layout.Contains("2 MB", StringComparison.Ordinal) ? null : "they do not";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy) { Expected = [Outcome.Holds("the boundaries of size say which layout they are of", NamesItsLayout)] },

        // Neither a nor b of the bench: every refusal it makes is right, and no update of the bench would give it back what it ran.
        new("runs-neither") { Version = "1.18.15", Expected = [.. Tests.Select(test => Outcome.Of(test, Verdict.NotRun, "neither firmware a nor b"))] },
        new("f31-fast-upload-crashes")
        {
            Faults = "{ id: F31, bytesPerSecond: 16000 }", Parameters = "rateRepeats: 2, cases: rate-max",
            Expected = [Outcome.Fails("F31_AnyRate_IsTaken", "it reset by itself"), Outcome.Incident("OTA_RATE", "F31")],
        },
        new("f32-web-dead-after-abort")
        {
            Faults = "{ id: F32, mode: web }", Parameters = "cases: abort-fin-513",
            Expected = [Outcome.Fails("F32_ClientThatLeaves_LeavesAPlugThatServes", "did not serve within"), Outcome.Incident("OTA_ABORT", "F32")],
        },
        new("f33-foreign-taken")
        {
            Faults = "{ id: F33 }", Parameters = "cases: foreign-esp8266",
            Expected = [Outcome.Fails("F33_ForeignFile_IsRefused", "accepted and must not be"), Outcome.Incident("OTA_FOREIGN", "F33")],
        },
        new("f34-too-large-taken")
        {
            // A brick stops the suite for its board variant.
            Faults = "{ id: F34 }", Parameters = "cases: body-557056", Board = "rmc021",
            Expected = [Outcome.Fails("F34_FileTooLarge_IsRefusedAndTheLargestTaken", "accepted and must not be"), Outcome.Incident("OTA_SIZE", "F34")],
        },
        new("f35-corrupt-taken")
        {
            Faults = "{ id: F35 }", Parameters = "cases: flip-body",
            Expected = [Outcome.Fails("F35_CorruptFile_IsRefused", "accepted and must not be"), Outcome.Incident("OTA_CORRUPT", "F35")],
        },
        new("f36-lying-length-crashes")
        {
            Faults = "{ id: F36 }", Parameters = "cases: length-too-short",
            Expected = [Outcome.Fails("F36_LyingLength_DoesNoHarm", "it reset by itself"), Outcome.Incident("OTA_LENGTH", "F36")],
        },
        new("f30-stalls")
        {
            Faults = "{ id: F30 }", Parameters = "cases: rate-max",
            Expected = [Outcome.Fails("F31_AnyRate_IsTaken", "stalled"), Outcome.Incident("OTA_STALL", "F30")],
        },
    ];
}
