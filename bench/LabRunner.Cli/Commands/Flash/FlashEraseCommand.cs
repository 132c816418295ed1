using System.CommandLine;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Station.Api;

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

        if (!parsed.GetValue(_yes))
        {
            string what = FlashLink.Stretch(from ?? 0, length);
            throw new UsageException($"This would erase {what} of the DUT for good. Say --yes if that is meant; ./lab flash read SLOT FILE makes a copy first. Nothing was touched.");
        }

        return options.RunAsync(
            parsed,
            FlashEraseWork.Verb,
            (desk, ending) => FlashEraseWork.RunAsync(
                desk.Bench, new FlashEraseOrder(desk.Link, (uint)(from ?? 0), length, parsed.GetValue(_factory)), desk.Voice.Say, desk.Progress, ending),
            desk => desk.DoAsync<FlashEraseSight>(
                "flash/erase", new FlashEraseRequest(from, length, all, Yes: true, parsed.GetValue(_factory), options.FlasherWord(parsed), options.Baud(parsed)), cancellationToken),
            (sight, _) => Task.FromResult<object>(sight),
            cancellationToken);
    }
}
