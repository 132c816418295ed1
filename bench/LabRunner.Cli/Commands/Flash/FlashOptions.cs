using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Flashing;
using LabRunner.Station.Client;

namespace LabRunner.Cli.Commands.Flash;

/// <summary>What <c>flash</c> and its subcommands have in common: slot, bench, link, and how they speak and end.</summary>
internal sealed class FlashOptions
{
    private readonly HandArguments _hand = new();
    private readonly Option<string?> _loader = new("--loader") { Description = "The vendor's flash loader for a BL602; default: flash.bl602Loader of the inventory." };
    private readonly Option<int?> _baud = new("--baud") { Description = "Speed of the link, baud; default: the fastest that works." };
    private readonly Option<string?> _flasher = new("--flasher") { Description = "A flasher of hardware/flashers, or built-in; default: the slot's, else its board's." };
    private readonly Option<string?> _out = new("--out") { Description = "Folder for byte trace and tool output; default runs/<utc-stamp>-<bench>." };

    public FlashOptions()
    {
        _baud.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1200 or > 4_000_000)
            {
                result.AddError("--baud: a speed is 1200 to 4000000 baud.");
            }
        });
    }

    /// <summary>Adds slot and options to a command, its own arguments after the slot.</summary>
    public void AddTo(Command command, params IEnumerable<Argument> arguments)
    {
        foreach (Argument argument in arguments)
        {
            command.Arguments.Add(argument);
        }

        foreach (Option option in (Option[])[_loader, _baud, _flasher, _out])
        {
            command.Options.Add(option);
        }

        _hand.On(command);
    }

    /// <summary>The loader asked for; null: the inventory's.</summary>
    public string? Loader(ParseResult parsed) => parsed.GetValue(_loader);

    /// <summary>The speed asked for; null: the fastest that works.</summary>
    public int? Baud(ParseResult parsed) => parsed.GetValue(_baud);

    /// <summary>Folder for records; null: the usual one.</summary>
    public string? Out(ParseResult parsed) => parsed.GetValue(_out);

    /// <summary>The flasher asked for; null: the slot's.</summary>
    public string? FlasherWord(ParseResult parsed) => parsed.GetValue(_flasher);

    /// <summary>The slot.</summary>
    public string Slot(ParseResult parsed) => _hand.Slot(parsed);

    /// <summary>The station that has the bench; null: none.</summary>
    public Task<StationClient?> StationAsync(ParseResult parsed, CancellationToken cancellationToken) => _hand.StationAsync(parsed, cancellationToken);

    /// <summary>Opens the slot, does something, and ends as every flash command does: a sentence or a JSON object, and an exit code.</summary>
    /// <param name="parsed">Command line.</param>
    /// <param name="purpose">The verb, told to whoever wants the slot meanwhile.</param>
    /// <param name="use">What to do; its result is what <c>--json</c> prints.</param>
    /// <param name="cancellationToken">Ctrl-C, SIGTERM, SIGHUP.</param>
    public Task<int> RunAsync(ParseResult parsed, string purpose, Func<FlashDesk, CancellationToken, Task<object>> use, CancellationToken cancellationToken) => SpeakAsync(parsed, async voice =>
    {
        HandBench bench = await HandBench.OpenAsync(_hand.Options(parsed, purpose) with { Folder = parsed.GetValue(_out) }, voice.Say, cancellationToken).ConfigureAwait(false);
        object? outcome = null;
        await using (bench.ConfigureAwait(false))
        {
            FlashDesk desk = new(bench, FlasherChoice.Of(bench.Slot.Entry, parsed.GetValue(_flasher)), voice, voice.Progress(bench.Clock));
            await bench.RunAsync(async token => outcome = await use(desk, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }

        voice.Say(FlashWork.Ending(bench.Slot.Entry));
        return outcome!;
    });

    /// <summary>Does something and ends as every flash command does, whoever has the bench.</summary>
    /// <param name="parsed">Command line.</param>
    /// <param name="act">What to do; its result is what <c>--json</c> prints.</param>
    public async Task<int> SpeakAsync(ParseResult parsed, Func<FlashVoice, Task<object>> act)
    {
        bool json = _hand.Json(parsed);
        try
        {
            object outcome = await act(new FlashVoice(json)).ConfigureAwait(false);
            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(outcome, outcome.GetType(), JsonSerializerOptions.Web));
            }

            return (int)ExitCode.Pass;
        }
        catch (FlashFailedException failed)
        {
            ExitCode code = failed.Stage switch
            {
                "image" => ExitCode.BadFile,
                "range" => ExitCode.Usage,
                _ => ExitCode.Fail,
            };
            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(new { error = failed.Message, stage = failed.Stage, check = failed.Check, exitCode = (int)code }, JsonSerializerOptions.Web));
            }

            await Console.Error.WriteLineAsync(failed.Message).ConfigureAwait(false);
            return (int)code;
        }
    }
}

