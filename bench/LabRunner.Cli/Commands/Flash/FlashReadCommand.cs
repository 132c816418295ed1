using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Cli.Commands.Flash;

/// <summary><c>flash read</c>: a copy of a DUT's flash, or of a part of it, proved by the chip.</summary>
internal sealed class FlashReadCommand(FlashOptions options)
{
    private readonly Argument<string> _file = new("file") { Description = "File for the copy; must not exist." };
    private readonly FlashAddress _from = new("--from", "First byte, for example 0x10000; default 0.");
    private readonly FlashAddress _length = new("--length", "Bytes; default: up to the end of the flash.");

    public Command Build()
    {
        Command command = new("read", "Copy a DUT's flash, or a part of it, into a file and compare the copy with the chip. Example: ./lab flash read p1 backup.bin");
        options.AddTo(command, _file);
        command.Options.Add(_from.Option);
        command.Options.Add(_length.Option);
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using FreshFile file = FreshFile.Open("file", parsed.GetValue(_file)!);
        return await options.RunAsync(parsed, "flash read", (desk, token) => ReadAsync(parsed, desk, file, token), cancellationToken).ConfigureAwait(false);
    }

    private async Task<object> ReadAsync(ParseResult parsed, FlashDesk desk, FreshFile file, CancellationToken cancellationToken)
    {
        uint from = (uint)(_from.Value(parsed) ?? 0);
        long? length = _length.Value(parsed);
        (byte[] bytes, string? proof) = desk.Flasher is { } flasher
            ? (await ToolHand.ReadAsync(
                desk.Bench,
                flasher,
                from,
                (int)(length ?? throw new UsageException($"--length: how large the flash is, {flasher.Flasher} is not asked. Say how many bytes to read, for example --length 0x100000.")),
                options.Baud(parsed),
                desk.Voice.Say,
                desk.Progress,
                cancellationToken).ConfigureAwait(false), null)
            : await FlashHand.WithChipAsync(
                desk.Bench, options.Loader(parsed), options.Baud(parsed), desk.Voice.Say, session => ReadAsync(session, desk, from, length, cancellationToken), cancellationToken).ConfigureAwait(false);
        await file.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        string hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        desk.Voice.Say(string.Create(CultureInfo.InvariantCulture, $"{file.Path}: {bytes.Length:N0} bytes from 0x{from:X}, SHA-256 {hash}, {(proof is null ? "as the tool read them (nothing else vouches for them)" : $"proved by {proof}")}."));
        return new { slot = desk.Bench.Slot.Entry.Name, file = file.Path, from, bytes = bytes.Length, sha256 = hash, provedBy = proof, folder = desk.Bench.Folder };
    }

    private static async Task<(byte[] Bytes, string? Proof)> ReadAsync(IFlashSession session, FlashDesk desk, uint from, long? length, CancellationToken cancellationToken)
    {
        long count = length ?? session.Chip.FlashBytes - (long)from;
        if (count <= 0 || from + count > session.Chip.FlashBytes)
        {
            throw new FlashFailedException(
                "range", $"0x{from:X} with a length of 0x{Math.Max(0, count):X} is not within the chip's flash, which ends at 0x{session.Chip.FlashBytes:X}", "Name a stretch within it; nothing was read");
        }

        byte[] bytes = await session.ReadAsync(from, (int)count, desk.Progress, cancellationToken).ConfigureAwait(false);
        return await session.HoldsAsync(from, bytes, desk.Progress, cancellationToken).ConfigureAwait(false)
            ? (bytes, session.Traits.Proof)
            : throw new FlashFailedException("verify", $"by {session.Traits.Proof}, what was read is not what stands there", "The line changes bytes: check wires and ground, or take a lower speed with --baud");
    }
}
