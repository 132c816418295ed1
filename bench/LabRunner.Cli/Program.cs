using System.CommandLine;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Inventory;
using LabRunner.Cli.Terminal;
using LabRunner.Hardware.Faults;

namespace LabRunner.Cli;

/// <summary>The <c>labrunner</c> program. Every failure a person can cause or mend is a sentence and an exit code, never a stack trace.</summary>
public static class Program
{
    /// <summary>Runs the verb that the arguments name.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> Main(string[] args)
    {
        // Harness and serial calls block for a moment; with the default of one thread a core, the watch would wait behind them.
        ThreadPool.SetMinThreads(32, 32);
        if (args is [GuardDuty.Verb])
        {
            // Before anything that ends a program on a signal: a guard outlives them all.
            return await GuardDuty.RunAsync(Console.In, Console.Out, Console.Error).ConfigureAwait(false);
        }

        using HangUp hangUp = new();
        ParseResult parsed = Verbs().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            await UsageErrors.SayAsync(parsed, Console.Error).ConfigureAwait(false);
            return (int)ExitCode.Usage;
        }

        try
        {
            // The library's own handling of signals ends the program at the second one, before the bench is safe.
            InvocationConfiguration configuration = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(configuration, hangUp.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (Explain(failure) is { } explained)
        {
            await Console.Error.WriteLineAsync(explained.Text).ConfigureAwait(false);
            return (int)explained.Code;
        }
    }

    /// <summary>The command with every verb.</summary>
    public static RootCommand Verbs()
    {
        RootCommand root = new("LabRunner: a lab bench that proves how stable a smart plug is.");
        foreach (Type type in typeof(IVerb).Assembly.GetTypes().Where(t => t.IsClass && t.IsAssignableTo(typeof(IVerb))).OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            root.Subcommands.Add(((IVerb)Activator.CreateInstance(type)!).Build());
        }

        return root;
    }

    private static (ExitCode Code, string Text)? Explain(Exception failure) => failure switch
    {
        UsageException usage => (ExitCode.Usage, usage.Message),
        FileProblemsException or BadFileException => (ExitCode.BadFile, failure.Message),
        BenchFaultException fault => (ExitCode.BenchFault, $"Bench fault ({fault.Kind}): {fault.Message}"),
        OperationCanceledException => (ExitCode.Interrupted, "Interrupted."),
        _ => null,
    };
}
