using System.CommandLine;
using System.Net;
using System.Text.Json;
using LabRunner.Bench.Hosting.Discovery;
using LabRunner.Bench.Hosting.Discovery.Proposal;
using LabRunner.Bench.Hosting.Discovery.Survey;
using LabRunner.Bench.Inventory;

namespace LabRunner.Cli.Commands;

/// <summary><c>bench scan</c>: proposes an inventory from what the machine has.</summary>
internal sealed class BenchScanCommand
{
    private const int PlugPort = 80;

    private readonly Option<bool> _json = new("--json") { Description = "Print what was found, and the proposal, as JSON." };
    private readonly Option<bool> _probeI2c = new("--probe-i2c") { Description = "Also read a byte from every address of the I2C buses." };
    private readonly Option<string?> _network = new("--network") { Description = "Also ask every address of this IPv4 network for a plug, such as 192.168.4.0/24." };

    public Command Build()
    {
        Command command = new(
            "scan",
            "Propose an inventory from the GPIO chips, serial ports, PWM chips, I2C buses and hubs of this machine. Nothing is opened, switched or searched unless an option says so. "
            + "Example: ./lab bench scan > bench/inventory/my-lab.yaml")
        {
            _json, _probeI2c, _network,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        IReadOnlyList<IPAddress>? addresses = parsed.GetValue(_network) is { } network ? PlugSearch.Addresses(network) : null;
        MachineSurvey survey = await MachineSurvey.TakeAsync(new LinuxMachine(), parsed.GetValue(_probeI2c), cancellationToken).ConfigureAwait(false);
        IReadOnlyList<FoundPlug>? plugs = addresses is null ? null : await PlugSearch.RunAsync(addresses, PlugPort, cancellationToken).ConfigureAwait(false);
        string proposal = InventoryProposal.Write(survey, plugs, BoardLoader.Names(BenchFolders.Find().Boards));
        Console.Write(parsed.GetValue(_json) ? JsonSerializer.Serialize(new { survey, plugs, proposal }, JsonSerializerOptions.Web) + "\n" : proposal);
        return (int)ExitCode.Pass;
    }
}
