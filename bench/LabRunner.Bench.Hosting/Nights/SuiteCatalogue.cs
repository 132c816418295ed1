using System.Diagnostics;
using System.Text.Json;
using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Hosting.Nights;

/// <summary>What the suites can do, as they tell it themselves: a plan is checked against it before power is touched.</summary>
internal static class SuiteCatalogue
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Checks a plan's suites and parameter names.</summary>
    /// <exception cref="FileProblemsException">The plan names what no suite knows.</exception>
    /// <exception cref="BenchFaultException">The suites' program did not answer.</exception>
    public static async Task CheckAsync(Plan plan, CancellationToken cancellationToken)
    {
        Dictionary<string, HashSet<string>> known = await ListAsync(cancellationToken).ConfigureAwait(false);
        List<FileProblem> problems = [];
        foreach (PlannedSuite suite in plan.Suites)
        {
            if (!known.TryGetValue(suite.Suite, out HashSet<string>? parameters))
            {
                problems.Add(new FileProblem(
                    Find(plan, suite.Suite), $"no suite is called '{suite.Suite}'", $"The suites are {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}"));
                continue;
            }

            problems.AddRange(suite.Parameters.Keys.Where(p => !parameters.Contains(p)).Select(p => new FileProblem(
                Find(plan, p), $"{suite.Suite} has no parameter '{p}'", NearestWord.Remedy(p, parameters))));
        }

        if (problems.Count > 0)
        {
            throw new FileProblemsException(problems);
        }
    }

    private static SourcePlace Find(Plan plan, string word)
    {
        string[] lines = plan.Text.Split('\n');
        int line = Array.FindIndex(lines, l => l.Contains(word + ":", StringComparison.Ordinal));
        return line < 0
            ? new SourcePlace(plan.File, 1, 1)
            : new SourcePlace(plan.File, line + 1, lines[line].IndexOf(word + ":", StringComparison.Ordinal) + 1);
    }

    private static async Task<Dictionary<string, HashSet<string>>> ListAsync(CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(SisterProgram.Find("LabRunner.Suites", "LabRunner.Suites"))
        {
            RedirectStandardOutput = true,
            ArgumentList = { "lab-host", "--list" },
        };
        using Process process = Process.Start(start)!;
        try
        {
            string text = await process.StandardOutput.ReadToEndAsync(CancellationToken.None).WaitAsync(Limit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(Limit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.GetProperty("suites").EnumerateArray().ToDictionary(
                s => s.GetProperty("suite").GetString()!,
                s => s.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString()!).ToHashSet());
        }
        catch (Exception garbage) when (garbage is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new BenchFaultException(
                FaultKind.Process, "LabRunner.Suites", $"its list of suites cannot be read (exit code {process.ExitCode})", "Build everything again: dotnet build LabRunner.sln", garbage);
        }
        catch (TimeoutException late)
        {
            throw new BenchFaultException(FaultKind.Process, "LabRunner.Suites", $"it did not list its suites within {Limit.TotalSeconds:0} s", "Look at the machine's load and try again", late);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
