namespace LabRunner.Bench.Watch;

/// <summary>
/// The lines that begin a boot on the console: the SDK's banner of a BL602 (bfl_main.c), and OpenBeken's own first line (user_main.c), which is all
/// that a chip prints whose SDK has none. Not thread safe.
/// </summary>
internal sealed class BootBanner
{
    private const string Starting = "Starting bl602 now";
    private const string Chip = "Booting BL602 Chip";
    private const string App = "Main_Init_Before_Delay";

    // What this boot has said so far: its lines are told apart by their order and not by time, which a busy bench stretches.
    private string? _newest;

    /// <summary>True for a line that stands at the beginning of a boot.</summary>
    public static bool IsLine(string line) => Of(line) is not null;

    /// <summary>True for the app's own line: a chip whose SDK has no banner says others of its boot before it.</summary>
    public static bool MayFollowOthers(string line) => Of(line) == App;

    /// <summary>True for the first of these lines in a boot, also where those before it were lost.</summary>
    public bool Begins(string line)
    {
        if (Of(line) is not { } found)
        {
            return false;
        }

        bool follows = found == Chip ? _newest == Starting : found == App && _newest is Starting or Chip;
        _newest = found;
        return !follows;
    }

    /// <summary>The boot is over, whatever it said.</summary>
    public void OnHeartbeat() => _newest = null;

    private static string? Of(string line) =>
        line.Contains(Starting, StringComparison.Ordinal) ? Starting
        : line.Contains(Chip, StringComparison.Ordinal) ? Chip
        : line.AsSpan().TrimEnd().EndsWith(App, StringComparison.Ordinal) ? App
        : null;
}
