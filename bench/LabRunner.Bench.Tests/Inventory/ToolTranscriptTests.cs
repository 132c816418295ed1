using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Drivers.Flashing;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Bench.Tests.Inventory;

/// <summary>The shipped definitions against what the real programs print (blisp 0.0.5, bflb-mcu-tool 1.10, ltchiptool 4.13), with lines left out.</summary>
public sealed class ToolTranscriptTests
{
    private static IEnumerable<TestCaseData> Successes() =>
    [
        Case("blisp", "Testing if we can skip the handshake...", "Failed to receive response, ret: 0", "We can't; ignore the previous error.", "Handshake successful!",
            "Received incorrect handshake response from chip (attempt 1/5).", "Could not find 0x4F 0x4B ('O', 'K') in: ", "Handshake with eflash_loader successful.",
            "Writing the data...", "1001376b / 2002944 (50.00%)", "2002944b / 2002944 (100.00%)", "Checking program...", "Program OK!", "Download complete!"),
        Case("bflb-mcu-tool", "[07:55:21.978] - ack is not ok", "[07:55:21.978] - resp: FL", "[07:55:23.318] - handshake succeeded", "[07:55:40.354] - load 170712/341424 [50%]",
            "[07:55:44.610] - verification succeeded", "[07:55:44.711] - [All Successful]"),
        Case("ltchiptool-bk7231", "Unknown bootloader CRC - 0x0B8DE88C - please report this on GitHub issues!", "|-- Success! Chip info: BK7231N", " 50%", "|-- Finished in 11.033 s"),
    ];

    private static IEnumerable<TestCaseData> Failures() =>
    [
        Case("blisp", "Testing if we can skip the handshake...", "Failed to receive response, ret: 0", "We can't; ignore the previous error.",
            "Did not receive correct response from chip after 5 attempts.", "Failed to handshake with device, ret: -3"),
        Case("blisp", "Writing the data...", "Failed to write data to flash, ret: -5"),
        Case("bflb-mcu-tool", "[07:55:23.078] - send sync", "[07:55:30.000] - {\"ErrorCode\": \"0050\", \"ErrorMsg\": \"BFLB LOAD HELP BIN FAIL\"}", "[07:55:30.001] - [All Successful]"),
        Case("bflb-mcu-tool", "ModuleNotFoundError: No module named 'bflb_mcu_tool'"),
        Case("ltchiptool-bk7231", "|-- Success! Chip info: BK7231T", "ValueError: Chip CRC value 31306A60 does not match calculated CRC value 881B728C (at 0x29000)", "|-- Finished in 8.7 s"),
    ];

    [TestCaseSource(nameof(Successes))]
    public void Verdict_WhatTheRealToolPrintsWhenAllIsWell_IsASuccess(string flasher, string[] lines)
    {
        List<int> told = [];
        Assert.That(Judge(flasher, lines, told.Add), Is.Null);
        Assert.That(told, Does.Contain(50), "its progress is understood");
    }

    [TestCaseSource(nameof(Failures))]
    public void Verdict_WhatTheRealToolPrintsWhenItFails_IsAFailureWhateverItsExitCode(string flasher, string[] lines) =>
        Assert.That(Judge(flasher, lines, _ => { }), Is.Not.Null.And.Not.Empty);

    private static string? Judge(string flasher, string[] lines, Action<int> percent)
    {
        FlasherDefinition definition = FlasherLoader.Load(flasher, DataFiles.Folders.Flashers);
        ToolVerdict verdict = new(definition.Write, percent, definition.Download.Linked);
        Array.ForEach(lines, verdict.Take);
        return verdict.Failure(0, null);
    }

    private static TestCaseData Case(string flasher, params string[] lines) => new TestCaseData(flasher, lines).SetArgDisplayNames(flasher, lines[^1]);
}
