using LabRunner.Bench.Api;
using LabRunner.Fixtures;

namespace LabRunner.Suites.S06_OtaPowerCuts;

/// <summary>A stretch of an update.</summary>
public enum CutStratum
{
    /// <summary>Slot B is being erased (9 steps of 64 KiB).</summary>
    Erase,

    /// <summary>The body is being written.</summary>
    Write,

    /// <summary>The partition table is being switched to slot B.</summary>
    TableSwitch,

    /// <summary>boot2 unpacks slot B over the running slot; ends with the first banner.</summary>
    FirstBoot,

    /// <summary>Between these: the table is switched and nothing unpacks yet, or the new firmware is past its banner.</summary>
    Between,
}

/// <summary>How far an update is, as the console tells it (hal_ota_bl602.c).</summary>
/// <param name="Erasing">Run time of the line before the erase; null: not seen.</param>
/// <param name="Writing">Of the line after it.</param>
/// <param name="Switching">Of the line before the partition table is written.</param>
/// <param name="Switched">Of the line after it.</param>
internal sealed record OtaConsole(TimeSpan? Erasing, TimeSpan? Writing, TimeSpan? Switching, TimeSpan? Switched)
{
    public const string EraseLine = @"\[OTA\] \[TEST\] activeIndex is";
    public const string WriteLine = @"\[OTA\] Done";
    private const int MostLines = 4000;

    /// <summary>Reads what the console has told since a mark.</summary>
    public static async Task<OtaConsole> ReadAsync(SuiteContext lab, long mark)
    {
        IReadOnlyList<ConsoleText> lines = await lab.Bench.ReadConsoleAsync(lab.Slot, mark, MostLines, lab.Token);
        return new OtaConsole(At("[OTA] [TEST] activeIndex is"), At("[OTA] Done"), At("prepare OTA partition info"), At("[OTA] [TCP] Rebooting"));

        TimeSpan? At(string text) => lines.FirstOrDefault(l => l.Text.Contains(text, StringComparison.Ordinal))?.At;
    }

    /// <summary>Where the update stood when the console fell silent; null: it had not begun.</summary>
    public CutStratum? Stratum =>
        Switched is not null ? CutStratum.Between
        : Switching is not null ? CutStratum.TableSwitch
        : Writing is not null ? CutStratum.Write
        : Erasing is not null ? CutStratum.Erase : null;
}
