using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>The command that plays a night again.</summary>
internal static class RepeatCommand
{
    /// <summary>With the night's number where the plan rotates: it says which slot has which role.</summary>
    /// <param name="run">The night.</param>
    /// <param name="slot">The only slot to play; null for all.</param>
    internal static string Of(RunRecord run, string? slot = null)
    {
        string night = run.Meta.TryGetValue(MetaKeys.Night, out string? number) ? $" --night {Quoted(number)}" : "";
        string scale = run.TimeScale == 1 ? "" : $" --time-scale {Words.Number(run.TimeScale)}";
        return $"./lab night --bench {Quoted(run.Bench)} --plan {Quoted(run.Plan)}{night} --seed {Quoted(run.Meta.GetValueOrDefault(MetaKeys.Seed, "unknown"))}{(slot is null ? "" : $" --slots {Quoted(slot)}")}{scale}";
    }

    /// <summary>A word of a shell: it is copied into one, and a name may hold what a shell acts on.</summary>
    private static string Quoted(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or ',' or '+') ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
