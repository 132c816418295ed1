using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Plugs;
using LabRunner.Station.Api;
using LabRunner.Station.Client;

namespace LabRunner.Cli.Commands;

/// <summary><c>ota</c>: updates a slot's DUT over its network, sees the new firmware up and compares its settings.</summary>
internal sealed class OtaVerb : IVerb
{
    private readonly HandArguments _hand = new();
    private readonly Argument<string> _image = new("image") { Description = "OTA file (see ./lab image inspect)." };
    private readonly Option<string?> _expect = new("--expect") { Description = "Text that the build must contain afterwards, such as 1.18.200. Default: the version that the file names, if it does." };
    private readonly Option<bool> _anyway = new("--anyway") { Description = "Send also a file that is known to be bad." };
    private readonly Option<int?> _rate = Parsed<int?>("--rate", "Most body bytes a second of run time: 8k, 32k, 128k, a number, or max. Default max.", OtaSending.ParseRate);
    private readonly Option<OtaPoint?> _abortAt = Parsed<OtaPoint?>("--abort-at", "Leave after so many bytes of the file (513) or a share of it (50%), reboot, and see the old firmware up.", t => OtaPoint.Parse(t));
    private readonly Option<OtaAbort> _abortBy = new("--abort-by") { Description = "How to leave. Default Fin.", DefaultValueFactory = _ => OtaAbort.Fin };
    private readonly Option<OtaPoint?> _pauseAt = Parsed<OtaPoint?>("--stall-at", "Stop sending after so many bytes or a share, and go on after --stall-for.", t => OtaPoint.Parse(t));
    private readonly Option<TimeSpan?> _pauseFor = Parsed<TimeSpan?>("--stall-for", "Length of the stall, run time, up to 1h. Default 60s.", Duration);
    private readonly Option<TimeSpan?> _limit = Parsed<TimeSpan?>("--stall-limit", "Give up after this time in which the device takes nothing. Default 30s.", Duration);
    private readonly Option<OtaFraming> _framing = new("--framing") { Description = "How the body's length is told. Default ContentLength.", DefaultValueFactory = _ => OtaFraming.ContentLength };
    private readonly Option<long?> _length = new("--content-length") { Description = "Content-Length to state in place of the true one." };

    public Command Build()
    {
        Command command = _hand.On(new Command("ota", "Update a DUT over its network, see the new firmware up and compare its settings. Example: ./lab ota p1 OpenBL602.bin.xz.ota --bench lab --rate 32k --expect 1.18.200")
        {
            _image, _expect, _anyway, _rate, _abortAt, _abortBy, _pauseAt, _pauseFor, _limit, _framing, _length,
        });
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string path = parsed.GetValue(_image)!;
        OtaSending sending = Sending(parsed);
        OtaOrder order = new()
        {
            Image = FirmwareImage.Recognise(ImageFile.Read(path)), Name = path, Sending = sending, Expect = parsed.GetValue(_expect), Anyway = parsed.GetValue(_anyway),
        };
        try
        {
            OtaWork.Demand(order);
            using StationClient? station = await _hand.StationAsync(parsed, cancellationToken).ConfigureAwait(false);
            return station is not null
                ? await AtStationAsync(parsed, station, order, cancellationToken).ConfigureAwait(false)
                : await HereAsync(parsed, order, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is OtaRefusedException or OtaFailedException)
        {
            await Console.Error.WriteLineAsync(failed.Message).ConfigureAwait(false);
            return (int)(failed is OtaRefusedException ? ExitCode.BadFile : ExitCode.Fail);
        }
    }

    private async Task<int> HereAsync(ParseResult parsed, OtaOrder order, CancellationToken cancellationToken)
    {
        Action<string> say = _hand.Say(parsed);
        HandBench bench = await HandBench.OpenAsync(_hand.Options(parsed, "ota"), say, cancellationToken).ConfigureAwait(false);
        OtaSight? sight = null;
        await using (bench.ConfigureAwait(false))
        {
            await bench.RunAsync(async token => sight = await OtaWork.RunAsync(bench, order, say, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }

        return Tell(parsed, sight!);
    }

    /// <summary>The station sends it; its sentences are those of a bench of one's own.</summary>
    private async Task<int> AtStationAsync(ParseResult parsed, StationClient station, OtaOrder order, CancellationToken cancellationToken)
    {
        OtaSending sending = order.Sending;
        ImageView image = await station.UploadAsync(order.Image.File, Path.GetFileName(order.Name), cancellationToken).ConfigureAwait(false);
        OtaRequest request = new(
            image.Sha256, order.Name, order.Expect, order.Anyway, sending.BytesPerSecond, sending.AbortAt?.ToString(), sending.AbortBy, sending.PauseAt?.ToString(), sending.PauseFor.TotalSeconds,
            sending.StallLimit.TotalSeconds, sending.Framing, sending.StatedLength);
        OperationView done = await station.OperateAsync($"slots/{Uri.EscapeDataString(_hand.Slot(parsed))}/ota", request, _hand.Say(parsed), null, cancellationToken).ConfigureAwait(false);
        return Tell(parsed, done.Outcome!.Value.Deserialize<OtaSight>(JsonSerializerOptions.Web)!);
    }

    private int Tell(ParseResult parsed, OtaSight sight)
    {
        if (_hand.Json(parsed))
        {
            Console.WriteLine(JsonSerializer.Serialize(sight, JsonSerializerOptions.Web));
        }

        return (int)(sight.Passed ? ExitCode.Pass : ExitCode.Fail);
    }

    private OtaSending Sending(ParseResult parsed)
    {
        OtaSending plain = OtaSending.Plain;
        OtaSending sending = new()
        {
            BytesPerSecond = parsed.GetValue(_rate),
            AbortAt = parsed.GetValue(_abortAt),
            AbortBy = parsed.GetValue(_abortBy),
            PauseAt = parsed.GetValue(_pauseAt),
            PauseFor = parsed.GetValue(_pauseFor) ?? plain.PauseFor,
            StallLimit = parsed.GetValue(_limit) ?? plain.StallLimit,
            Framing = parsed.GetValue(_framing),
            StatedLength = parsed.GetValue(_length),
        };
        return sending.Problem is { } problem ? throw new UsageException($"The upload cannot be sent so: {problem}.") : sending;
    }

    private static TimeSpan? Duration(string text) => DurationText.TryParse(text, out TimeSpan value) ? value : throw new FormatException($"'{text}' is no duration: write {DurationText.Form}");

    private static Option<T> Parsed<T>(string name, string description, Func<string, T> parse) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            try
            {
                return parse(result.Tokens.Single().Value);
            }
            catch (FormatException wrong)
            {
                result.AddError($"{name}: {wrong.Message}.");
                return default!;
            }
        },
    };
}
