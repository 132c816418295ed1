using System.CommandLine;
using System.Runtime.ExceptionServices;
using LabRunner.Bench.Hosting;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Cli.Terminal;

/// <summary>What <c>compare</c> and <c>trend</c> share: rules, where the result goes, exit codes.</summary>
internal sealed class ComparisonOptions
{
    private static readonly ComparisonRules Defaults = new();

    private readonly Option<double> _factor = new("--factor") { Description = "Factor between two rates that matters, above 1.", DefaultValueFactory = _ => Defaults.Factor };
    private readonly Option<double> _alpha = new("--alpha") { Description = "Largest probability by chance, between 0 and 0.5.", DefaultValueFactory = _ => Defaults.Alpha };
    private readonly Option<double> _good = new("--good-hours") { Description = "MTBF that should pass, hours.", DefaultValueFactory = _ => Defaults.GoodHours };
    private readonly Option<double> _bad = new("--bad-hours") { Description = "MTBF that should fail, hours, below --good-hours.", DefaultValueFactory = _ => Defaults.BadHours };
    private readonly Option<string?> _html = new("--html") { Description = "Write a page of it to this file." };
    private readonly Option<bool> _json = new("--json") { Description = "Print it as JSON." };

    public static ExitCode ToExitCode(Change change) => change switch
    {
        Change.Worse => ExitCode.Fail,
        Change.CannotTell => ExitCode.Inconclusive,
        _ => ExitCode.Pass,
    };

    /// <summary>A run folder as it is; of any other folder the run folders in it.</summary>
    public static IEnumerable<string> Expand(string folder)
    {
        if (!Directory.Exists(folder) || IsRun(folder))
        {
            return [folder];
        }

        string[] runs = [.. Directory.EnumerateDirectories(folder).Where(IsRun).Order(StringComparer.Ordinal)];
        return runs.Length > 0 ? runs : throw new UsageException($"{folder} is no run folder and holds none: there is no journal.db in it or below it. Name folders below runs/.");
    }

    /// <summary>Reads nights; the same folder twice counts once.</summary>
    public static IReadOnlyList<NightSummary> Read(IEnumerable<string> folders)
    {
        string[] distinct = [.. folders.Select(f => f.Length > 0 ? Path.GetFullPath(f) : throw new UsageException("A run folder has no name. Name folders below runs/, with commas between them and none at the end.")).Distinct()];
        if (distinct.FirstOrDefault(f => !IsRun(f)) is { } none)
        {
            throw new UsageException($"{none} is no run folder, it has no journal.db. Name a folder below runs/.");
        }

        try
        {
            return [.. distinct.AsParallel().AsOrdered().Select(NightSummary.Read)];
        }
        catch (AggregateException e) when (e.InnerException is BenchFaultException fault)
        {
            ExceptionDispatchInfo.Throw(fault);
            throw;
        }
    }

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _factor, _alpha, _good, _bad, _html, _json })
        {
            command.Options.Add(option);
        }
    }

    public ComparisonRules Rules(ParseResult parsed)
    {
        ComparisonRules rules = new() { Factor = parsed.GetValue(_factor), Alpha = parsed.GetValue(_alpha), GoodHours = parsed.GetValue(_good), BadHours = parsed.GetValue(_bad) };
        return rules switch
        {
            { Factor: not (> 1 and <= 1000) } => throw new UsageException($"--factor {rules.Factor} is not above 1 and at most 1000. The default is {Defaults.Factor}."),
            { Alpha: not (> 0 and < 0.5) } => throw new UsageException($"--alpha {rules.Alpha} is not between 0 and 0.5. The default is {Defaults.Alpha}."),
            { BadHours: not > 0 } => throw new UsageException($"--bad-hours {rules.BadHours} is not above 0. The default is {Defaults.BadHours}."),
            _ when !(rules.GoodHours > rules.BadHours && double.IsFinite(rules.GoodHours)) =>
                throw new UsageException($"--good-hours {rules.GoodHours} is not above --bad-hours {rules.BadHours}. The defaults are {Defaults.GoodHours} and {Defaults.BadHours}."),
            _ => rules,
        };
    }

    public void Print(ParseResult parsed, string json, string page, IEnumerable<string> lines)
    {
        if (parsed.GetValue(_html) is { } file)
        {
            try
            {
                File.WriteAllText(file, page);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                throw new BenchFaultException(FaultKind.Storage, file, $"the page cannot be written ({e.Message})", "Name a file in a folder that exists and that you may write to", e);
            }
        }

        if (parsed.GetValue(_json))
        {
            Console.WriteLine(json);
            return;
        }

        foreach (string line in lines)
        {
            Console.WriteLine(SafeText.OneLine(line, 2000));
        }

        if (parsed.GetValue(_html) is { } written)
        {
            Console.WriteLine($"Page: {Path.GetFullPath(written)}");
        }
    }

    private static bool IsRun(string folder) => File.Exists(Path.Combine(folder, RunReader.JournalName));
}
