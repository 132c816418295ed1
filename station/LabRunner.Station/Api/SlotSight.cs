using LabRunner.Bench.Inventory;
using LabRunner.Bench.Session;
using LabRunner.Reports.Records;
using LabRunner.Station.Access;
using LabRunner.Station.Benches;
using LabRunner.Station.Health;
using LabRunner.Station.Jobs;
using LabRunner.Station.Leases;
using LabRunner.Station.Operations;

namespace LabRunner.Station.Api;

/// <summary>Slots as the station's callers see them, from the open bench or, while it is closed, from the inventory alone.</summary>
internal static class SlotSight
{
    private const int MostSamples = 2000;
    private const int MostEvents = 500;
    private static readonly string[] HandActs = ["press", "inject", "console"];

    /// <summary>All slots in the inventory's order.</summary>
    public static IReadOnlyList<SlotView> All(BenchKeeper keeper, LeaseDesk leases, Pool pool, OperationDesk operations)
    {
        OpenBench? bench = keeper.Now.Bench;
        Dictionary<string, LiveSlot> live = bench?.Session.GetLive().ToDictionary(l => l.Status.Slot) ?? [];
        IReadOnlyList<SlotLease> taken = leases.All();
        IReadOnlyList<OperationView> going = [.. operations.All().Where(o => o.State == OperationState.Running)];
        return [.. keeper.Inventory.Slots.Select(entry => Of(
            entry, keeper, live.GetValueOrDefault(entry.Name), taken.FirstOrDefault(l => l.Slots.Contains(entry.Name)), pool.WhyOut(entry.Name),
            going.FirstOrDefault(o => o.Slot == entry.Name) is { } now ? new SlotOperation(now.Id, now.Kind, now.Name, now.Owner, now.Created, now.Progress) : null))];
    }

    /// <summary>Incidents, newest first: of the open bench, and what is known of watches and runs before.</summary>
    public static IReadOnlyList<IncidentView> Incidents(BenchKeeper keeper, string slot) =>
        [.. LiveIncidents(keeper, slot), .. keeper.Past.Incidents(slot, keeper.Now.Bench?.Record)];

    /// <summary>Incidents, boots and acts of the open bench and of watches and runs before, and what was done by hand, oldest first.</summary>
    public static IReadOnlyList<EventView> Events(BenchKeeper keeper, AuditLog audit, string slot)
    {
        IEnumerable<EventView> now = Live(keeper, slot) is not { } bench ? [] :
        [
            .. IncidentsOf(bench, slot).Where(i => i.At is not null).Select(Event),
            .. Wait(bench.Session.GetBootsAsync(slot, TimeSpan.Zero, CancellationToken.None)).Select(b => Event(b, bench.UtcAt(b.At))),
            .. bench.Session.GetIntents(slot).Select(i => new EventView(bench.UtcAt(i.Opened), "act", i.Text)),
        ];
        return [.. keeper.Past.Events(slot, keeper.Now.Bench?.Record).Concat(now).Concat(Hands(audit, slot)).OrderBy(e => e.At).TakeLast(MostEvents)];
    }

    /// <summary>Presses, injections and console writes of people and scripts: a record of the bench has only what switches its power.</summary>
    private static IEnumerable<EventView> Hands(AuditLog audit, string slot) => audit.Newest(AuditLog.Kept)
        .Where(e => e is { Status: >= 200 and < 300, What: not null } && HandActs.Any(act => e.Action.EndsWith($"/slots/{slot}/{act}", StringComparison.Ordinal)))
        .Select(e => new EventView(e.At, "act", $"{e.What}, by {e.Owner}{(e.Why is { } why ? $": {why}" : "")}"));

    /// <summary>An incident as something that happened.</summary>
    public static EventView Event(IncidentView i) =>
        new(i.At!.Value, "incident", $"{i.Class}{(i.Mode is { } mode ? $" {mode}" : "")}: {i.Title}", i.Record, i.Id);

    /// <summary>A boot as something that happened.</summary>
    public static EventView Event(BootRecord b, DateTimeOffset at) => new(
        at, "boot", $"{(b.Expected ? "boot, asked for" : "boot, not asked for")}: {b.Reason}{(b.ResetReason is { } reason ? $" (the DUT says {reason})" : "")}");

