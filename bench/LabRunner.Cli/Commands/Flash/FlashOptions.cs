using System.CommandLine;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Flashing;
using LabRunner.Station.Api;
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

    /// <summary>The speed asked for; null: the fastest that works.</summary>
    public int? Baud(ParseResult parsed) => parsed.GetValue(_baud);

    /// <summary>The flasher asked for; null: the slot's.</summary>
    public string? FlasherWord(ParseResult parsed) => parsed.GetValue(_flasher);

    /// <summary>Does something to the slot, whoever has its bench, and ends as every flash command does: a sentence or a JSON object, and an exit code.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="parsed">Command line.</param>
    /// <param name="purpose">The verb, told to whoever wants the slot meanwhile.</param>
    /// <param name="here">Does it on a bench that this program has opened.</param>
    /// <param name="there">Has the station do it that has the bench.</param>
    /// <param name="finish">What is done when the slot is left; its result is what <c>--json</c> prints.</param>
    /// <param name="cancellationToken">Ctrl-C, SIGTERM, SIGHUP.</param>
    public Task<int> RunAsync<T>(
        ParseResult parsed, string purpose, Func<FlashDesk, CancellationToken, Task<T>> here, Func<StationDesk, Task<T>> there, Func<T, FlashVoice, Task<object>> finish, CancellationToken cancellationToken) =>
        SpeakAsync(parsed, async voice =>
        {
            using StationClient? station = await _hand.StationAsync(parsed, cancellationToken).ConfigureAwait(false);
            T done = station is null ? await HereAsync(parsed, purpose, voice, here, cancellationToken).ConfigureAwait(false)
                : parsed.GetValue(_loader) is null && parsed.GetValue(_out) is null ? await there(new StationDesk(station, _hand.Slot(parsed), voice)).ConfigureAwait(false)
                : throw new UsageException(
                    $"--loader and --out name files of this program's machine, and station {station.Where} works at the chip: it has the loader of its inventory, and keeps its own trace. Leave them out, or end the station.");
            return await finish(done, voice).ConfigureAwait(false);
        });

    private async Task<T> HereAsync<T>(ParseResult parsed, string purpose, FlashVoice voice, Func<FlashDesk, CancellationToken, Task<T>> use, CancellationToken cancellationToken)
    {
        HandBench bench = await HandBench.OpenAsync(_hand.Options(parsed, purpose) with { Folder = parsed.GetValue(_out) }, voice.Say, cancellationToken).ConfigureAwait(false);
        Task<T>? done = null;
        await using (bench.ConfigureAwait(false))
        {
            FlashLink link = new(FlasherChoice.Of(bench.Slot.Entry, parsed.GetValue(_flasher)), Baud(parsed), parsed.GetValue(_loader));
            FlashDesk desk = new(bench, link, voice, voice.Progress(bench.Clock));
            await bench.RunAsync(token => done = use(desk, token), cancellationToken).ConfigureAwait(false);
        }

        voice.Say(FlashWork.Ending(bench.Slot.Entry));
        return await done!.ConfigureAwait(false);
    }

    private async Task<int> SpeakAsync(ParseResult parsed, Func<FlashVoice, Task<object>> act)
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
/// <param name="Link">How its chip is reached.</param>
/// <param name="Voice">Where sentences go.</param>
/// <param name="Progress">Where progress goes.</param>
internal sealed record FlashDesk(HandBench Bench, FlashLink Link, FlashVoice Voice, IProgress<FlashProgress> Progress);

/// <summary>A slot of a station with what its commands need.</summary>
/// <param name="Station">The station.</param>
/// <param name="Slot">The slot.</param>
/// <param name="Voice">Where sentences go.</param>
internal sealed record StationDesk(StationClient Station, string Slot, FlashVoice Voice)
{
    /// <summary>Has the station do something to its end; its sentences and progress are those of a bench of one's own.</summary>
    /// <param name="path">Below the slot: "flash/info".</param>
    /// <param name="request">What.</param>
    /// <param name="cancellationToken">Ends it there too.</param>
    /// <returns>What came of it.</returns>
    public async Task<T> DoAsync<T>(string path, object request, CancellationToken cancellationToken) => (await EndAsync<T>(path, request, cancellationToken).ConfigureAwait(false)).Sight;

    /// <summary>As <see cref="DoAsync"/>, with the operation as it ended.</summary>
    public async Task<(OperationView Operation, T Sight)> EndAsync<T>(string path, object request, CancellationToken cancellationToken)
    {
        OperationView done = await Station.OperateAsync(
            $"slots/{Uri.EscapeDataString(Slot)}/{path}", request, Voice.Say, Voice.Progress(TimeProvider.System), cancellationToken).ConfigureAwait(false);
        return (done, done.Outcome!.Value.Deserialize<T>(JsonSerializerOptions.Web)!);
    }
}
