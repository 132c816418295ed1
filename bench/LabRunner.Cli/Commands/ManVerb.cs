using System.CommandLine;
using LabRunner.Bench.Hosting;
using LabRunner.Cli.Terminal;

namespace LabRunner.Cli.Commands;

/// <summary><c>man</c>: the manual page, made from what the verbs say of themselves.</summary>
internal sealed class ManVerb : IVerb
{
    public Command Build()
    {
        Command command = new("man", "Print the manual page of all verbs, for man(1). Example: ./lab man > labrunner.1");
        command.SetAction(_ =>
        {
            Console.Write(ManualPage.Write(Program.Verbs(), RunnerVersion.Text));
            return (int)ExitCode.Pass;
        });
        return command;
    }
}
