using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;

namespace LabRunner.Cli.Commands;

/// <summary><c>flash</c>: writes firmware to a slot's DUT over its UART, verifies it and sees it boot.</summary>
internal sealed class FlashVerb : IVerb
{
    private readonly Argument<string> _slot = new("slot") { Description = "Slot of the bench." };
    private readonly Argument<string> _image = new("image") { Description = "Firmware file (see ./lab image inspect)." };
    private readonly Option<string> _bench = new("--bench") { Description = "Inventory: a name of bench/inventory or a file.", DefaultValueFactory = _ => "virtual" };
    private readonly Option<string?> _loader = new("--loader") { Description = "The vendor's flash loader; default: flash.bl602Loader of the inventory." };
    private readonly Option<bool> _erase = new("--erase-settings") { Description = "Write settings and calibration of a whole-flash image too; kept by default." };
    private readonly Option<bool> _force = new("--force") { Description = "Write also what is the same already." };
    private readonly Option<string?> _backup = new("--backup") { Description = "Save the whole flash to this file before anything is erased." };
    private readonly Option<string?> _out = new("--out") { Description = "Folder for the byte trace; default runs/<utc-stamp>-<bench>." };
    private readonly Option<double?> _scale = new("--time-scale") { Description = "Of a virtual bench." };
    private readonly Option<bool> _json = new("--json") { Description = "Print the outcome as JSON." };

    public Command Build()
    {
        Command command = new("flash", "Flash a DUT over its UART, verify it and see it boot; BOOT is released and power off at the end. Example: ./lab flash p1 OpenBL602.bin --bench lab")
        {
            _slot, _image, _bench, _loader, _erase, _force, _backup, _out, _scale, _json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        bool json = parsed.GetValue(_json);
        Action<string> say = json ? _ => { } : Console.WriteLine;
        string path = parsed.GetValue(_image)!;
        FirmwareImage image = FirmwareImage.Recognise(ImageVerb.Read(path));
        try
        {
            HandBench bench = await HandBench.OpenAsync(
                new HandOptions
                {
                    Bench = parsed.GetValue(_bench)!, Slot = parsed.GetValue(_slot)!, Folder = parsed.GetValue(_out), TimeScale = parsed.GetValue(_scale), Purpose = "flash",
                },
                say,
                cancellationToken).ConfigureAwait(false);
            await using (bench.ConfigureAwait(false))
            {
                FlashJob.CheckImage(image, FlashHand.ChipOf(bench.Slot.Entry));
                say(string.Create(CultureInfo.InvariantCulture, $"{path}: {image.KindText}, {image.File.Length:N0} bytes, version {image.Version ?? "not stated"}, SHA-256 {image.Sha256}"));
                FlashRequest request = new()
                {
                    Image = image,
                    KeepSettings = !parsed.GetValue(_erase),
                    Force = parsed.GetValue(_force),
                    Backup = parsed.GetValue(_backup) is { } file ? (whole, token) => File.WriteAllBytesAsync(file, whole, token) : null,
                };
                FlashOutcome outcome = await FlashHand.WithChipAsync(
                    bench,
                    parsed.GetValue(_loader),
                    say,
                    session => FlashJob.RunAsync(session, request, json ? null : new ProgressLine(bench.Clock), cancellationToken),
                    cancellationToken).ConfigureAwait(false);
                say(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Verified by {outcome.Proof}: {outcome.BytesWritten:N0} bytes written, {outcome.RegionsSame} of {outcome.Regions} parts were the same already."));
                string banner = await FlashHand.BootAsync(bench, image.Version, cancellationToken).ConfigureAwait(false);
                say($"The firmware is up: {banner}");
                if (json)
                {
                    Console.WriteLine(JsonSerializer.Serialize(
                        new { slot = bench.Slot.Entry.Name, chip = outcome.Chip, bytesWritten = outcome.BytesWritten, sha256 = image.Sha256, version = image.Version, banner, folder = bench.Folder },
                        JsonSerializerOptions.Web));
                }
                else
                {
                    say($"BOOT is released and power off. Byte trace: {Path.Combine(bench.Folder, "flash-trace.txt")}");
                }
            }

            return (int)ExitCode.Pass;
        }
        catch (FlashFailedException failed)
        {
            await Console.Error.WriteLineAsync(failed.Message).ConfigureAwait(false);
            return (int)(failed.Stage == "image" ? ExitCode.BadFile : ExitCode.Fail);
        }
    }

    /// <summary>A line for each tenth of a step: readable in a log file as in a terminal.</summary>
    private sealed class ProgressLine(TimeProvider clock) : IProgress<FlashProgress>
    {
        private string _step = "";
        private int _tenth;
        private long _started;

        public void Report(FlashProgress value)
        {
            if (value.Step == "verify")
            {
                // The chip hashes its own flash: there is no rate of the line to tell.
                return;
            }

            if (value.Step != _step)
            {
                (_step, _tenth, _started) = (value.Step, 0, clock.GetTimestamp());
            }

            int tenth = (int)(10 * value.Done / Math.Max(1, value.Total));
            if (tenth <= _tenth)
            {
                return;
            }

            _tenth = tenth;
            double seconds = clock.GetElapsedTime(_started).TotalSeconds;
            double left = seconds * (value.Total - value.Done) / Math.Max(1, value.Done);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {value.Step,-6} {tenth * 10,3} %  {value.Done,9:N0} of {value.Total:N0} bytes  {value.Done / Math.Max(0.001, seconds) / 1024,7:N0} KiB/s  {left,4:N0} s left"));
        }
    }
}
