namespace LabRunner.Reports.Comparison;

/// <summary>Failures that no rate excuses: severity S1 of the catalogue, a brick or an unsafe state.</summary>
public static class Severity
{
    // Wrong chip, too large, corrupt image; power cut in an update; configuration lost.
    private static readonly string[] GravestModes = ["F33", "F34", "F35", "F37", "F52"];

    /// <summary>True where one of its kind is one too many.</summary>
    /// <param name="mode">Class and mode as incidents bear them, for example "BRICK F37".</param>
    public static bool IsGravest(string mode)
    {
        string[] words = mode.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is ["BRICK", ..] || (words.Length > 1 && GravestModes.Contains(words[1].TrimEnd(':'), StringComparer.Ordinal));
    }
}
