namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S05Rows : ISuiteRows
{
    public string Suite => "S05";

    // One attempt for each mode; the whole matrix is played in nights.
    public string Parameters => "rateRepeats: 1, cases: \"rate-max,abort-fin-513,foreign-esp8266,body-557056,flip-body,length-too-short\"";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
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
        new("f30-stalls")
        {
            Faults = "{ id: F30 }", Parameters = "cases: rate-max",
            Expected = [Outcome.Fails("F31_AnyRate_IsTaken", "stalled"), Outcome.Incident("OTA_STALL", "F30")],
        },
    ];
}
