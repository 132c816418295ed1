using LabRunner.Bench.Inventory.Yaml;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Inventory;

/// <summary>Where inventories, plans and boards are.</summary>
/// <param name="Home">Folder that has them all.</param>
/// <param name="Inventory"><c>bench/inventory</c>.</param>
/// <param name="Plans"><c>bench/plans</c>.</param>
/// <param name="Boards"><c>hardware/boards</c>.</param>
public sealed record BenchFolders(string Home, string Inventory, string Plans, string Boards)
{
    /// <summary>Environment variable that names the home folder.</summary>
    public const string HomeVariable = "LABRUNNER_HOME";

    /// <summary>
    /// Finds the folders: in <see cref="HomeVariable"/> when it is set, else in the nearest folder upwards from the program, then from the
    /// current directory, that has all three.
    /// </summary>
    /// <exception cref="BenchFaultException">There is none; the message says what was looked for and where.</exception>
    public static BenchFolders Find() =>
        Find(Environment.GetEnvironmentVariable(HomeVariable), AppContext.BaseDirectory, Directory.GetCurrentDirectory());

    /// <summary>As <see cref="Find()"/> with the places given.</summary>
    internal static BenchFolders Find(string? home, params IReadOnlyList<string> starts)
    {
        if (!string.IsNullOrEmpty(home))
        {
            BenchFolders named = At(Path.GetFullPath(home));
            string[] missing = [.. named.Parts.Where(p => !Directory.Exists(p))];
            return missing.Length == 0
                ? named
                : throw new BenchFaultException(
                    FaultKind.Configuration, $"{HomeVariable}={home}", $"there is no folder {string.Join(" and no folder ", missing)}",
                    $"Set {HomeVariable} to the folder that has bench/inventory, bench/plans and hardware/boards, or unset it");
        }

        foreach (string start in starts)
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                BenchFolders found = At(folder.FullName);
                if (found.Parts.All(Directory.Exists))
                {
                    return found;
                }
            }
        }

        throw new BenchFaultException(
            FaultKind.Configuration, string.Join(", ", starts.Distinct()),
            "no folder from here upwards has bench/inventory, bench/plans and hardware/boards",
            $"Start inside the repository, or set {HomeVariable} to it");
    }

    /// <summary>The file of an inventory given by its name in <see cref="Inventory"/> or by its path.</summary>
    public string InventoryFile(string nameOrPath) => Resolve(nameOrPath, Inventory);

    /// <summary>Names of the inventories, sorted.</summary>
    public IReadOnlyList<string> InventoryNames() => YamlReader.FileNames(Inventory);

    /// <summary>A bare word is a name in the folder, anything with a separator or a .yaml ending is a path.</summary>
    internal static string Resolve(string nameOrPath, string folder) =>
        nameOrPath.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal)
        || nameOrPath.EndsWith(".yaml", StringComparison.Ordinal) || nameOrPath.EndsWith(".yml", StringComparison.Ordinal)
            ? nameOrPath
            : Path.Combine(folder, nameOrPath + ".yaml");

    /// <summary><c>hardware/flashers</c>; a home without it has no flasher of others.</summary>
    public string Flashers => FlasherLoader.FolderBeside(Boards);

    /// <summary><c>bench/quarantine.yaml</c>; a home without it excuses nothing.</summary>
    public string QuarantineFile => Path.Combine(Path.GetDirectoryName(Plans)!, "quarantine.yaml");

    /// <summary><c>bench/schedules</c>: what a station does by itself; a home without it has no schedule.</summary>
    public string Schedules => Path.Combine(Path.GetDirectoryName(Plans)!, "schedules");

    /// <summary>The schedule of a bench: named by a name in <see cref="Schedules"/> or a path, else the one with the bench's name where there is one.</summary>
    /// <param name="nameOrPath">Null: by the bench.</param>
    /// <param name="bench">Inventory: a name of bench/inventory or a path.</param>
    /// <returns>Null: none is named and the bench has none.</returns>
    public string? ScheduleFile(string? nameOrPath, string bench) =>
        nameOrPath is not null ? Resolve(nameOrPath, Schedules)
        : Path.Combine(Schedules, Path.GetFileNameWithoutExtension(bench) + ".yaml") is var usual && File.Exists(usual) ? usual : null;

    private string[] Parts => [Inventory, Plans, Boards];

    private static BenchFolders At(string home) =>
        new(home, Path.Combine(home, "bench", "inventory"), Path.Combine(home, "bench", "plans"), Path.Combine(home, "hardware", "boards"));
}