    /// <summary>Figures of the last seconds of run time, thinned evenly to what a plot can show.</summary>
    public static IReadOnlyList<SampleView> Samples(BenchKeeper keeper, string slot, TimeSpan back)
    {
        if (Live(keeper, slot) is not { } bench)
        {
            return [];
        }

        IReadOnlyList<TelemetryRecord> all = bench.Session.GetTelemetry(slot, bench.Clock.Elapsed - back);
        int step = Math.Max(1, (all.Count + MostSamples - 1) / MostSamples);
        return [.. all.Where((_, i) => i % step == 0).Select(t => new SampleView(bench.UtcAt(t.At), t.HeapB, t.RssiDbm, t.Voltage, t.Power, t.UptimeS))];
    }

    /// <summary>An incident for callers.</summary>
    /// <param name="i">Incident.</param>
    /// <param name="utc">Wall time of a run time; null where it is not known.</param>
    /// <param name="record">Name of the watch or run that recorded it.</param>
    /// <param name="isRun">It is a run.</param>
    /// <param name="goesOn">The record goes on.</param>
    public static IncidentView View(IncidentRecord i, Func<double, DateTimeOffset?> utc, string record, bool isRun, bool goesOn) => new(
        i.Id, i.Slot, i.Class, i.Mode, i.Title, utc(i.FirstSymptom), i.Recovered is { } at ? utc(at) : null, i.Recovery, i.Expected, i.Story, i.Evidence, record, isRun, goesOn && i.Recovered is null);

    private static SlotView Of(SlotEntry entry, BenchKeeper keeper, LiveSlot? live, SlotLease? lease, string? outOfPool, SlotOperation? operation) => new(
        entry.Name, entry.Board.Description.Name, entry.Board.Description.Chip, JobOrder.Supply(entry), JobOrder.Labels(entry),
        live is null ? "unknown" : live.Powered switch { true => "on", false => "off", null => "unswitched" },
        live?.Status.Ready, live?.Powered == false ? null : live?.Status.UptimeSeconds, live?.Powered == false ? null : live?.Status.HeapBytes, live?.Powered == false ? null : live?.Newest?.RssiDbm,
        live?.Powered == false ? null : live?.Newest?.Voltage, live?.Powered == false ? null : live?.Newest?.Current, live?.Powered == false ? null : live?.Newest?.Power,
        live?.Status.RelayClosed, live?.Activity is { Length: > 0 } activity ? activity : null,
        live?.Verdicts.ToDictionary(v => v.Key.ToText(), v => v.Value) ?? [], live?.Incidents ?? 0,

        // What a suite provoked is news while it goes on, and none afterwards.
        News(LiveIncidents(keeper, entry.Name)) ?? News(keeper.Past.Incidents(entry.Name, keeper.Now.Bench?.Record)),
        live?.Status.Lost == true ? live.Status.LostReason : null, live?.Status.Observers ?? [], lease, outOfPool, live?.Suites, operation);

    private static IncidentView? News(IEnumerable<IncidentView> newestFirst) => newestFirst.FirstOrDefault(i => i.Open || !i.Expected);

    private static IEnumerable<IncidentView> LiveIncidents(BenchKeeper keeper, string slot) => Live(keeper, slot) is { } bench ? IncidentsOf(bench, slot).Reverse() : [];

    private static IEnumerable<IncidentView> IncidentsOf(OpenBench bench, string slot) =>
        Wait(bench.Session.GetIncidentsAsync(slot, TimeSpan.Zero, CancellationToken.None)).Select(i => View(i, at => bench.UtcAt(at), bench.Record, bench.IsRun, goesOn: true));

    private static OpenBench? Live(BenchKeeper keeper, string slot) => keeper.Now.Bench is { } bench && bench.Slots.Any(s => s.Entry.Name == slot) ? bench : null;

    // The session in its own process answers at once: these tasks are over when they are made.
    private static T Wait<T>(Task<T> over) => over.IsCompletedSuccessfully ? over.Result : throw new InvalidOperationException("A session in its own process answers at once.");
}
