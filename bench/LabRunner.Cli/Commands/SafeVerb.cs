using System.CommandLine;
using LabRunner.Bench.Hosting.Hand;

namespace LabRunner.Cli.Commands;

/// <summary><c>safe</c>: everything off, on a bench that nobody has.</summary>
internal sealed class SafeVerb : IVerb
{
    private readonly Option<string> _bench = new("--bench") { Description = "Inventory: a name of bench/inventory or a file.", DefaultValueFactory = _ => "virtual" };

    public Command Build()
    {
        Command command = new(
            "safe",
            "Switch off every slot of a bench that may go off, and release its boot straps. For the service manager, before a station starts and after it has ended; a bench that somebody has is left to him. "
            + "Exit code 3 when something could not be switched. Example: ./lab safe --bench my-lab")
        {
            _bench,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        await SafeHand.SwitchOffAsync(parsed.GetValue(_bench)!, Console.WriteLine, cancellationToken).ConfigureAwait(false) ? (int)ExitCode.Pass : (int)ExitCode.BenchFault;
}
