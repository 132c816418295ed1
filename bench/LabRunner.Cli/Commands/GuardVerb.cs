using System.CommandLine;
using LabRunner.Bench.Hosting.Processes;

namespace LabRunner.Cli.Commands;

/// <summary><c>guard</c>: hidden; the process that switches mains off when the owner of a bench dies.</summary>
internal sealed class GuardVerb : IVerb
{
    public Command Build()
    {
        Command command = new("guard", "Switches a bench off when its owner dies. Started by the runner itself.") { Hidden = true };
        // The token is left unused on purpose: it is cancelled by SIGTERM and Ctrl-C, which must not end a guard.
        command.SetAction((_, _) => GuardDuty.RunAsync(Console.In, Console.Out, Console.Error));
        return command;
    }
}
