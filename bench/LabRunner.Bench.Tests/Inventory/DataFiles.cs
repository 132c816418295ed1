using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Tests.Inventory;

/// <summary>The data files of the repository.</summary>
internal static class DataFiles
{
    public static BenchFolders Folders { get; } = BenchFolders.Find();

    public static string VirtualFile => Folders.InventoryFile("virtual");

    /// <summary>Values as a started virtual bench has them.</summary>
    public static IReadOnlyDictionary<string, string> Variables { get; } = VirtualVariables
        .Names(["p1", "p2", "p3", "p4", "p5"])
        .Select((name, i) => (name, value: Value(name, i)))
        .ToDictionary(v => v.name, v => v.value);

    private static string Value(string name, int number) =>
        name.EndsWith(".http", StringComparison.Ordinal) || name.EndsWith(".echo", StringComparison.Ordinal) || name == VirtualVariables.Mqtt
            ? $"127.0.0.1:{4000 + number}"
            : name.StartsWith("virtual.version", StringComparison.Ordinal) ? $"1.18.{number}"
            : $"/run/bench/{name}";
}
