using System.CommandLine;
using System.Text.Json;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Images;

namespace LabRunner.Cli.Commands;

/// <summary><c>ota</c>: updates a slot's DUT over its network, sees the new firmware up and compares its settings.</summary>
internal sealed class OtaVerb : IVerb
{
    private readonly Argument<string> _slot = new("slot") { Description = "Slot of the bench." };
    private readonly Argument<string> _image = new("image") { Description = "OTA file (see ./lab image inspect)." };
    private readonly Option<string> _bench = new("--bench") { Description = "Inventory: a name of bench/inventory or a file.", DefaultValueFactory = _ => "virtual" };
    private readonly Option<string?> _expect = new("--expect") { Description = "Text that the build must contain afterwards, such as 1.18.200." };
    private readonly Option<bool> _anyway = new("--anyway") { Description = "Send also a file that is known to be bad." };
    private readonly Option<double?> _scale = new("--time-scale") { Description = "Of a virtual bench." };
    private readonly Option<bool> _json = new("--json") { Description = "Print the outcome as JSON." };

    public Command Build()
    {
        Command command = new("ota", "Update a DUT over its network, see the new firmware up and compare its settings. Example: ./lab ota p1 OpenBL602.bin.xz.ota --bench lab --expect 1.18.200")
        {
            _slot, _image, _bench, _expect, _anyway, _scale, _json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        bool json = parsed.GetValue(_json);
        Action<string> say = json ? _ => { } : Console.WriteLine;
        string path = parsed.GetValue(_image)!;
        byte[] file = ImageVerb.Read(path);
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
                outcome = await OtaHand.RunAsync(bench, file, say, cancellationToken).ConfigureAwait(false);
            }

            bool expected = parsed.GetValue(_expect) is not { } text || outcome.After.Contains(text, StringComparison.Ordinal);
            if (json)
            {
                Console.WriteLine(JsonSerializer.Serialize(
                    new
                    {
                        before = outcome.Before,
                        after = outcome.After,
                        bytesSent = outcome.BytesSent,
                        longestStallSeconds = outcome.LongestStall.TotalSeconds,
                        differences = outcome.Differences,
                        expected,
                    },
                    JsonSerializerOptions.Web));
            }

            foreach (string difference in outcome.Differences)
            {
                say("Changed: " + difference);
            }

            say(!expected ? $"The build is not {parsed.GetValue(_expect)}." : outcome.Differences.Count == 0 ? "Updated; all compared settings are as before." : "Updated, but settings changed.");
            return (int)(expected && outcome.Differences.Count == 0 ? ExitCode.Pass : ExitCode.Fail);
        }
        catch (OtaFailedException failed)
        {
            await Console.Error.WriteLineAsync(failed.Message).ConfigureAwait(false);
            return (int)ExitCode.Fail;
        }
    }
}
