using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Inventory;
using LabRunner.Station.Schedule;

namespace LabRunner.Station.Tests.Schedule;

/// <summary>Schedules as texts, for the virtual bench.</summary>
internal static class ScheduleFiles
{
    public static BenchFolders Folders { get; } = BenchFolders.Find();

    public static BenchInventory Inventory { get; } = InventoryLoader.Load(Folders.InventoryFile("virtual"), new DriverCatalogue(), null, Folders.Boards);

    /// <summary>Loads what is written below <c>schedule: virtual</c>.</summary>
    public static StationSchedule Load(string text) => ScheduleLoader.LoadText("test.yaml", "schedule: virtual\n" + text, Inventory, Folders);

    /// <summary>The problems of a text, one a line.</summary>
    public static string Problems(string text)
    {
        try
        {
            ScheduleLoader.LoadText("test.yaml", text, Inventory, Folders);
            return "";
        }
        catch (FileProblemsException wrong)
        {
            return string.Join('\n', wrong.Problems.Select(p => $"{p.Place.Line},{p.Place.Column}: {p.Problem}. {p.Remedy}."));
        }
    }

    public static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
