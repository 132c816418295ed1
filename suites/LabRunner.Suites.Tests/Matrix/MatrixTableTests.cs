using System.Diagnostics;
using System.Text.Json;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;

namespace LabRunner.Suites.Tests.Matrix;

/// <summary>The table is complete and says nothing that no suite, plan or inventory knows. Plays nothing.</summary>
public sealed class MatrixTableTests
{
    private static readonly Lazy<Task<JsonElement>> Listed = new(ListAsync);

    [Test]
    public async Task Table_HasAHealthyAndAPlantedRow_OfEverySuite()
    {
        List<string> problems = [];
        foreach (string suite in await SuitesAsync())
        {
            IReadOnlyList<SuiteRow> rows = MatrixTable.Suites.FirstOrDefault(s => s.Suite == suite)?.Rows ?? [];
            if (!rows.Any(row => row.IsHealthy))
            {
                problems.Add($"{suite} has no healthy row");
            }

            if (!rows.Any(row => !row.IsHealthy && row.Expected.Any(expected => expected.IsAccusation)))
            {
                problems.Add($"{suite} has no row of a plug with a fault that makes it fail");
            }
        }

        Assert.That(problems, Is.Empty, "Add suites/LabRunner.Suites.Tests/Matrix/Rows/<Suite>Rows.cs: " + string.Join("; ", problems));
    }

    [Test]
    public async Task Table_NamesOnlySuitesAndTests_ThatThereAre()
    {
        Dictionary<string, HashSet<string>> tests = (await Listed.Value).EnumerateArray().ToDictionary(
            suite => suite.GetProperty("suite").GetString()!,
            suite => suite.GetProperty("tests").EnumerateArray().Select(test => test.GetProperty("name").GetString()!).ToHashSet());

        Assert.That(MatrixTable.Suites.Select(suite => suite.Suite), Is.Unique.And.SubsetOf(tests.Keys));
        Assert.That(
            MatrixTable.Rows.SelectMany(row => row.Row.Expected.OfType<TestOutcome>().Where(o => !tests[row.Suite.Suite].Contains(o.Test)).Select(o => $"{row}: {o.Test}")),
            Is.Empty);
    }

    [Test]
    public async Task Table_PlansAndInventories_CanBeRead()
    {
        HashSet<string> parameters = (await Listed.Value).EnumerateArray()
            .SelectMany(suite => suite.GetProperty("parameters").EnumerateArray().Select(p => $"{suite.GetProperty("suite").GetString()} {p.GetProperty("name").GetString()}"))
            .ToHashSet();
        Assert.That(MatrixTable.Rows.Select(row => row.Slot), Is.Unique);
        BenchFolders folders = BenchFolders.Find();
        foreach (MatrixNight night in new MatrixShare("all", MatrixTable.Rows).Nights)
        {
            BenchInventory inventory = InventoryLoader.LoadText("matrix.yaml", night.Inventory(), new DriverCatalogue(), null, folders.Boards);
            Plan plan = PlanLoader.LoadText("plan.yaml", night.Plan(), [.. inventory.Slots.Select(slot => slot.Name)]);

            Assert.That(plan.Suites.SelectMany(s => s.Parameters.Keys.Select(p => $"{s.Suite} {p}")).Distinct(), Is.SubsetOf(parameters));
        }
    }

    [Test]
    public async Task AllVirtual_Plan_AsksEverySuite()
    {
        Plan plan = PlanLoader.Load("all-virtual", BenchFolders.Find().Plans);

        Assert.That(plan.Suites.Select(suite => suite.Suite).Distinct().Order(StringComparer.Ordinal), Is.EqualTo(await SuitesAsync()));
    }

    private static async Task<string[]> SuitesAsync() =>
        [.. (await Listed.Value).EnumerateArray().Select(suite => suite.GetProperty("suite").GetString()!).Order(StringComparer.Ordinal)];

    // Told by the suites themselves: nothing may reference their assembly.
    private static async Task<JsonElement> ListAsync()
    {
        ProcessStartInfo start = new(SisterProgram.Find("LabRunner.Suites", "LabRunner.Suites")) { RedirectStandardOutput = true, ArgumentList = { "lab-host", "--list" } };
        using Process process = Process.Start(start)!;
        string text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.GetProperty("suites").Clone();
    }
}
