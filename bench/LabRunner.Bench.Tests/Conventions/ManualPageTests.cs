using System.CommandLine;
using LabRunner.Cli;
using LabRunner.Cli.Terminal;

namespace LabRunner.Bench.Tests.Conventions;

using Program = LabRunner.Cli.Program;

/// <summary>The manual page says what the help says.</summary>
public sealed class ManualPageTests
{
    private static readonly string[] Requests = [".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".I", ".RI", ".EX", ".EE"];

    private readonly string[] _lines = ManualPage.Write(Program.Verbs(), "1.2.3+abc").Split('\n');

    [Test]
    public void EveryVerb_HasItsSection_WithItsOptions()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach ((string path, Command command) in Commands(Program.Verbs(), ""))
            {
                Assert.That(_lines, Has.Some.StartsWith($".SS labrunner {path}"), path);
                Assert.That(
                    command.Options.Where(o => !o.Hidden && o.Name is not ("--help" or "--version")).Where(o => !_lines.Any(l => l.StartsWith(".B ", StringComparison.Ordinal) && l.EndsWith(Escaped(o.Name), StringComparison.Ordinal))),
                    Is.Empty, path);
            }
        }
    }

    [Test]
    public void NoText_IsTakenForARequest() =>
        Assert.That(_lines.Where(l => l.StartsWith('\'') || (l.StartsWith('.') && !Requests.Contains(l.Split(' ')[0]))), Is.Empty);

    [Test]
    public void EveryExitCode_HasItsMeaning() =>
        Assert.That(Enum.GetValues<ExitCode>().Where(code => !_lines.Contains($".B {(int)code}")), Is.Empty);

    private static string Escaped(string text) => text.Replace("-", "\\-", StringComparison.Ordinal);

    private static IEnumerable<(string Path, Command Command)> Commands(Command parent, string before) => parent.Subcommands.Where(c => !c.Hidden)
        .SelectMany(c => (IEnumerable<(string, Command)>)[(Escaped($"{before}{c.Name}"), c), .. Commands(c, $"{before}{c.Name} ")]);
}
