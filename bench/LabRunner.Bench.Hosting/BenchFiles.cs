using System.Globalization;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;

namespace LabRunner.Bench.Hosting;

/// <summary>The files that say what a run is: inventory, boards and plan, checked before anything is touched. Immutable.</summary>
public sealed record BenchFiles
{
    private BenchFiles(BenchFolders folders, DriverCatalogue catalogue, BenchInventory inventory, Plan plan, double timeScale)
    {
        Folders = folders;
        Catalogue = catalogue;
        Inventory = inventory;
        Plan = plan;
        TimeScale = timeScale;
    }

    /// <summary>Where files were found.</summary>
    public BenchFolders Folders { get; }

    /// <summary>Drivers.</summary>
    public DriverCatalogue Catalogue { get; }

    /// <summary>Inventory.</summary>
    public BenchInventory Inventory { get; private init; }

    /// <summary>Plan, with its roles dealt to slots where it rotates.</summary>
    public Plan Plan { get; private init; }

    /// <summary>Who does which role in this night; null: the plan does not rotate.</summary>
    public Rotation? Rotation { get; private init; }

    /// <summary>Number of the night.</summary>
    public long Night { get; private init; }

    /// <summary>Failures that are known and excused for a time.</summary>
    public Quarantine Quarantine { get; init; } = Quarantine.None;

    /// <summary>Run seconds per machine second.</summary>
    public double TimeScale { get; }

    // A person who works at a slot by hand wants to be told what it does, not to have it switched under him.
    private static Plan WatchPlan { get; } = new(
        "watch", "", "watch", "Consoles and watch without a plan", 1, TimeSpan.Zero, TimeSpan.FromDays(1),
        new WatchPlan { Ladder = [], SelfHeal = TimeSpan.FromDays(3650) }, new LeakPlan(), new GoalPlan(), []);

    /// <summary>Reads and checks all of them. On a virtual bench the addresses are not known yet and stay placeholders.</summary>
    /// <exception cref="FileProblemsException">A file cannot be used; every problem is named.</exception>
    /// <exception cref="UsageException">The options do not fit the files.</exception>
    public static BenchFiles Load(BenchOwnerOptions options)
    {
        BenchFolders folders = BenchFolders.Find();
        DriverCatalogue catalogue = new();
        BenchInventory inventory = InventoryLoader.Load(folders.InventoryFile(options.Bench), catalogue, null, folders.Boards);
        Plan plan = options.WatchOnly ? WatchPlan : PlanLoader.Load(options.Plan, folders.Plans, [.. inventory.Slots.Select(s => s.Name)]);
        if (inventory.Lacking(options.Slots ?? []) is { } lacking)
        {
            throw new UsageException(lacking);
        }

        return new BenchFiles(folders, catalogue, inventory, plan, Scale(options, inventory, plan)) { Quarantine = Quarantine.Load(folders.QuarantineFile) }
            .OfNight(options.Night ?? LabRunner.Bench.Plans.Rotation.NightOf(TimeProvider.System.GetUtcNow()));
    }

    /// <summary>The files of a run that goes on, from texts that are known to be what it was begun with.</summary>
    /// <exception cref="FileProblemsException">A text cannot be used.</exception>
    internal static BenchFiles Of(string inventoryFile, string inventoryText, string planFile, string planText, double timeScale, long night)
    {
        BenchFolders folders = BenchFolders.Find();
        DriverCatalogue catalogue = new();
        BenchInventory inventory = InventoryLoader.LoadText(inventoryFile, inventoryText, catalogue, null, folders.Boards);
        Plan plan = PlanLoader.LoadText(planFile, planText, [.. inventory.Slots.Select(s => s.Name)]);
        return new BenchFiles(folders, catalogue, inventory, plan, timeScale) { Quarantine = Quarantine.Load(folders.QuarantineFile) }.OfNight(night);
    }

    /// <summary>The inventory again, with variables put in.</summary>
    public BenchFiles WithVariables(IReadOnlyDictionary<string, string> variables) =>
        this with { Inventory = InventoryLoader.LoadText(Inventory.File, Inventory.Text, Catalogue, variables, Folders.Boards) };

    private BenchFiles OfNight(long night)
    {
        if (Plan.Roles.Count == 0)
        {
            return this with { Night = night };
        }

        Rotation rotation = Rotation.Deal(Plan.Roles, [.. Inventory.Slots.Select(s => s.Name)], night);
        return this with { Night = night, Rotation = rotation, Plan = Plan with { Suites = rotation.Resolve(Plan.Suites) } };
    }

    /// <summary>Refuses a time scale that a bench cannot have.</summary>
    /// <param name="timeScale">Run seconds per second; null: nobody asked for one.</param>
    /// <param name="inventory">Its bench.</param>
    /// <exception cref="UsageException">The bench has real DUTs, or the scale is out of its range.</exception>
    public static void RefuseScale(double? timeScale, BenchInventory inventory)
    {
        if (timeScale is not { } scale)
        {
            return;
        }

        if (inventory.Virtual is not { } section)
        {
            if (scale is not 1)
            {
                throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"Time scale {scale}: the bench '{inventory.Name}' has real DUTs, whose time cannot be scaled. Leave it out."));
            }
        }
        else if (!(scale >= 0.01 && scale <= section.MaxTimeScale))
        {
            throw new UsageException(string.Create(
                CultureInfo.InvariantCulture, $"Time scale {scale} is outside 0.01 to {section.MaxTimeScale}, the range of the bench '{inventory.Name}'."));
        }
    }

    private static double Scale(BenchOwnerOptions options, BenchInventory inventory, Plan plan)
    {
        double scale = options.TimeScale ?? (inventory.Virtual is null ? 1 : plan.TimeScale);
        RefuseScale(scale, inventory);
        return scale;
    }
}

/// <summary>The command line asks for something that cannot be; the message says what would be right.</summary>
public sealed class UsageException(string message) : Exception(message);
