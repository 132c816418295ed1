using System.CommandLine;
using LabRunner.Bench.Hosting;

namespace LabRunner.Cli.Commands;

/// <summary><c>completion</c>: a script that lets the shell complete verbs and options, by asking this program's suggest directive.</summary>
internal sealed class CompletionVerb : IVerb
{
    // $line is what was typed after the program's name, $point the cursor's place in it.
    private const string Bash =
        """
        _lab_complete() {
          local line=${COMP_LINE#"${COMP_WORDS[0]}"} point
          line=${line# }
          point=$((COMP_POINT - ${#COMP_LINE} + ${#line}))
          mapfile -t COMPREPLY < <("@program@" "[suggest:$point]" "$line" 2>/dev/null)
        }
        complete -o default -F _lab_complete lab ./lab labrunner
        """;

    private const string Zsh =
        """
        #compdef lab labrunner
        _lab_complete() {
          local line=${BUFFER#* } point
          point=$((CURSOR - ${#BUFFER} + ${#line}))
          local -a answers=("${(@f)$("@program@" "[suggest:$point]" "$line" 2>/dev/null)}")
          compadd -- $answers
        }
        compdef _lab_complete lab ./lab labrunner
        [[ ${funcstack[1]} != _labrunner ]] || _lab_complete
        """;

    private const string Fish =
        """
        function __lab_complete
          set -l line (string replace -r '^\S+\s*' '' -- (commandline -cp))
          "@program@" "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c lab -a '(__lab_complete)'
        complete -c labrunner -a '(__lab_complete)'
        """;

    private static readonly Dictionary<string, string> Scripts = new() { ["bash"] = Bash, ["zsh"] = Zsh, ["fish"] = Fish };

    private readonly Argument<string> _shell = new("shell") { Description = "bash, zsh or fish." };
    private readonly Option<string?> _program = new("--program") { Description = "Path of the program that the script asks. Default: this one's." };

    public Command Build()
    {
        _shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        Command command = new("completion", "Print a script that completes verbs and options in a shell. Example: source <(./lab completion bash)") { _shell, _program };
        command.SetAction(parsed =>
        {
            string program = parsed.GetValue(_program) ?? Environment.ProcessPath ?? throw new UsageException("completion: this program does not know its own path. Start it by its path.");
            Console.WriteLine(Scripts[parsed.GetValue(_shell)!].Replace("@program@", program, StringComparison.Ordinal));
            return (int)ExitCode.Pass;
        });
        return command;
    }
}
