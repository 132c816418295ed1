using System.CommandLine;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Cli.Terminal;
using LabRunner.Reports.Notify;
using Spectre.Console;

namespace LabRunner.Cli.Commands;

/// <summary><c>night</c>: the main job.</summary>
internal sealed class NightVerb : IVerb
{
    private readonly Option<string> _bench = new("--bench") { Description = "Inventory: a name of bench/inventory or a file.", DefaultValueFactory = _ => "virtual" };
    private readonly Option<string> _plan = new("--plan") { Description = "Plan: a name of bench/plans or a file.", DefaultValueFactory = _ => "smoke" };
    private readonly Option<string?> _out = new("--out") { Description = "Run folder. Default runs/<utc-stamp>-<bench>." };
    private readonly Option<long> _seed = new("--seed") { Description = "Seed of all randomness.", DefaultValueFactory = _ => 1 };
    private readonly Option<double?> _scale = new("--time-scale") { Description = "Run seconds per second on a virtual bench. Default: the plan's." };
    private readonly Option<long?> _night = new("--night") { Description = "Number of the night, for a plan that rotates roles over the slots. Default: the days since 1 January 2000." };
    private readonly Option<string?> _slots = new("--slots") { Description = "Slots to use, separated by commas. Default: all." };
    private readonly Option<string?> _resume = new("--resume") { Description = "Go on with the run in this folder, whose runner died; alone, or with --json." };
    private readonly Option<string?> _notify = new("--notify") { Description = "Tell the night on the channels of this file when it is over; see the verb notify." };
    private readonly Option<bool> _json = new("--json") { Description = "Progress and scorecard as JSON, a line each." };

    public Command Build()
    {
        Command command = new("night", "Run a plan of soak suites on a bench and write the stability report. Example: ./lab night --bench my-lab --plan nightly")
        {
            _bench, _plan, _out, _seed, _night, _scale, _slots, _resume, _notify, _json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        bool json = parsed.GetValue(_json);
        if (parsed.GetValue(_out) is "" || parsed.GetValue(_slots)?.Trim(',', ' ') is "")
        {
            throw new UsageException("--out and --slots: an empty value names nothing. Leave the option out, or give it one.");
        }

        string? resume = parsed.GetValue(_resume);
        if (resume is not null)
        {
            Option? other = new Option[] { _bench, _plan, _out, _seed, _night, _scale, _slots }.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false });
            if (resume.Length == 0 || other is not null)
            {
                throw new UsageException(other is null
                    ? "--resume: an empty value names nothing. Give it the folder of a run."
                    : $"--resume: a run goes on as it was begun, so {other.Name} says nothing here. Leave it out.");
            }
        }

        // A file that cannot be used is said before the night, not after it.
        NotifyFile? notify = parsed.GetValue(_notify) is { Length: > 0 } named ? NotifyFile.Load(named) : null;
        BenchOwnerOptions options = new()
        {
            Resume = resume,
            Bench = parsed.GetValue(_bench)!,
            Plan = parsed.GetValue(_plan)!,
            Seed = parsed.GetValue(_seed),
            Night = parsed.GetValue(_night) is not < 0 ? parsed.GetValue(_night) : throw new UsageException("--night: nights are counted from 0."),
            TimeScale = parsed.GetValue(_scale),
            Slots = parsed.GetValue(_slots)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            RunFolder = parsed.GetValue(_out),
        };
        NightResult result;
        if (json)
        {
            result = await new NightRunner(options, new JsonNightView(Console.Out)).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected)
        {
            result = await LiveNightView.RunAsync(view => new NightRunner(options, view).RunAsync(cancellationToken)).ConfigureAwait(false);
        }
        else
        {
            result = await new NightRunner(options, new PlainNightView(Console.Out)).RunAsync(cancellationToken).ConfigureAwait(false);
        }

        if (result.Card is { } card)
        {
            ScorecardView.Print(card, json);
        }

        if (result.Fault is { } fault)
        {
            await Console.Error.WriteLineAsync($"Bench fault ({fault.Kind}): {fault.Message}").ConfigureAwait(false);
        }

        if (result.Card is null)
        {
            await Console.Error.WriteLineAsync($"The report is not written. When its cause is mended: ./lab report {result.Folder}").ConfigureAwait(false);
        }

        if (notify is not null && result.Card is not null)
        {
            // The verdict of the night stays what it is when nobody can be told.
            await NotifyVerb.TellAsync(notify, result.Folder, Console.Error, CancellationToken.None).ConfigureAwait(false);
        }

        return (result.Fault, result.Interrupted, result.Card) switch
        {
            ({ }, _, _) => (int)ExitCode.BenchFault,
            (_, true, _) => (int)ExitCode.Interrupted,
            (_, _, { } scored) => (int)ScorecardView.ToExitCode(scored),
            _ => (int)ExitCode.BenchFault,
        };
    }
}
