using System.CommandLine;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Cli.Terminal;
using LabRunner.Reports.Notify;
using LabRunner.Station.Api;
using LabRunner.Station.Client;

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
    private readonly Option<string?> _why = new("--why") { Description = "Why, for the journal, the station's audit log and whoever waits." };
    private readonly Option<bool> _alone = new("--alone") { Description = "Play it in this program, also where a station could be asked." };
    private readonly Option<bool> _json = new("--json") { Description = "Progress and scorecard as JSON, a line each." };

    public Command Build()
    {
        Command command = new("night", "Run a plan of soak suites on a bench and write the stability report. Where a station has the bench it becomes a job of its queue, with the same scorecard and exit code. Example: ./lab night --bench my-lab --plan nightly")
        {
            _bench, _plan, _out, _seed, _night, _scale, _slots, _resume, _notify, _why, _alone, _json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        bool json = parsed.GetValue(_json);
        if (parsed.GetValue(_out) is "")
        {
            throw new UsageException("--out: an empty value names nothing. Leave the option out, or give it one.");
        }

        string? resume = parsed.GetValue(_resume);
        if (resume is not null)
        {
            Option? other = new Option[] { _bench, _plan, _out, _seed, _night, _scale, _slots, _why }.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false });
            if (resume.Length == 0 || other is not null)
            {
                throw new UsageException(other is null
                    ? "--resume: an empty value names nothing. Give it the folder of a run."
                    : $"--resume: a run goes on as it was begun, so {other.Name} says nothing here. Leave it out.");
            }
        }

        // A file that cannot be used is said before the night, not after it.
        NotifyFile? notify = parsed.GetValue(_notify) is { Length: > 0 } named ? NotifyVerb.Load(named) : null;
        BenchOwnerOptions options = new()
        {
            Resume = resume,
            Bench = parsed.GetValue(_bench)!,
            Plan = parsed.GetValue(_plan)!,
            Seed = parsed.GetValue(_seed),
            Night = parsed.GetValue(_night) is not < 0 ? parsed.GetValue(_night) : throw new UsageException("--night: nights are counted from 0."),
            TimeScale = parsed.GetValue(_scale),
            Slots = ListOption.Of(parsed, _slots),
            Why = parsed.GetValue(_why),
            RunFolder = parsed.GetValue(_out),
        };
        using StationClient? station = await StationAsync(parsed, cancellationToken).ConfigureAwait(false);
        Func<INightView, Task<NightResult>> night = station is null ? view => new NightRunner(options, view).RunAsync(cancellationToken) : Play(station, options, notify, cancellationToken);
        return await NightEnd.TellAsync(await NightEnd.ShowAsync(json, night).ConfigureAwait(false), notify, json).ConfigureAwait(false);
    }

    /// <summary>The station that has the bench; null: none, so that this program opens it itself. A run that goes on needs the machine of its runner.</summary>
    private async Task<StationClient?> StationAsync(ParseResult parsed, CancellationToken cancellationToken) => parsed.GetValue(_alone) || parsed.GetValue(_resume) is not null
        ? null
        : await StationClient.FindAsync(parsed.GetValue(_bench)!, null, cancellationToken).ConfigureAwait(false);

    /// <summary>The night as a job of the station: the same plan, seed and suites, from its queue.</summary>
    private static Func<INightView, Task<NightResult>> Play(StationClient station, BenchOwnerOptions options, NotifyFile? notify, CancellationToken cancellationToken)
    {
        if (options.RunFolder is not null)
        {
            throw new UsageException($"--out: station {station.Where} plays this night, into its own folder of runs. Leave the option out; --alone plays it in this program, once the station has let go of the bench.");
        }

        if (notify is not null && !station.IsHere)
        {
            throw new UsageException($"--notify: the run will stand on the machine of station {station.Where}, and this program has nothing to tell of it. Name the channels in that station's schedule, or run ./lab notify there.");
        }

        station.Why = options.Why;
        JobRequest request = new(options.Plan, options.Slots, null, options.Seed, options.TimeScale, Night: options.Night);
        return view => station.PlayAsync(request, view, cancellationToken);
    }
}
