using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LabRunner.Bench.Api;
using LabRunner.Bench.Consoles;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Slots;
using LabRunner.Cli.Terminal;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Power;
using LabRunner.Reports.Formats;
using LabRunner.Station.Client;
using LabRunner.Station.Consoles;

namespace LabRunner.Cli.Commands;

/// <summary><c>console</c>: a slot's UART, stamped and captured, with what is typed sent to the DUT.</summary>
internal sealed partial class ConsoleVerb : IVerb
{
    private static readonly Dictionary<string, string> Ends = new() { ["lf"] = "\n", ["cr"] = "\r", ["crlf"] = "\r\n", ["none"] = "" };

    private readonly HandArguments _hand = new();
    private readonly Option<string?> _log = new("--log") { Description = "Also append what is shown to this file." };
    private readonly Option<bool> _noStamp = new("--no-stamp") { Description = "Show lines without their time." };
    private readonly Option<string?> _until = new("--until") { Description = "End with code 0 at the first line that matches this .NET regular expression." };
    private readonly Option<TimeSpan?> _timeout = HandArguments.Duration("--timeout", "Of --until: end with code 1 after this time. Default: no limit.");
    private readonly Option<TimeSpan?> _for = HandArguments.Duration("--for", "End with code 0 after this time.");
    private readonly Option<string> _power = new("--power") { Description = "on, off, cycle, or keep as it is. In the end a slot is off, unless the inventory keeps its power.", DefaultValueFactory = _ => "on" };
    private readonly Option<string> _eol = new("--eol") { Description = "Sent behind a typed line: lf, cr, crlf or none.", DefaultValueFactory = _ => "crlf" };

