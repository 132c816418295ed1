using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.RegularExpressions;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Cli.Commands;

/// <summary><c>ota</c>: updates a slot's DUT over its network, sees the new firmware up and compares its settings.</summary>
internal sealed partial class OtaVerb : IVerb
{
    private readonly Argument<string> _slot = new("slot") { Description = "Slot of the bench." };
    private readonly Argument<string> _image = new("image") { Description = "OTA file (see ./lab image inspect)." };
    private readonly Option<string> _bench = new("--bench") { Description = "Inventory: a name of bench/inventory or a file.", DefaultValueFactory = _ => "virtual" };
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
    private readonly Option<double?> _scale = new("--time-scale") { Description = "Of a virtual bench." };
    private readonly Option<bool> _json = new("--json") { Description = "Print the outcome as JSON." };

    public Command Build()
    {
        Command command = new("ota", "Update a DUT over its network, see the new firmware up and compare its settings. Example: ./lab ota p1 OpenBL602.bin.xz.ota --bench lab --rate 32k --expect 1.18.200")
        {
            _slot, _image, _bench, _expect, _anyway, _rate, _abortAt, _abortBy, _pauseAt, _pauseFor, _limit, _framing, _length, _scale, _json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        bool json = parsed.GetValue(_json);
        Action<string> say = json ? _ => { } : Console.WriteLine;
        string path = parsed.GetValue(_image)!;
        OtaSending sending = Sending(parsed);
        byte[] file = ImageFile.Read(path);
        FirmwareImage image = FirmwareImage.Recognise(file);
        if (!parsed.GetValue(_anyway) && (image.Kind is not (ImageKind.Bl602Ota or ImageKind.Bk7231Ota) || (image.Kind == ImageKind.Bl602Ota && image.Problems.Count > 0)))
        {
            await Console.Error.WriteLineAsync(
                $"{path} is a {image.KindText}{(image.Problems.Count > 0 ? ": " + image.Problems[0] : "")}. Nothing was sent; use --anyway to try it all the same.").ConfigureAwait(false);
            return (int)ExitCode.BadFile;
        }

        try
        {
            HandBench bench = await HandBench.OpenAsync(
                new HandOptions { Bench = parsed.GetValue(_bench)!, Slot = parsed.GetValue(_slot)!, TimeScale = parsed.GetValue(_scale), Purpose = "ota" }, say, cancellationToken).ConfigureAwait(false);
            OtaOutcome outcome;
            await using (bench.ConfigureAwait(false))
            {
                outcome = await OtaHand.RunAsync(bench, file, sending, say, cancellationToken).ConfigureAwait(false);
            }

            return Tell(parsed, outcome, outcome.Reply.Aborted && outcome.Reply.BytesSent < file.Length ? outcome.Before : parsed.GetValue(_expect) ?? BuildOf(image, path), say);
        }
        catch (OtaFailedException failed)
        {
            await Console.Error.WriteLineAsync(failed.Message).ConfigureAwait(false);
            return (int)ExitCode.Fail;
        }
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="outcome">What happened.</param>
    /// <param name="wanted">What the build must contain; after an upload that the client left in the middle, the build before.</param>
    /// <param name="say">Where sentences go.</param>
    private int Tell(ParseResult parsed, OtaOutcome outcome, string? wanted, Action<string> say)
    {
        bool expected = wanted is null || outcome.After.Contains(wanted, StringComparison.Ordinal);
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(
                new
                {
                    before = outcome.Before,
                    after = outcome.After,
                    statusLine = outcome.Reply.StatusLine,
                    reply = outcome.Reply.Body,
                    aborted = outcome.Reply.Aborted,
                    bytesSent = outcome.Reply.BytesSent,
                    tookSeconds = outcome.Reply.Took.TotalSeconds,
                    longestStallSeconds = outcome.Reply.LongestStall.TotalSeconds,
                    differences = outcome.Differences,
                    wanted,
                    expected,
                },
                JsonSerializerOptions.Web));
        }

        foreach (string difference in outcome.Differences)
        {
            say("Changed: " + difference);
        }

        say((expected, outcome.Differences.Count, wanted) switch
        {
            (false, _, _) => $"The build does not name {wanted}.",
            (_, > 0, _) => "The settings changed.",
            _ when outcome.Reply.Aborted => "The old firmware is up again; all compared settings are as before.",
            (_, _, null) => "Accepted and rebooted; the file names no version to compare with (use --expect). All compared settings are as before.",
            _ => $"Updated, the build names {wanted}; all compared settings are as before.",
        });
        return (int)(expected && outcome.Differences.Count == 0 ? ExitCode.Pass : ExitCode.Fail);
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

    // The header's software version is a text of the builder ("EVENT_V1.1.1"): only one that looks like a build's number names the build.
    // Releases carry it in the file's name (OpenBL602_1.18.57_OTA.bin.xz.ota).
    private static string? BuildOf(FirmwareImage image, string path) =>
        image.Version is { } version && Number().Match(version) is { Success: true, Index: 0 } ? version
        : Number().Match(Path.GetFileName(path)) is { Success: true } named ? named.Value : null;

    [GeneratedRegex(@"\d{1,4}(\.\d{1,6}){2}", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

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
