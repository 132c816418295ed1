using System.CommandLine;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Station.Api;

namespace LabRunner.Cli.Commands.Flash;

/// <summary><c>flash info</c>: what the DUT's chip is and what stands in its flash.</summary>
internal sealed class FlashInfoCommand(FlashOptions options)
{
    public Command Build()
    {
        Command command = new("info", "Say what a DUT's chip is and what stands in its flash: chip, boot headers, partition table, firmware. Changes nothing. Example: ./lab flash info p1");
        options.AddTo(command);
        command.SetAction((parsed, token) => options.RunAsync(
            parsed,
            FlashInfoWork.Verb,
            (desk, ending) => FlashInfoWork.RunAsync(desk.Bench, desk.Link, desk.Voice.Say, desk.Progress, ending),
            desk => desk.DoAsync<FlashInfoSight>("flash/info", new FlashInfoRequest(options.FlasherWord(parsed), options.Baud(parsed)), token),
            (sight, _) => Task.FromResult<object>(sight),
            token));
        return command;
    }
}
