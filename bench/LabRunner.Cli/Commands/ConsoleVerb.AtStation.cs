using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LabRunner.Cli.Terminal;
using LabRunner.Reports.Formats;
using LabRunner.Station.Client;
using LabRunner.Station.Consoles;

namespace LabRunner.Cli.Commands;

/// <content>The console of a bench that a station has.</content>
internal sealed partial class ConsoleVerb
{
    /// <summary>The station has the console, captured since its start; the slot keeps the power it has unless --power says otherwise.</summary>
    private async Task<int> AtStationAsync(ParseResult parsed, StationClient station, StreamWriter? log, Action<string> say, CancellationToken cancellationToken)
    {
        string slot = _hand.Slot(parsed);
        using TypedLines typed = new();
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, typed.Ended);
        using CancellationTokenSource deadline = new(parsed.GetValue(_for) ?? parsed.GetValue(_timeout) ?? Timeout.InfiniteTimeSpan, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(ending.Token, deadline.Token);
        Regex? until = parsed.GetValue(_until) is { } pattern ? new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)) : null;
        say($"Station {station.Where}: {(typed.Interactive ? "Ctrl-] or Ctrl-C ends this." : "Ctrl-C ends this.")}");
        typed.Start(ending.Token);
        Task sending = SendOrEndAsync();
        ExitCode code = ExitCode.Pass;
        try
        {
            long next = await station.NextLineAsync(slot, either.Token).ConfigureAwait(false);
            if (parsed.GetResult(_power) is { Implicit: false } && parsed.GetValue(_power) is not "keep" and var wanted)
            {
                await station.PowerAsync(slot, wanted!, null, null, either.Token).ConfigureAwait(false);
            }

            await foreach (StoredLine line in station.FollowConsoleAsync(slot, next, either.Token).ConfigureAwait(false))
            {
                string text = SafeText.OneLine(line.Text, int.MaxValue);
                string shown = _hand.Json(parsed) ? JsonSerializer.Serialize(new { number = line.Number, utc = line.At, text }, JsonSerializerOptions.Web)
                    : parsed.GetValue(_noStamp) ? text : string.Create(CultureInfo.InvariantCulture, $"[{line.At.UtcDateTime:HH:mm:ss.fff}] {text}");
                typed.Show(shown);
                log?.WriteLine(shown);
                if (until?.IsMatch(line.Text) == true)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            if (deadline.IsCancellationRequested && until is not null && parsed.GetValue(_for) is null)
            {
                say($"No line matched '{until}' in time.");
                code = ExitCode.Fail;
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            typed.Clear();
        }

        if (sending.IsFaulted)
        {
            // Nothing that was typed is lost without a word.
            await sending.ConfigureAwait(false);
        }

        return (int)code;

        async Task SendOrEndAsync()
        {
            try
            {
                await SendAsync(station, slot, Ends[parsed.GetValue(_eol)!], typed, ending.Token).ConfigureAwait(false);
            }
            catch (Exception refused) when (refused is not OperationCanceledException)
            {
                await ending.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    private static async Task SendAsync(StationClient station, string slot, string end, TypedLines typed, CancellationToken cancellationToken)
    {
        await foreach (string line in typed.Lines.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            if (typed.Interactive)
            {
                typed.Show("> " + line);
            }

            await station.WriteConsoleAsync(slot, line + end, cancellationToken).ConfigureAwait(false);
        }
    }
}
