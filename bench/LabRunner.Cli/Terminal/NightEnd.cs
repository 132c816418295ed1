using LabRunner.Bench.Hosting.Nights;
using LabRunner.Cli.Commands;
using LabRunner.Reports.Notify;
using Spectre.Console;

namespace LabRunner.Cli.Terminal;

/// <summary>A night in the terminal from its first sentence to its exit code, whoever plays it.</summary>
internal static class NightEnd
{
    /// <summary>Shows it while it runs: a table in a terminal, lines in a pipe, JSON where it is asked for.</summary>
    /// <param name="json">It is.</param>
    /// <param name="night">Plays it.</param>
    public static Task<NightResult> ShowAsync(bool json, Func<INightView, Task<NightResult>> night) =>
        json ? night(new JsonNightView(Console.Out))
        : AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected ? LiveNightView.RunAsync(night)
        : night(new PlainNightView(Console.Out));

    /// <summary>Tells how it ended.</summary>
    /// <param name="result">How.</param>
    /// <param name="notify">Channels that are told too; null: none.</param>
    /// <param name="json">JSON is asked for.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> TellAsync(NightResult result, NotifyFile? notify, bool json)
    {
        if (result.Card is { } card)
        {
            ScorecardView.Print(card, json);
        }

        if (result.Fault is { } fault)
        {
            await Console.Error.WriteLineAsync($"Bench fault ({fault.Kind}): {fault.Message}").ConfigureAwait(false);
        }

        if (result.Card is null)
        {
            await Console.Error.WriteLineAsync($"The report is not written. When its cause is mended: ./lab report {result.Folder}").ConfigureAwait(false);
        }

        if (notify is not null && result.Card is not null)
        {
            // The verdict of the night stays what it is when nobody can be told.
            await NotifyVerb.TellAsync(notify, result.Folder, Console.Error, CancellationToken.None).ConfigureAwait(false);
        }

        return (result.Fault, result.Interrupted, result.Card) switch
        {
            ({ }, _, _) => (int)ExitCode.BenchFault,
            (_, true, _) => (int)ExitCode.Interrupted,
            (_, _, { } scored) => (int)ScorecardView.ToExitCode(scored),
            _ => (int)ExitCode.BenchFault,
        };
    }
}