    public Command Build()
    {
        _power.AcceptOnlyFromAmong("on", "off", "cycle", "keep");
        _eol.AcceptOnlyFromAmong([.. Ends.Keys]);
        Command command = _hand.On(new Command("console", "Show a slot's UART and send it what is typed or piped in; Ctrl-] or Ctrl-C ends it. Example: ./lab console p1 --power cycle --until \"version\" --timeout 30s --bench my-lab")
        {
            _log, _noStamp, _until, _timeout, _for, _power, _eol,
        });
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        Check(parsed);
        Action<string> say = _hand.Json(parsed) ? _ => { } : Console.Error.WriteLine;
        using StreamWriter? log = Log(parsed.GetValue(_log));
        using StationClient? station = await _hand.StationAsync(parsed, cancellationToken).ConfigureAwait(false);
        if (station is not null)
        {
            return await AtStationAsync(parsed, station, log, say, cancellationToken).ConfigureAwait(false);
        }

        HandBench bench = await HandBench.OpenAsync(_hand.Options(parsed, "console"), say, cancellationToken).ConfigureAwait(false);
        await using (bench.ConfigureAwait(false))
        {
            ExitCode code = ExitCode.Pass;
            await bench.RunAsync(async token => code = await TalkAsync(parsed, bench, log, say, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            return (int)code;
        }
    }

    private async Task<ExitCode> TalkAsync(ParseResult parsed, HandBench bench, StreamWriter? log, Action<string> say, CancellationToken cancellationToken)
    {
        string slot = bench.Slot.Entry.Name;
        if (bench.Slot.Console is not { } console)
        {
            throw bench.Slot.Entry.Without(Contracts.Console);
        }

        ConsoleTap tap = await ConsoleTap.OpenAsync(bench.Inventory, slot, Path.Combine(bench.Folder, "consoles"), console, bench.Clock, cancellationToken).ConfigureAwait(false);
        await using (tap.ConfigureAwait(false))
        {
            using TypedLines typed = new();
            using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, typed.Ended);
            CancellationToken token = ending.Token;
            say($"{console.Path}: {(typed.Interactive ? "Ctrl-] or Ctrl-C ends this." : "Ctrl-C ends this.")} Log: {tap.LogFile}");
            Task showing = ShowAsync(parsed, bench, tap, typed, log);
            typed.Start(token);
            Task sending = SendAsync(parsed, bench, tap, typed, token);
            ExitCode code = ExitCode.Pass;
            try
            {
                await PowerAsync(bench, parsed.GetValue(_power)!, token).ConfigureAwait(false);
                code = await EndAsync(parsed, bench, tap, say, sending, token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                // Ctrl-], Ctrl-C or a fault of the bench, which the caller tells: this is how a console ends.
            }

            await ending.CancelAsync().ConfigureAwait(false);
            await tap.DisposeAsync().ConfigureAwait(false);
            await Task.WhenAll(showing, sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            typed.Clear();
            return code;
        }
    }

    private static async Task PowerAsync(HandBench bench, string wanted, CancellationToken cancellationToken)
    {
        if (wanted == "keep" || (bench.Slot.Power is null && wanted == "on"))
        {
            return;
        }

        if (wanted == "cycle")
        {
            await PowerHand.CycleAsync(bench, PowerHand.UsualOff, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await PowerHand.SwitchAsync(bench, wanted == "on" ? PowerState.On : PowerState.Off, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits for what ends the console.</summary>
    private async Task<ExitCode> EndAsync(ParseResult parsed, HandBench bench, ConsoleTap tap, Action<string> say, Task sending, CancellationToken cancellationToken)
    {
        Task over = Task.Delay(parsed.GetValue(_for) ?? Timeout.InfiniteTimeSpan, bench.Clock, cancellationToken);
        Task<ConsoleText?> match = parsed.GetValue(_until) is { } pattern
            ? tap.ExpectAsync(pattern, parsed.GetValue(_timeout) ?? Timeout.InfiniteTimeSpan, bench.Clock, cancellationToken)
            : new TaskCompletionSource<ConsoleText?>().Task;
        Task first = await Task.WhenAny(over, match, sending).ConfigureAwait(false);
        if (first == sending)
        {
            // The end of a pipe ends nothing; a line that could not be sent does.
            await sending.ConfigureAwait(false);
            first = await Task.WhenAny(over, match).ConfigureAwait(false);
        }

        if (first != match)
        {
            await over.ConfigureAwait(false);
            return ExitCode.Pass;
        }

        if (await match.ConfigureAwait(false) is not null)
        {
            return ExitCode.Pass;
        }

        say(string.Create(CultureInfo.InvariantCulture, $"No line matched '{parsed.GetValue(_until)}' within {parsed.GetValue(_timeout)!.Value.TotalSeconds:0.###} s."));
        return ExitCode.Fail;
    }

    /// <summary>Shows lines until the tap is disposed.</summary>
    private async Task ShowAsync(ParseResult parsed, HandBench bench, ConsoleTap tap, TypedLines typed, StreamWriter? log)
    {
        bool json = _hand.Json(parsed);
        TimeSpan began = bench.Clock.Elapsed;
        long next = 0;
        await foreach (ConsoleText line in tap.ReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (line.Number > next && next > 0)
            {
                Write(FormattableString.Invariant($"--- {line.Number - next} lines are not shown: they came too fast. They are in {tap.LogFile}"));
            }

            next = line.Number >= 0 ? line.Number + 1 : next;

            // A DUT's bytes are data: an escape sequence must not reach this terminal.
            string text = SafeText.OneLine(line.Text, int.MaxValue);
            double at = (line.At - began).TotalSeconds;
            Write(json
                ? JsonSerializer.Serialize(new { at, utc = bench.Clock.UtcAt(line.At), text }, JsonSerializerOptions.Web)
                : parsed.GetValue(_noStamp) ? text : string.Create(CultureInfo.InvariantCulture, $"[{at,10:0.000}] {text}"));
        }

        void Write(string shown)
        {
            typed.Show(shown);
            log?.WriteLine(shown);
        }
    }

    private async Task SendAsync(ParseResult parsed, HandBench bench, ConsoleTap tap, TypedLines typed, CancellationToken cancellationToken)
    {
        await foreach (string line in typed.Lines.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            bench.Interlocks.Demand(bench.Slot.Entry, SlotAction.WriteConsole);
            if (typed.Interactive)
            {
                typed.Show("> " + line);
            }

            await tap.WriteAsync(line + Ends[parsed.GetValue(_eol)!], cancellationToken).ConfigureAwait(false);
        }
    }

    private void Check(ParseResult parsed)
    {
        if (parsed.GetValue(_timeout) is not null && parsed.GetValue(_until) is null)
        {
            throw new UsageException("--timeout is the limit of --until. Give both, or use --for.");
        }

        if (parsed.GetValue(_until) is { } pattern)
        {
            try
            {
                _ = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            }
            catch (ArgumentException wrong)
            {
                throw new UsageException($"--until: '{pattern}' is no regular expression: {wrong.Message}");
            }
        }
    }

    private static StreamWriter? Log(string? file)
    {
        try
        {
            return file is null ? null : new StreamWriter(file, append: true) { AutoFlush = true };
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"--log: {file} cannot be written: {cannot.Message}");
        }
    }
}
