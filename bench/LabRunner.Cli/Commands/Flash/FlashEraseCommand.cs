using System.CommandLine;
using System.Globalization;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Cli.Commands.Flash;

/// <summary><c>flash erase</c>: sectors of a DUT's flash, or all of it, asked for twice.</summary>
internal sealed class FlashEraseCommand(FlashOptions options)
{
    private readonly FlashAddress _from = new("--from", "First byte, on a sector's border.");
    private readonly FlashAddress _length = new("--length", "Bytes, whole sectors.");
    private readonly Option<bool> _all = new("--all") { Description = "The whole flash." };
    private readonly Option<bool> _yes = new("--yes") { Description = "Yes, erase it. Without it nothing is touched." };
    private readonly Option<bool> _factory = new("--with-factory") { Description = "Erase a BL602's partition 'factory' (radio calibration of this very plug) too where the stretch holds it." };

    public Command Build()
    {
        Command command = new("erase", "Erase sectors of a DUT's flash, or all of it, and prove it. Example: ./lab flash erase p1 --from 0x1E9000 --length 0x8000 --yes");
        options.AddTo(command);
        foreach (Option option in (Option[])[_from.Option, _length.Option, _all, _yes, _factory])
        {
            command.Options.Add(option);
        }

        command.SetAction(RunAsync);
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        bool all = parsed.GetValue(_all);
        (long? from, long? length) = (_from.Value(parsed), _length.Value(parsed));
        if (all ? from is not null || length is not null : from is null || length is null)
        {
            throw new UsageException("Say either --all, or both --from and --length.");
        }

        string what = all ? "the whole flash" : $"0x{length:X} bytes from 0x{from:X}";
        return parsed.GetValue(_yes)
            ? options.RunAsync(parsed, "flash erase", (desk, token) => EraseAsync(parsed, desk, from ?? 0, length, token), cancellationToken)
            : throw new UsageException($"This would erase {what} of the DUT for good. Say --yes if that is meant; ./lab flash read SLOT FILE makes a copy first. Nothing was touched.");
    }

    private async Task<object> EraseAsync(ParseResult parsed, FlashDesk desk, long from, long? length, CancellationToken cancellationToken)
    {
        desk.DemandBuiltIn("flash erase");
        (long erased, string proof) = await FlashHand.WithChipAsync(
            desk.Bench,
            options.Loader(parsed),
            options.Baud(parsed),
            desk.Voice.Say,
            async session =>
            {
                long count = length ?? session.Chip.FlashBytes;
                await FlashErase.RunAsync(session, (uint)from, count, parsed.GetValue(_factory), desk.Progress, cancellationToken).ConfigureAwait(false);
                return (count, session.Traits.Proof);
            },
            cancellationToken).ConfigureAwait(false);
        desk.Voice.Say(string.Create(CultureInfo.InvariantCulture, $"Erased {erased:N0} bytes from 0x{from:X}, proved by {proof}."));
        return new { slot = desk.Bench.Slot.Entry.Name, from, bytes = erased, provedBy = proof, folder = desk.Bench.Folder };
    }
}
