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
    // Beyond a hundred years, and below four seconds, no bench can show anything; within, every figure of the statistics is finite.
    private const double LeastHours = 0.001;
    private const double MostHours = 876_600;
    private const double LeastAlpha = 1e-6;
    private static readonly ComparisonRules Defaults = new();

    private readonly Option<double> _factor = new("--factor") { Description = "Factor between two rates that matters, above 1, at most 1000.", DefaultValueFactory = _ => Defaults.Factor };
    private readonly Option<double> _alpha = new("--alpha") { Description = "Largest probability by chance, from 0.000001 to below 0.5.", DefaultValueFactory = _ => Defaults.Alpha };
    private readonly Option<double> _good = new("--good-hours") { Description = "MTBF that should pass, hours, at most 876600 (a hundred years).", DefaultValueFactory = _ => Defaults.GoodHours };
    private readonly Option<double> _bad = new("--bad-hours") { Description = "MTBF that should fail, hours, from 0.001 to below --good-hours.", DefaultValueFactory = _ => Defaults.BadHours };
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

        string[] runs;
        try
        {
            runs = [.. Directory.EnumerateDirectories(folder).Where(IsRun).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{folder} cannot be looked into ({e.Message.TrimEnd('.')}). Name run folders that you may read.");
        }

        return runs.Length > 0 ? runs : throw new UsageException($"{folder} is no run folder and holds none: there is no journal.db in it or below it. Name folders below runs/.");
    }

    /// <summary>Reads nights; the same folder twice counts once.</summary>
    public static IReadOnlyList<NightSummary> Read(IEnumerable<string> folders)
    {
        string[] distinct = Distinct(folders);
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

    /// <summary>As <see cref="Read"/>, but a night that cannot be read keeps no other from being read.</summary>
    /// <exception cref="BenchFaultException">None can be read; it is the first one's.</exception>
    public static (IReadOnlyList<NightSummary> Nights, IReadOnlyList<UnreadNight> Unread) ReadWhatCanBe(IEnumerable<string> folders)
    {
        (NightSummary? Night, UnreadNight? Unread, BenchFaultException? Fault)[] read = [.. Distinct(folders).AsParallel().AsOrdered().Select(Try)];
        NightSummary[] nights = [.. read.Select(r => r.Night).OfType<NightSummary>()];
        if (nights.Length == 0 && read.Select(r => r.Fault).OfType<BenchFaultException>().FirstOrDefault() is { } fault)
        {
            throw fault;
        }

        return (nights, [.. read.Select(r => r.Unread).OfType<UnreadNight>()]);

        static (NightSummary?, UnreadNight?, BenchFaultException?) Try(string folder)
        {
            try
            {
                return (NightSummary.Read(folder), null, null);
            }
            catch (BenchFaultException fault)
            {
                return (null, new UnreadNight(folder, fault.Problem), fault);
            }
        }
    }

    private static string[] Distinct(IEnumerable<string> folders)
    {
        string[] distinct = [.. folders.Select(f => f.Length > 0 ? Path.GetFullPath(f) : throw new UsageException("A run folder has no name. Name folders below runs/, with commas between them and none at the end.")).Distinct()];
        if (distinct.FirstOrDefault(f => !IsRun(f)) is { } none)
        {
            throw new UsageException($"{none} is no run folder, it has no journal.db. Name a folder below runs/.");
        }

        return distinct;
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
            { Alpha: not (>= LeastAlpha and < 0.5) } => throw new UsageException($"--alpha {rules.Alpha} is not from 0.000001 to below 0.5. The default is {Defaults.Alpha}."),
            { BadHours: not (>= LeastHours and <= MostHours) } => throw new UsageException($"--bad-hours {rules.BadHours} is not from {LeastHours} to {MostHours}. The default is {Defaults.BadHours}."),
            { GoodHours: not (>= LeastHours and <= MostHours) } => throw new UsageException($"--good-hours {rules.GoodHours} is not from {LeastHours} to {MostHours}. The default is {Defaults.GoodHours}."),
            _ when rules.GoodHours <= rules.BadHours =>
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
                throw new UsageException($"--html {file}: the page cannot be written ({e.Message.TrimEnd('.')}). Name a file in a folder that exists and that you may write to.");
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
