using System.CommandLine;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Cli.Commands.Flash;
using LabRunner.Hardware.Images;
using LabRunner.Station.Api;

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
        return await _common.RunAsync(
            parsed,
            "flash",
            (desk, ending) => FlashAsync(parsed, desk, image, backup, ending),
            desk => AtStationAsync(parsed, desk, image, backup, cancellationToken),
            (sight, _) => Task.FromResult<object>(sight),
            cancellationToken).ConfigureAwait(false);
    }

    private Task<FlashSight> FlashAsync(ParseResult parsed, FlashDesk desk, FirmwareImage image, FreshFile? backup, CancellationToken cancellationToken)
    {
        FlashOrder order = new()
        {
            Image = image,
            Name = parsed.GetValue(_image)!,
            Flasher = desk.Link.Flasher,
            EraseSettings = parsed.GetValue(_erase),
            Force = parsed.GetValue(_force),
            ExpectVersion = parsed.GetValue(_version),
            Baud = desk.Link.Baud,
            Loader = desk.Link.Loader,
            Backup = backup is null ? null : async (whole, token) =>
            {
                await backup.WriteAsync(whole, token).ConfigureAwait(false);
                return backup.Path;
            },
        };
        return FlashWork.RunAsync(desk.Bench, order, desk.Voice.Say, desk.Progress, cancellationToken);
    }

    /// <summary>The station writes; its sentences and progress are those of a bench of one's own.</summary>
    private async Task<FlashSight> AtStationAsync(ParseResult parsed, StationDesk desk, FirmwareImage image, FreshFile? backup, CancellationToken cancellationToken)
    {
        if (backup is not null)
        {
            throw new UsageException(
                $"--backup: station {desk.Station.Where} erases without waiting until a copy has reached this program's disk. Make one first with ./lab flash read {desk.Slot} FILE, and leave the option out.");
        }

        ImageView view = await desk.Station.UploadAsync(image.File, Path.GetFileName(parsed.GetValue(_image)!), cancellationToken).ConfigureAwait(false);
        FlashOrderRequest request = new(
            view.Sha256, parsed.GetValue(_image), parsed.GetValue(_erase), parsed.GetValue(_force), parsed.GetValue(_version), _common.FlasherWord(parsed), _common.Baud(parsed));
        return await desk.DoAsync<FlashSight>("flash", request, cancellationToken).ConfigureAwait(false);
    }
}
