using System.CommandLine;
using System.CommandLine.Help;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Station.Access;
using LabRunner.Station.Api;
using LabRunner.Station.Client;
using LabRunner.Station.Runs;
using Spectre.Console;

namespace LabRunner.Cli.Commands;

/// <summary><c>runs pin|unpin|sweep</c>: which runs a station keeps.</summary>
internal sealed class RunsVerb : IVerb
{
    private readonly Argument<string> _run = new("run") { Description = "Run folder." };
    private readonly Option<string?> _why = new("--why") { Description = "Why, for whoever wonders later." };
    private readonly Option<bool> _dry = new("--dry-run") { Description = "Only show what would go and what stays, with why." };
    private readonly Option<string> _bench = new("--bench") { Description = "Bench whose station is asked: a name of bench/inventory or a file.", DefaultValueFactory = _ => "virtual" };
    private readonly Option<string?> _state = TokenVerb.StateOption();
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };

    public Command Build()
    {
        Command pin = new("pin", "Keep a run whatever its age. Example: ./lab runs pin runs/20260101T200000Z-my-lab --why \"reference for 1.18.228\"") { _run, _why, _state };
        pin.SetAction(Pin);
        Command unpin = new("unpin", "Let a run go by its age again. Example: ./lab runs unpin runs/20260101T200000Z-my-lab") { _run, _state };
        unpin.SetAction(Unpin);
        Command sweep = new("sweep", "Have the station remove what its schedule's retention says, now. Example: ./lab runs sweep --dry-run --bench my-lab") { _dry, _why, _bench, _json };
        sweep.SetAction(SweepAsync);
        Command runs = new("runs", "Which runs are kept: pin, unpin, sweep. Example: ./lab runs sweep --dry-run") { pin, unpin, sweep };
        runs.SetAction(parsed => new HelpAction().Invoke(parsed));
        return runs;
    }

    private int Pin(ParseResult parsed)
    {
        string folder = Mine(parsed);
        new RunPin(Who, TimeProvider.System.GetUtcNow(), parsed.GetValue(_why)).Put(folder);
        Tell(parsed, folder, "pin", parsed.GetValue(_why));
        Console.WriteLine($"{folder} stays whatever its age. ./lab runs unpin lets it go again.");
        return (int)ExitCode.Pass;
    }

    private int Unpin(ParseResult parsed)
    {
        string folder = Mine(parsed);
        bool pinned = RunPin.Of(folder) is not null;
        RunPin.Remove(folder);
        if (pinned)
        {
            Tell(parsed, folder, "unpin", null);
        }

        Console.WriteLine(pinned ? $"{folder} goes by its age again." : $"{folder} was not pinned.");
        return (int)ExitCode.Pass;
    }

    private async Task<int> SweepAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string bench = parsed.GetValue(_bench)!;
        using StationClient station = await StationClient.FindAsync(bench, null, cancellationToken).ConfigureAwait(false)
            ?? throw new UsageException($"runs sweep: no station of bench '{bench}' runs here, and only it knows which runs somebody needs. Start it: ./lab serve --bench {bench}");
        RetentionView view = parsed.GetValue(_dry)
            ? await station.RetentionAsync(cancellationToken).ConfigureAwait(false)
            : await station.SweepAsync(parsed.GetValue(_why), cancellationToken).ConfigureAwait(false);
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(view, JsonSerializerOptions.Web));
            return (int)ExitCode.Pass;
        }

        Table table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("Run", run => run.NoWrap()).AddColumns("MB", view.Done ? "Gone" : "Goes", "Why");
        foreach (SweepRow row in view.Runs)
        {
            table.AddRow(Markup.Escape(row.Run), FormattableString.Invariant($"{row.Bytes / 1e6:0.0}"), row.Goes ? "yes" : "", Markup.Escape(SafeText.OneLine(row.Why, 200)));
        }

        AnsiConsole.Write(table);
        Console.WriteLine(FormattableString.Invariant($"{view.Bytes / 1e9:0.##} GB, {view.BytesAfter / 1e9:0.##} GB after. {view.Problem ?? (view.KeepNewest is null ? "The schedule has no 'retention': nothing goes." : "")}"));
        return (int)ExitCode.Pass;
    }

    /// <summary>Tells the audit log of the station of the run's bench, where there is one.</summary>
    private void Tell(ParseResult parsed, string folder, string done, string? why)
    {
        try
        {
            string state = TokenVerb.StateFolder(parsed.GetValue(_state), Scorecard.From(RunReader.ReadOutline(folder)).Bench);
            AuditSlip.Leave(state, $"{done} run {Path.GetFileName(folder)}", $"run {Path.GetFileName(folder)} {done}ned", why);
        }
        catch (BenchFaultException untold)
        {
            Console.Error.WriteLine($"The station's audit log does not have it: {untold.Message}");
        }
    }

    private static string Who => Environment.GetEnvironmentVariable(LeaseBook.OwnerVariable) is { Length: > 0 } told ? told : Environment.UserName;

    /// <summary>A run folder that nobody else has pinned.</summary>
    private string Mine(ParseResult parsed)
    {
        string folder = Folder(parsed);
        return RunPin.Of(folder) is { Who: { } who } && who != Who
            ? throw new UsageException($"runs: {who} pinned {folder}, and you are {Who}. Ask {who}, or an administrator of its station; where {who} is gone, remove the file {Path.Combine(folder, RunPin.FileName)}.")
            : folder;
    }

    private string Folder(ParseResult parsed)
    {
        string folder = Path.GetFullPath(parsed.GetValue(_run)!);
        return File.Exists(Path.Combine(folder, "journal.db")) ? folder : throw new UsageException($"runs: {folder} is no run folder, it has no journal.db. Name a folder below runs/.");
    }
}
