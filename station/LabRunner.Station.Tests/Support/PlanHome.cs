using LabRunner.Bench.Inventory;

namespace LabRunner.Station.Tests.Support;

/// <summary>A home with the repository's inventories, boards and one plan of a test's own. The process has one home: only for tests that run alone.</summary>
internal sealed class PlanHome : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plan-home-").FullName;
    private readonly string? _before = Environment.GetEnvironmentVariable(BenchFolders.HomeVariable);

    /// <param name="name">Of the plan.</param>
    /// <param name="plan">Its text.</param>
    public PlanHome(string name, string plan)
    {
        string repository = BenchFolders.Find().Home;
        Directory.CreateDirectory(Path.Combine(_folder, "bench", "plans"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "bench", "inventory"), Path.Combine(repository, "bench", "inventory"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "hardware"), Path.Combine(repository, "hardware"));
        File.WriteAllText(Path.Combine(_folder, "bench", "plans", $"{name}.yaml"), plan);
        Environment.SetEnvironmentVariable(BenchFolders.HomeVariable, _folder);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(BenchFolders.HomeVariable, _before);
        Directory.Delete(_folder, recursive: true);
    }
}
