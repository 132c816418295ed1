using System.Collections.Concurrent;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Station.Runs;

/// <summary>A run in the runs folder.</summary>
/// <param name="Name">Its folder's name.</param>
/// <param name="Bench">Bench.</param>
/// <param name="Plan">Plan.</param>
/// <param name="Verdict">Verdict of the night; null where it was not judged.</param>
/// <param name="Text">Its scorecard in a sentence.</param>
/// <param name="Started">When it began, wall time.</param>
/// <param name="Hours">Run time from its start to the last record, h.</param>
/// <param name="Outcome">completed, aborted and why; null: it goes on, or its runner died.</param>
/// <param name="HasReport">Its report can be had.</param>
/// <param name="Pin">It is kept whatever its age; null: it is not pinned.</param>
public sealed record RunSummary(
    string Name, string Bench, string Plan, string? Verdict, string Text, DateTimeOffset? Started, double Hours, string? Outcome, bool HasReport, RunPin? Pin = null);

/// <summary>The runs folder. A name from outside is only ever compared with names that are there. Thread safe.</summary>
/// <param name="folder">It; need not exist.</param>
internal sealed class RunShelf(string folder)
{
    private readonly ConcurrentDictionary<string, (DateTime Written, RunSummary Summary)> _known = new(StringComparer.Ordinal);

    /// <summary>Files of a run that may be asked for.</summary>
    public static readonly IReadOnlyDictionary<string, (string Path, string Mime)> Files = new Dictionary<string, (string, string)>
    {
        ["report.html"] = ("report/index.html", "text/html; charset=utf-8"),
        ["report.json"] = ("report/report.json", "application/json"),
        ["comparison.html"] = (FollowUp.ComparisonFile, "text/html; charset=utf-8"),
        ["junit.xml"] = ("report/junit.xml", "application/xml"),
    };

    /// <summary>Newest first.</summary>
    public IReadOnlyList<RunSummary> List(int most) =>
        [.. Folders().OrderByDescending(f => f.Name, StringComparer.Ordinal).Select(Summary).OfType<RunSummary>().Take(most)];

    /// <summary>A run; null: there is none of this name.</summary>
    public RunSummary? Find(string name) => Folder(name) is { } found ? Summary(found) : null;

    /// <summary>What its journal says; null: there is no such run.</summary>
    public RunRecord? Read(string name) => Folder(name) is { } found ? RunReader.ReadOutline(found.FullName) : null;

    /// <summary>Its scorecard, with the paths of its reports where they are written; null: there is no such run.</summary>
    public Scorecard? Card(string name) => Read(name) is not { } run ? null
        : Scorecard.From(run) with { Paths = ReportPaths.Of(run.Folder) is var paths && System.IO.File.Exists(paths.Html) ? paths : null };

    /// <summary>Path of a file of a run; null: there is no such run, file or name of one.</summary>
    public (string Path, string Mime)? File(string name, string file) =>
        Folder(name) is { } found && Files.TryGetValue(file, out (string Path, string Mime) known) && System.IO.File.Exists(Path.Combine(found.FullName, known.Path))
            ? (Path.Combine(found.FullName, known.Path), known.Mime)
            : null;

    /// <summary>The folder itself.</summary>
    public DirectoryInfo Root { get; } = new(folder);

    /// <summary>Folder of a run; null: there is no such run.</summary>
    public string? PathOf(string name) => Folder(name)?.FullName;

    /// <summary>Folders of runs.</summary>
    public IEnumerable<DirectoryInfo> Folders() => RunFolders.Of(folder);

    private DirectoryInfo? Folder(string name) => Folders().FirstOrDefault(f => f.Name == name);

    private RunSummary? Summary(DirectoryInfo found) => Recorded(found) is { } summary ? summary with { Pin = RunPin.Of(found.FullName) } : null;

    private RunSummary? Recorded(DirectoryInfo found)
    {
        DateTime written = System.IO.File.GetLastWriteTimeUtc(Path.Combine(found.FullName, Files["report.json"].Path));
        if (_known.TryGetValue(found.Name, out (DateTime Written, RunSummary Summary) known) && known.Written == written && known.Summary.Outcome is not null)
        {
            return known.Summary;
        }

        try
        {
            RunRecord run = RunReader.ReadOutline(found.FullName);
            Scorecard card = Scorecard.From(run);
            RunSummary summary = new(
                found.Name, card.Bench, card.Plan, run.Outcome is null ? null : card.Verdict.ToText(), card.Text, run.WallAt(run.Started) ?? run.OriginUtc, (run.End - run.Started) / 3600, run.Outcome,
                System.IO.File.Exists(Path.Combine(found.FullName, Files["report.html"].Path)));
            _known[found.Name] = (written, summary);
            return summary;
        }
        catch (LabRunner.Hardware.Faults.BenchFaultException)
        {
            // No journal that can be read: no run that can be shown.
            return null;
        }
    }
}
