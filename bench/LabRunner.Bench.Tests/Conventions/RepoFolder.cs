using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Tests.Conventions;

/// <summary>The checkout that the tests run from.</summary>
internal static class RepoFolder
{
    public static string Path { get; } = BenchFolders.Find().Home;

    public static IEnumerable<string> Projects() =>
        new[] { "hardware", "reports", "bench", "station", "fixtures", "suites" }
            .SelectMany(room => Directory.EnumerateFiles(System.IO.Path.Combine(Path, room), "*.csproj", SearchOption.AllDirectories));
}
