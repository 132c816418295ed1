using System.Diagnostics;
using System.Globalization;
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

    /// <summary>Checks a plan's suites, parameter names and values.</summary>
    /// <returns>Names of each suite's tests.</returns>
    /// <exception cref="FileProblemsException">The plan names what no suite knows, or a value that its suite would not take.</exception>
    /// <exception cref="BenchFaultException">The suites' program did not answer.</exception>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> CheckAsync(Plan plan, CancellationToken cancellationToken)
    {
        using JsonDocument told = await AskAsync(plan, cancellationToken).ConfigureAwait(false);
        (Dictionary<string, KnownSuite> known, List<WrongValue> wrong) = Understand(told, plan);
        List<FileProblem> problems = [];
        foreach (PlannedSuite suite in plan.Suites)
        {
            if (!known.TryGetValue(suite.Suite, out KnownSuite? knows))
            {
                problems.Add(new FileProblem(
                    PlaceOf(plan, suite), $"no suite is called '{suite.Suite}'", $"The suites are {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}"));
                continue;
            }

            problems.AddRange(suite.Parameters.Keys.Where(p => !knows.Parameters.Contains(p)).Select(p => new FileProblem(
                PlaceOf(plan, suite, p), $"{suite.Suite} has no parameter '{p}'", NearestWord.Remedy(p, knows.Parameters))));
        }

        problems.AddRange(wrong.Where(w => known[w.Of.Suite].Parameters.Contains(w.Key)).Select(w => new FileProblem(PlaceOf(plan, w.Of, w.Key), $"{w.Of.Suite}: {w.Text}", "Correct the value")));
        return problems.Count == 0 ? known.ToDictionary(k => k.Key, k => k.Value.Tests) : throw new FileProblemsException(problems);
    }

    private static SourcePlace PlaceOf(Plan plan, PlannedSuite suite, string? parameter = null) =>
        (parameter is null ? null : suite.ParameterPlaces.GetValueOrDefault(parameter)) ?? suite.Place ?? new SourcePlace(plan.File, 1, 1);

    private static (Dictionary<string, KnownSuite> Known, List<WrongValue> Wrong) Understand(JsonDocument told, Plan plan)
    {
        try
        {
            return (
                told.RootElement.GetProperty("suites").EnumerateArray().ToDictionary(
                    s => s.GetProperty("suite").GetString()!, s => new KnownSuite([.. Names(s, "parameters")], [.. Names(s, "tests")])),
                [
                    .. told.RootElement.GetProperty("problems").EnumerateArray().Select(p => new WrongValue(
                        plan.Suites[p.GetProperty("entry").GetInt32()], p.GetProperty("key").GetString()!, p.GetProperty("text").GetString()!)),
                ]);
        }
        catch (Exception garbage) when (garbage is KeyNotFoundException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            throw Garbage("it is of another version", garbage);
        }
    }

    private static IEnumerable<string> Names(JsonElement suite, string of) => suite.GetProperty(of).EnumerateArray().Select(p => p.GetProperty("name").GetString()!);

    private static BenchFaultException Garbage(string why, Exception cause) => new(
        FaultKind.Process, "LabRunner.Suites", $"its list of suites cannot be read ({why})", "Build everything again: dotnet build LabRunner.sln", cause);

    private static async Task<JsonDocument> AskAsync(Plan plan, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(SisterProgram.Find("LabRunner.Suites", "LabRunner.Suites"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { "lab-host", "--check" },
        };
        using Process process = Process.Start(start)!;
        try
        {
            string question = JsonSerializer.Serialize(plan.Suites.Select(s => new { s.Suite, s.Parameters }), JsonSerializerOptions.Web);
            await process.StandardInput.WriteAsync(question.AsMemory(), cancellationToken).ConfigureAwait(false);
            process.StandardInput.Close();
            string text = await process.StandardOutput.ReadToEndAsync(CancellationToken.None).WaitAsync(Limit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(Limit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            return JsonDocument.Parse(text);
        }
        catch (Exception garbage) when (garbage is JsonException or IOException)
        {
            throw Garbage(process.HasExited ? string.Create(CultureInfo.InvariantCulture, $"exit code {process.ExitCode}") : "it does not read its question", garbage);
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

    private sealed record KnownSuite(IReadOnlyList<string> Parameters, IReadOnlyList<string> Tests);

    private sealed record WrongValue(PlannedSuite Of, string Key, string Text);
}
