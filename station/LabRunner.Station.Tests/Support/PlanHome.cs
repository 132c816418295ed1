using LabRunner.Bench.Inventory;

namespace LabRunner.Station.Tests.Support;

/// <summary>A home with the repository's inventories, boards and one short plan of a test's own: a boot provoked, then power cycles. The process has one home: only for tests that run alone.</summary>
internal sealed class PlanHome : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plan-home-").FullName;
    private readonly string? _before = Environment.GetEnvironmentVariable(BenchFolders.HomeVariable);

    /// <param name="name">Of the plan.</param>
    /// <param name="cycles">Power cycles.</param>
    public PlanHome(string name, int cycles)
    {
        string repository = BenchFolders.Find().Home;
        Directory.CreateDirectory(Path.Combine(_folder, "bench", "plans"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "bench", "inventory"), Path.Combine(repository, "bench", "inventory"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "hardware"), Path.Combine(repository, "hardware"));
        File.WriteAllText(Path.Combine(_folder, "bench", "plans", $"{name}.yaml"), $$"""
            plan: {{name}}
            description: A boot provoked and {{cycles}} power cycles
            timeScale: 20
            baseline: 5s
            testLimit: 15m
            watch: { selfHeal: 30s, mqttEvery: 30s }
            suites:
              - S17: { provoke: watchdog, recoverLimit: 30s }
              - S02: { cycles: {{cycles}}, offMin: 3s, offMax: 3s, on: 35s, bootLimit: 10s, httpLimit: 20s, mqttLimit: 30s }
            """);
        Environment.SetEnvironmentVariable(BenchFolders.HomeVariable, _folder);
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(BenchFolders.HomeVariable, _before);
        Directory.Delete(_folder, recursive: true);
    }
}
