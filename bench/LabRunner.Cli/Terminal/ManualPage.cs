using System.CommandLine;
using System.Text;

namespace LabRunner.Cli.Terminal;

/// <summary>A manual page in the man macros of roff (groff_man(7)), made from the commands themselves: it says what <c>--help</c> says.</summary>
public static class ManualPage
{
    private const string ExampleWord = " Example: ./lab ";

    /// <summary>Writes the page.</summary>
    /// <param name="root">The command with every verb.</param>
    /// <param name="version">Version of the program.</param>
    public static string Write(RootCommand root, string version)
    {
        StringBuilder page = new();
        page.Append($".TH LABRUNNER 1 \"\" \"LabRunner {Text(version.Split('+')[0])}\" \"User Commands\"\n.SH NAME\nlabrunner \\- {Text(Short(root.Description))}\n");
        page.Append(".SH SYNOPSIS\n.B labrunner\n.I verb\n.RI [ options ]\n.SH DESCRIPTION\n");
        Paragraph(page, root.Description ?? "");
        page.Append(".SH VERBS\n");
        foreach (Command verb in root.Subcommands.Where(c => !c.Hidden).OrderBy(c => c.Name, StringComparer.Ordinal))
        {
            Write(page, verb, "labrunner");
        }

        page.Append(".SH EXIT STATUS\n");
        foreach ((ExitCode code, string meaning) in Codes)
        {
            page.Append($".TP\n.B {(int)code}\n{Text(meaning)}\n");
        }

        page.Append(".SH FILES\n.TP\n.I /etc/labrunner\nInventories, plans and board files; station.env says with what the station starts.\n");
        page.Append(".TP\n.I /var/lib/labrunner/runs\nRuns, and below station/ the station's own files.\n");
        page.Append(".SH ENVIRONMENT\n.TP\n.B LABRUNNER_STATION\nThe station to ask: an https address, the path of a socket, or off.\n.TP\n.B LABRUNNER_TOKEN\nThe token for a station at an https address.\n");
        page.Append(".TP\n.B LABRUNNER_HOME\nThe folder that has bench/inventory, bench/plans and hardware/boards.\n");
        return page.ToString();
    }

    private static IReadOnlyList<(ExitCode Code, string Meaning)> Codes { get; } =
    [
        (ExitCode.Pass, "Done; of a night: all PASS or WARN."), (ExitCode.Fail, "The product failed."), (ExitCode.Inconclusive, "Nothing failed, but a test could not tell, or nothing was asked."),
        (ExitCode.BenchFault, "Bench fault: nothing is known of the product."), (ExitCode.Usage, "The command line is wrong."), (ExitCode.BadFile, "An inventory, board or plan file is wrong."),
        (ExitCode.Interrupted, "Interrupted; outputs are off and the journal is closed."),
    ];

    private static void Write(StringBuilder page, Command command, string before)
    {
        string path = $"{before} {command.Name}";
        page.Append($".SS {Text(path)}{string.Concat(command.Arguments.Where(a => !a.Hidden).Select(a => $" \\fI{Text(a.Name)}\\fR"))}\n");
        string description = command.Description ?? "";
        int example = description.IndexOf(ExampleWord, StringComparison.Ordinal);
        Paragraph(page, example < 0 ? description : description[..example]);
        if (example >= 0)
        {
            page.Append($".PP\n.EX\nlabrunner {Text(description[(example + ExampleWord.Length)..])}\n.EE\n");
        }

        foreach (Argument argument in command.Arguments.Where(a => !a.Hidden))
        {
            page.Append($".TP\n.I {Text(argument.Name)}\n");
            Paragraph(page, argument.Description ?? "");
        }

        foreach (Option option in command.Options.Where(o => !o.Hidden && o.Name is not ("--help" or "--version")))
        {
            page.Append($".TP\n.B {Text(string.Join(", ", [.. option.Aliases.Order(StringComparer.Ordinal), option.Name]))}\n");
            Paragraph(page, option.Description ?? "");
        }

        foreach (Command under in command.Subcommands.Where(c => !c.Hidden))
        {
            Write(page, under, path);
        }
    }

    private static void Paragraph(StringBuilder page, string text) => page.Append(Text(text)).Append('\n');

    private static string Short(string? description) => (description ?? "").Split(':', 2) is [_, var rest] ? rest.Trim().TrimEnd('.') : description ?? "";

    // A backslash begins an escape, a hyphen would become a dash, and a line that begins with a dot or an apostrophe is a request.
    private static string Text(string text)
    {
        string escaped = text.ReplaceLineEndings(" ").Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return escaped is ['.' or '\'', ..] ? "\\&" + escaped : escaped;
    }
}
