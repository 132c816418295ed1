using System.CommandLine;
using System.Globalization;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Cli.Commands.Flash;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;

namespace LabRunner.Cli.Commands;

/// <summary><c>flash</c>: writes firmware to a slot's DUT over its UART, verifies it and sees it boot; <c>flash info|read|erase</c> beside it.</summary>
internal sealed class FlashVerb : IVerb
{
    private readonly FlashOptions _common = new();
    private readonly Argument<string> _image = new("image") { Description = "Firmware file (see ./lab image inspect)." };
    private readonly Option<bool> _erase = new("--erase-settings") { Description = "Write settings and calibration of a whole-flash image too; kept by default." };
    private readonly Option<bool> _force = new("--force") { Description = "Write also what is right already." };
    private readonly Option<string?> _backup = new("--backup") { Description = "Save the whole flash to this file before anything is erased; the file must not exist." };
    private readonly Option<string?> _version = new("--expect-version") { Description = "What the firmware prints at its start; default: the version that the image names." };

    public Command Build()
    {
        Command command = new(
            "flash",
            "Flash a DUT over its UART, verify it and see it boot; BOOT is released and power off at the end. What is right already is left alone, so that a "
            + "broken session goes on by the same command. Also: flash info, flash read, flash erase. Example: ./lab flash p1 OpenBL602.bin --bench my-lab")
        {
            _erase, _force, _backup, _version,
        };
        _common.AddTo(command, _image);
        command.Subcommands.Add(new FlashInfoCommand(new FlashOptions()).Build());
        command.Subcommands.Add(new FlashReadCommand(new FlashOptions()).Build());
        command.Subcommands.Add(new FlashEraseCommand(new FlashOptions()).Build());
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        FirmwareImage image = FirmwareImage.Recognise(ImageFile.Read(parsed.GetValue(_image)!));
        using FreshFile? backup = parsed.GetValue(_backup) is { } path ? FreshFile.Open("--backup", path) : null;
        return await _common.RunAsync(parsed, "flash", (desk, token) => FlashAsync(parsed, desk, image, backup, token), cancellationToken).ConfigureAwait(false);
    }

    private async Task<object> FlashAsync(ParseResult parsed, FlashDesk desk, FirmwareImage image, FreshFile? backup, CancellationToken cancellationToken)
    {
        HandBench bench = desk.Bench;
        string? version = parsed.GetValue(_version) ?? image.Version;
        FlashJob.CheckImage(image, FlashHand.ChipOf(bench.Slot.Entry));
        desk.Voice.Say(string.Create(
            CultureInfo.InvariantCulture, $"{parsed.GetValue(_image)}: {image.KindText}, {image.File.Length:N0} bytes, version {image.Version ?? "not stated"}, SHA-256 {image.Sha256}"));
        (long written, long same, object? chip, string proof) = desk.Flasher is { } flasher
            ? await ByToolAsync(parsed, desk, flasher, image, backup, cancellationToken).ConfigureAwait(false)
            : await BuiltInAsync(parsed, desk, image, backup, cancellationToken).ConfigureAwait(false);
        desk.Voice.Say(string.Create(CultureInfo.InvariantCulture, $"Verified by {proof}: {written:N0} bytes written, {same:N0} bytes were right already and left alone."));
        string banner = await FlashHand.BootAsync(bench, version, cancellationToken).ConfigureAwait(false);
        desk.Voice.Say($"The firmware is up: {banner}");
        desk.Voice.Say(desk.Flasher is null ? $"Byte trace: {Path.Combine(bench.Folder, "flash-trace.txt")}" : $"What the tool said: {Path.Combine(bench.Folder, "flash-tool.txt")}");
        return new
        {
            slot = bench.Slot.Entry.Name, chip, flasher = desk.Flasher?.Flasher ?? "built-in", bytesWritten = written, bytesSame = same, sha256 = image.Sha256, version = image.Version, provedBy = proof, banner,
            folder = bench.Folder,
        };
    }

    private async Task<(long Written, long Same, object? Chip, string Proof)> BuiltInAsync(
        ParseResult parsed, FlashDesk desk, FirmwareImage image, FreshFile? backup, CancellationToken cancellationToken)
    {
        FlashRequest request = new()
        {
            Image = image,
            KeepSettings = !parsed.GetValue(_erase),
            Force = parsed.GetValue(_force),
            Backup = backup is null ? null : async (whole, token) =>
            {
                await backup.WriteAsync(whole, token).ConfigureAwait(false);
                desk.Voice.Say($"Backup: {backup.Path}");
            },
            BeforeErase = intent => Announce(desk, image, intent),
        };
        FlashOutcome outcome = await FlashHand.FlashAsync(
            desk.Bench, _common.Loader(parsed), _common.Baud(parsed), request, desk.Voice.Say, desk.Progress, cancellationToken).ConfigureAwait(false);
        return (outcome.BytesWritten, outcome.BytesSame, outcome.Chip, outcome.Proof);
    }

    private async Task<(long Written, long Same, object? Chip, string Proof)> ByToolAsync(
        ParseResult parsed, FlashDesk desk, FlasherDefinition flasher, FirmwareImage image, FreshFile? backup, CancellationToken cancellationToken)
    {
        if (backup is not null)
        {
            throw new UsageException($"--backup is not offered through {flasher.Flasher}: make a copy first with ./lab flash read.");
        }

        ToolRequest request = new()
        {
            Image = image,
            KeepSettings = !parsed.GetValue(_erase),
            Baud = _common.Baud(parsed),
            Version = parsed.GetValue(_version),
            Loader = _common.Loader(parsed),
        };
        ToolOutcome outcome = await ToolHand.FlashAsync(desk.Bench, flasher, request, desk.Voice.Say, desk.Progress, cancellationToken).ConfigureAwait(false);
        return (outcome.BytesWritten, 0, null, outcome.Proof);
    }

    private static void Announce(FlashDesk desk, FirmwareImage image, FlashIntent intent)
    {
        long writing = intent.Writes.Sum(w => (long)w.Data.Length);
        string parts = string.Join("; ", intent.Regions.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Name}, {r.Data.Length:N0} bytes at 0x{r.Address:X}")));
        desk.Voice.Say(string.Create(CultureInfo.InvariantCulture, $"Target: {parts}. {intent.BytesSame:N0} bytes are right already and are left alone."));
        desk.Voice.Say(writing == 0
            ? "Nothing is erased: the flash holds this image."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Erasing and writing {writing:N0} bytes: slot {desk.Bench.Slot.Entry.Name}, {intent.Chip.Model.Text()} {intent.Chip.ChipId}, flash {intent.Chip.FlashBytes / 1024:N0} KiB, {image.KindText} {image.Version ?? "without version"}."));
    }
}
