using System.CommandLine;
using System.Globalization;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;

namespace LabRunner.Cli.Commands.Flash;

/// <summary><c>flash info</c>: what the DUT's chip is and what stands in its flash.</summary>
internal sealed class FlashInfoCommand(FlashOptions options)
{
    public Command Build()
    {
        Command command = new("info", "Say what a DUT's chip is and what stands in its flash: chip, boot headers, partition table, firmware. Changes nothing. Example: ./lab flash info p1");
        options.AddTo(command);
        command.SetAction((parsed, token) => options.RunAsync(parsed, "flash info", (desk, ending) => LookAsync(parsed, desk, ending), token));
        return command;
    }

    private async Task<object> LookAsync(ParseResult parsed, FlashDesk desk, CancellationToken cancellationToken)
    {
        desk.DemandBuiltIn("flash info");
        ChipReport report = await FlashHand.WithChipAsync(
            desk.Bench, options.Loader(parsed), options.Baud(parsed), desk.Voice.Say, session => ChipSurvey.LookAsync(session, desk.Progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        Action<string> say = desk.Voice.Say;
        foreach (ChipContents contents in report.Contents)
        {
            FirmwareImage image = contents.Contents;
            say(string.Create(
                CultureInfo.InvariantCulture, $"{contents.Name} at 0x{contents.Address:X}: {image.KindText}, version {image.Version ?? "not stated"}, SHA-256 {image.Sha256}"));
            foreach (ImageFact fact in image.Facts)
            {
                say($"  {fact.Name,-19} {Printable(fact.Value)}");
            }

            foreach (string problem in image.Problems)
            {
                say($"  problem: {Printable(problem)}");
            }
        }

        if (report.Table is { } table)
        {
            say(string.Create(CultureInfo.InvariantCulture, $"partition table, age {table.Age}:"));
            say("  name      type  active  slot 0                slot 1                in use");
            foreach (Partition entry in table.Entries)
            {
                say(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {Printable(entry.Name),-9} {entry.Type,4}  {entry.ActiveSlot,6}  {Place(entry.Address0, entry.MaxLength0),-20}  {Place(entry.Address1, entry.MaxLength1),-20}  {entry.ContentLength:N0}"));
            }
        }

        foreach (string problem in report.Problems)
        {
            say($"problem: {Printable(problem)}");
        }

        return new
        {
            slot = desk.Bench.Slot.Entry.Name,
            chip = report.Chip,
            contents = report.Contents.Select(c => new
            {
                c.Name, addressBytes = c.Address, kind = c.Contents.Kind.ToString(), c.Contents.Version, c.Contents.Sha256, c.Contents.Facts, c.Contents.Problems,
            }),
            partitions = report.Table?.Entries,
            partitionAge = report.Table?.Age,
            problems = report.Problems,
            folder = desk.Bench.Folder,
        };
    }

    private static string Place(uint address, uint length) => length == 0 ? "-" : $"0x{address:X6} +0x{length:X}";

    private static string Printable(string text) => string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c : '?'));
}