/// <summary>An open slot with what its commands need.</summary>
/// <param name="Bench">The slot.</param>
/// <param name="Flasher">Flasher of others; null: the built-in one.</param>
/// <param name="Voice">Where sentences go.</param>
/// <param name="Progress">Where progress goes.</param>
internal sealed record FlashDesk(HandBench Bench, FlasherDefinition? Flasher, FlashVoice Voice, IProgress<FlashProgress> Progress)
{
    /// <summary>Refuses what the flashers of others do not offer.</summary>
    /// <exception cref="UsageException">The slot is flashed by a program of others.</exception>
    public void DemandBuiltIn(string what)
    {
        if (Flasher is { } flasher)
        {
            throw new UsageException($"{what} is not offered through {flasher.Flasher}, the flasher of slot {Bench.Slot.Entry.Name}. Where this program knows the chip itself, say --flasher {FlasherLoader.BuiltIn}.");
        }
    }
}

/// <summary>Sentences and progress of a flash command, for people or as JSON lines. Thread safe.</summary>
/// <param name="json">JSON lines on standard error; else sentences on standard output.</param>
internal sealed class FlashVoice(bool json)
{
    private Lines? _lines;

    /// <summary>Says what is done.</summary>
    public void Say(string sentence)
    {
        _lines?.Mark();
        if (json)
        {
            Console.Error.WriteLine(JsonSerializer.Serialize(new { say = sentence }, JsonSerializerOptions.Web));
        }
        else
        {
            Console.WriteLine(sentence);
        }
    }

    /// <summary>Takes progress; a line for each tenth of a step: readable in a log file as in a terminal.</summary>
    public IProgress<FlashProgress> Progress(TimeProvider clock) => _lines = new Lines(clock, json);

    private sealed class Lines(TimeProvider clock, bool json) : IProgress<FlashProgress>
    {
        private readonly Lock _gate = new();
        private string _step = "";
        private long _total;
        private int _tenth;
        private long _started;

        // A step is told of first when a part of it is done: it began when something was told of last.
        private long _last = clock.GetTimestamp();

        public void Mark()
        {
            lock (_gate)
            {
                _last = clock.GetTimestamp();
            }
        }

        public void Report(FlashProgress value)
        {
            lock (_gate)
            {
                if (value.Step != _step || value.Total != _total)
                {
                    (_step, _total, _tenth, _started) = (value.Step, value.Total, 0, _last);
                }

                _last = clock.GetTimestamp();

                int tenth = (int)(10 * value.Done / Math.Max(1, value.Total));
                if (tenth <= _tenth)
                {
                    return;
                }

                _tenth = tenth;
                double seconds = Math.Max(0.001, clock.GetElapsedTime(_started).TotalSeconds);
                double left = seconds * (value.Total - value.Done) / Math.Max(1, value.Done);
                if (json)
                {
                    Console.Error.WriteLine(JsonSerializer.Serialize(
                        new { step = value.Step, doneBytes = value.Done, totalBytes = value.Total, bytesPerSecond = (long)(value.Done / seconds), secondsLeft = Math.Round(left, 1) }, JsonSerializerOptions.Web));
                    return;
                }

                // What the chip compares by itself has no rate of the line to tell.
                string rate = value.Step is "verify" or "compare"
                    ? ""
                    : string.Create(CultureInfo.InvariantCulture, $"  {value.Done / seconds / 1024,7:N0} KiB/s  {left,4:N0} s left");
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"  {value.Step,-7} {tenth * 10,3} %  {value.Done,9:N0} of {value.Total:N0} bytes{rate}"));
            }
        }
    }
}
