using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Station.Api;

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
        (long? from, long? length) = (_from.Value(parsed), _length.Value(parsed));
        return await options.RunAsync(
            parsed,
            "flash read",
            (desk, ending) => FlashReadWork.RunAsync(desk.Bench, new FlashReadOrder(desk.Link, (uint)(from ?? 0), length), desk.Voice.Say, desk.Progress, ending),
            async desk =>
            {
                (OperationView done, FlashReadSight sight) = await desk.EndAsync<FlashReadSight>(
                    "flash/read", new FlashReadRequest(from, length, options.FlasherWord(parsed), options.Baud(parsed)), cancellationToken).ConfigureAwait(false);
                return new FlashCopy(sight, await desk.Station.FetchCopyAsync(done.Id, cancellationToken).ConfigureAwait(false));
            },
            (copy, voice) => KeepAsync(file, copy, voice, cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task<object> KeepAsync(FreshFile file, FlashCopy copy, FlashVoice voice, CancellationToken cancellationToken)
    {
        (FlashReadSight sight, byte[] bytes) = copy;
        await file.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        string hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        voice.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{file.Path}: {bytes.Length:N0} bytes from 0x{sight.From:X}, SHA-256 {hash}, {(sight.ProvedBy is null ? "as the tool read them (nothing else vouches for them)" : $"proved by {sight.ProvedBy}")}."));
        return new { slot = sight.Slot, file = file.Path, from = sight.From, bytes = bytes.Length, sha256 = hash, provedBy = sight.ProvedBy, folder = sight.Folder };
    }
}
