using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Bench.Tests.Session;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;
using Microsoft.Data.Sqlite;

namespace LabRunner.Bench.Tests.Resume;

/// <summary>A session on plugs in memory, and what the death of its runner would leave of it.</summary>
internal static class FakeNight
{
    private static readonly BoardFile Board =
        new(new BoardDescription("b", "Board", "BL602", new Dictionary<string, string>(), 17, 2, 0.1, 0.01, 1.5), 0, 2_000_000, "", "b.yaml");

    /// <summary>A slot with every part of the plug.</summary>
    public static SlotHardware Slot(string name, FakePlug plug) => new()
    {
        Entry = new SlotEntry(name, Board, false, SlotSupply.Isolated3V3, false, false, null, null, new Dictionary<string, DriverEntry>(), new SourcePlace("test.yaml", 1, 1)),
        Power = plug, Console = plug.Console, Ping = plug, Button = plug, RelaySense = plug, Plug = plug,
    };

    /// <summary>Opens a session on one plug.</summary>
    public static Task<BenchSession> OpenAsync(string folder, LabClock clock, FakePlug plug, ResumePoint? resume, CancellationToken cancellationToken) =>
        OpenAsync(folder, clock, [Slot("p1", plug)], options => options with { Resume = resume }, cancellationToken);

    /// <summary>Opens a session. Its ladder waits for an hour, so that an incident stays open.</summary>
    public static Task<BenchSession> OpenAsync(
        string folder, LabClock clock, IReadOnlyList<SlotHardware> slots, Func<BenchSessionOptions, BenchSessionOptions> with, CancellationToken cancellationToken) =>
        BenchSession.OpenAsync(
            with(new BenchSessionOptions
            {
                Inventory = new BenchInventory(
                    "i.yaml", "", "test", null, null, null, new Dictionary<string, DriverEntry>(), new Dictionary<string, FirmwareDescription>(), [.. slots.Select(s => s.Entry)]),
                Plan = new Plan(
                    "p.yaml", "", "test", null, 20, TimeSpan.Zero, TimeSpan.FromMinutes(1),
                    new WatchPlan { SelfHeal = TimeSpan.FromHours(1), Confirm = TimeSpan.FromSeconds(20), PowerCycles = 1 }, new LeakPlan(), new GoalPlan(), []),
                Slots = slots,
                Clock = clock,
                Seed = 1,
                RunFolder = folder,
                RunnerVersion = "test",
                OwnerFacts = "{}",
            }),
            cancellationToken);

    /// <summary>The journal as a death would leave it now: what is committed, and nothing of what follows.</summary>
    public static string Leave(string folder)
    {
        string copy = Directory.CreateTempSubdirectory("left-").FullName;
        using SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, JournalSchema.FileName), Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "VACUUM INTO $0";
        command.Parameters.AddWithValue("$0", Path.Combine(copy, JournalSchema.FileName));
        command.ExecuteNonQuery();
        return copy;
    }
}
