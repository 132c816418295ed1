using System.CommandLine;
using LabRunner.Cli;

namespace LabRunner.Bench.Tests.Conventions;

// The virtual bench has a Program too, outside of any namespace.
using Program = LabRunner.Cli.Program;

/// <summary>What every verb owes to who asks it for help.</summary>
public sealed class HelpTests
{
    private static IEnumerable<string> Paths() => Commands(Program.Verbs(), "").Select(entry => entry.Path);

    [TestCaseSource(nameof(Paths))]
    public void Help_OfEveryVerb_HasAnExampleOfIt(string path)
    {
        string description = Commands(Program.Verbs(), "").Single(entry => entry.Path == path).Command.Description ?? "";

        Assert.That(description, Does.Contain("Example: ").And.Contain($"./lab {path.Split(' ')[0]}"));
    }

    [TestCaseSource(nameof(Paths))]
    public void Example_OfEveryVerb_IsACommandLineThatParses(string path)
    {
        string description = Commands(Program.Verbs(), "").Single(entry => entry.Path == path).Command.Description ?? "";
        string line = description[(description.LastIndexOf("./lab ", StringComparison.Ordinal) + "./lab ".Length)..].Split('>')[0].TrimEnd(')', ' ');

        Assert.That(Program.Verbs().Parse(line).Errors, Is.Empty);
    }

    [TestCase("bash")]
    [TestCase("zsh")]
    [TestCase("fish")]
    public void Completion_KnowsTheShell(string shell) => Assert.That(Program.Verbs().Parse(["completion", shell]).Errors, Is.Empty);

    [Test]
    public void Completion_OfAnotherShell_IsRefused() => Assert.That(Program.Verbs().Parse(["completion", "tcsh"]).Errors, Is.Not.Empty);

    private static IEnumerable<(string Path, Command Command)> Commands(Command parent, string path) =>
        parent.Subcommands.Where(command => !command.Hidden)
            .SelectMany(command => (IEnumerable<(string, Command)>)[($"{path}{command.Name}", command), .. Commands(command, $"{path}{command.Name} ")]);
}
