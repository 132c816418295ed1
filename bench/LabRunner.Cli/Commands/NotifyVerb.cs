using System.CommandLine;
using LabRunner.Bench.Hosting;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Notify;

namespace LabRunner.Cli.Commands;

/// <summary><c>notify RUN</c>: tells a night on the channels of a file.</summary>
internal sealed class NotifyVerb : IVerb
{
    private readonly Argument<string> _run = new("run") { Description = "Run folder." };
    private readonly Option<string> _file = new("--file") { Description = "File with the channels; its keys are in reports/README.md.", DefaultValueFactory = _ => "bench/notify.yaml" };
    private readonly Option<bool> _show = new("--show") { Description = "Print the paragraph, check the file and whether its secrets are there; tell nobody." };

    public Command Build()
    {
        Command command = new("notify", "Tell a night by webhook, Slack, Discord, Matrix, mail or MQTT. Example: ./lab notify runs/20260101T200000Z-my-lab --file bench/notify.yaml") { _run, _file, _show };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string folder = Path.GetFullPath(parsed.GetValue(_run)!);
        if (!File.Exists(Path.Combine(folder, "journal.db")))
        {
            throw new UsageException($"notify: {folder} is no run folder, it has no journal.db. Name a folder below runs/.");
        }

        NotifyFile file = Load(parsed.GetValue(_file)!);
        if (parsed.GetValue(_show))
        {
            Console.WriteLine(NightNews.Of(folder, file.ReportUrl).TextWithLink);
            IReadOnlyList<Told> checkedOnes = new Notifier(TimeProvider.System, Environment.GetEnvironmentVariable).Check(file);
            foreach (Told channel in checkedOnes)
            {
                Console.WriteLine(channel.Problem is null ? $"Could be told: {channel.Channel}." : $"Could not be told: {channel.Channel}: {channel.Problem}");
            }

            return checkedOnes.All(t => t.Problem is null) ? (int)ExitCode.Pass : (int)ExitCode.BenchFault;
        }

        return await TellAsync(file, folder, Console.Out, cancellationToken).ConfigureAwait(false) ? (int)ExitCode.Pass : (int)ExitCode.BenchFault;
    }

    /// <summary>Reads a file of channels.</summary>
    /// <exception cref="UsageException">There is no such file.</exception>
    /// <exception cref="BadFileException">It is wrong.</exception>
    internal static NotifyFile Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new UsageException($"{path}: there is no such file. Name one with channels like the one in reports/README.md.");
        }

        try
        {
            return NotifyFile.Load(path);
        }
        catch (BenchFaultException fault) when (fault.Kind == FaultKind.Configuration)
        {
            throw new BadFileException(fault.Message, fault);
        }
    }

    /// <summary>Tells a night and says how each channel fared.</summary>
    /// <returns>True when every channel was told.</returns>
    internal static async Task<bool> TellAsync(NotifyFile file, string folder, TextWriter output, CancellationToken cancellationToken)
    {
        IReadOnlyList<Told> told = await new Notifier(TimeProvider.System, Environment.GetEnvironmentVariable)
            .TellAsync(file, NightNews.Of(folder, file.ReportUrl), cancellationToken).ConfigureAwait(false);
        foreach (Told channel in told)
        {
            await output.WriteLineAsync(channel.Problem is null ? $"Told {channel.Channel}." : $"Not told {channel.Channel}: {channel.Problem}").ConfigureAwait(false);
        }

        return told.All(t => t.Problem is null);
    }
}
