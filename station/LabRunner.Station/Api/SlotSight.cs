using LabRunner.Bench.Inventory;
using LabRunner.Bench.Session;
using LabRunner.Reports.Records;
using LabRunner.Station.Benches;
using LabRunner.Station.Health;
using LabRunner.Station.Jobs;
using LabRunner.Station.Leases;

namespace LabRunner.Station.Api;

/// <summary>Slots as the station's callers see them, from the open bench or, while it is closed, from the inventory alone.</summary>
internal static class SlotSight
{
    private const int MostSamples = 2000;
    private const int MostEvents = 500;

    /// <summary>All slots in the inventory's order.</summary>
    public static IReadOnlyList<SlotView> All(BenchKeeper keeper, LeaseDesk leases, Pool pool)
    {
        OpenBench? bench = keeper.Now.Bench;
        Dictionary<string, LiveSlot> live = bench?.Session.GetLive().ToDictionary(l => l.Status.Slot) ?? [];
        IReadOnlyList<SlotLease> taken = leases.All();
        return [.. keeper.Inventory.Slots.Select(entry => Of(entry, bench, live.GetValueOrDefault(entry.Name), taken.FirstOrDefault(l => l.Slots.Contains(entry.Name)), pool.WhyOut(entry.Name)))];
    }

    /// <summary>Incidents since the bench was opened, newest first.</summary>
    public static IReadOnlyList<IncidentView> Incidents(BenchKeeper keeper, string slot) =>
        keeper.Now.Bench is { } bench && Has(bench, slot) ? [.. IncidentsOf(bench, slot).Reverse()] : [];

    /// <summary>Incidents, boots and acts, oldest first.</summary>
    public static IReadOnlyList<EventView> Events(BenchKeeper keeper, string slot)
    {
        if (keeper.Now.Bench is not { } bench || !Has(bench, slot))
        {
            return [];
        }

        IEnumerable<EventView> all =
        [
            .. IncidentsOf(bench, slot).Where(i => i.At is not null).Select(i => new EventView(i.At!.Value, "incident", $"{i.Class}{(i.Mode is { } mode ? $" {mode}" : "")}: {i.Title}")),
            .. Wait(bench.Session.GetBootsAsync(slot, TimeSpan.Zero, CancellationToken.None)).Select(b => new EventView(
                bench.UtcAt(b.At), "boot", $"{(b.Expected ? "boot, asked for" : "boot, not asked for")}: {b.Reason}{(b.ResetReason is { } reason ? $" (the DUT says {reason})" : "")}")),
            .. bench.Session.GetIntents(slot).Select(i => new EventView(bench.UtcAt(i.Opened), "act", i.Text)),
        ];
        return [.. all.OrderBy(e => e.At).TakeLast(MostEvents)];
    }

    /// <summary>Figures of the last seconds of run time, thinned evenly to what a plot can show.</summary>
    public static IReadOnlyList<SampleView> Samples(BenchKeeper keeper, string slot, TimeSpan back)
    {
        if (keeper.Now.Bench is not { } bench || !Has(bench, slot))
        {
            return [];
        }

        IReadOnlyList<TelemetryRecord> all = bench.Session.GetTelemetry(slot, bench.Clock.Elapsed - back);
        int step = Math.Max(1, (all.Count + MostSamples - 1) / MostSamples);
        return [.. all.Where((_, i) => i % step == 0).Select(t => new SampleView(bench.UtcAt(t.At), t.HeapB, t.RssiDbm, t.Voltage, t.Power, t.UptimeS))];
    }

    /// <summary>An incident of a bench whose clock is known.</summary>
    public static IncidentView View(IncidentRecord i, Func<double, DateTimeOffset?> utc) => new(
        i.Id, i.Slot, i.Class, i.Mode, i.Title, utc(i.FirstSymptom), i.Recovered is { } at ? utc(at) : null, i.Recovery, i.Expected, i.Story, i.Evidence);

    private static SlotView Of(SlotEntry entry, OpenBench? bench, LiveSlot? live, SlotLease? lease, string? outOfPool) => new(
        entry.Name, entry.Board.Description.Name, entry.Board.Description.Chip, JobOrder.Supply(entry), JobOrder.Labels(entry),
        live is null ? "unknown" : live.Powered switch { true => "on", false => "off", null => "unswitched" },
        live?.Status.Ready, live?.Status.UptimeSeconds, live?.Powered == false ? null : live?.Status.HeapBytes, live?.Powered == false ? null : live?.Newest?.RssiDbm,
        live?.Powered == false ? null : live?.Newest?.Voltage, live?.Powered == false ? null : live?.Newest?.Current, live?.Powered == false ? null : live?.Newest?.Power,
        live?.Status.RelayClosed, live?.Activity is { Length: > 0 } activity ? activity : null,
        live?.Verdicts.ToDictionary(v => v.Key.ToText(), v => v.Value) ?? [], live?.Incidents ?? 0,
        bench is not null && live is not null ? IncidentsOf(bench, entry.Name).LastOrDefault() : null,
        live?.Status.Lost == true ? live.Status.LostReason : null, live?.Status.Observers ?? [], lease, outOfPool);

    private static IEnumerable<IncidentView> IncidentsOf(OpenBench bench, string slot) =>
        Wait(bench.Session.GetIncidentsAsync(slot, TimeSpan.Zero, CancellationToken.None)).Select(i => View(i, at => bench.UtcAt(at)));

    private static bool Has(OpenBench bench, string slot) => bench.Slots.Any(s => s.Entry.Name == slot);

    // The session in its own process answers at once: these tasks are over when they are made.
    private static T Wait<T>(Task<T> over) => over.IsCompletedSuccessfully ? over.Result : throw new InvalidOperationException("A session in its own process answers at once.");
}
