using LabRunner.Bench.Inventory;

namespace LabRunner.Station.Tests.Support;

/// <summary>A home with the repository's inventories and boards, and plans of a test's own. The process has one home: <see cref="Enter"/> is only for tests that run alone.</summary>
internal sealed class PlanHome : IDisposable
{
    private Action _leave = () => { };

    public PlanHome()
    {
        string repository = BenchFolders.Find().Home;
        Directory.CreateDirectory(Path.Combine(Folder, "bench", "plans"));
        Directory.CreateSymbolicLink(Path.Combine(Folder, "bench", "inventory"), Path.Combine(repository, "bench", "inventory"));
        Directory.CreateSymbolicLink(Path.Combine(Folder, "hardware"), Path.Combine(repository, "hardware"));
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("plan-home-").FullName;

    /// <summary>Makes it the home of this process until it is disposed of.</summary>
    public PlanHome Enter()
    {
        string? before = Environment.GetEnvironmentVariable(BenchFolders.HomeVariable);
        Environment.SetEnvironmentVariable(BenchFolders.HomeVariable, Folder);
        _leave = () => Environment.SetEnvironmentVariable(BenchFolders.HomeVariable, before);
        return this;
    }

    /// <summary>Adds a plan.</summary>
    public PlanHome Add(string plan, string text)
    {
        File.WriteAllText(Path.Combine(Folder, "bench", "plans", $"{plan}.yaml"), text);
        return this;
    }

    /// <summary>Adds a short plan: a boot provoked, then power cycles.</summary>
    public PlanHome AddShort(string plan, int cycles) => Add(plan, $$"""
        plan: {{plan}}
        description: A boot provoked and {{cycles}} power cycles
        timeScale: 20
        baseline: 5s
        testLimit: 15m
        watch: { selfHeal: 30s, mqttEvery: 30s }
        suites:
          - S17: { provoke: watchdog, recoverLimit: 30s }
          - S02: { cycles: {{cycles}}, offMin: 3s, offMax: 3s, on: 35s, bootLimit: 10s, httpLimit: 20s, mqttLimit: 30s }
        """);

    public void Dispose()
    {
        _leave();
        Directory.Delete(Folder, recursive: true);
    }
}
