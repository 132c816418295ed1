using System.Diagnostics.Metrics;
using LabRunner.Bench.Hosting.Discovery;
using LabRunner.Bench.Hosting.Discovery.Survey;
using LabRunner.Bench.Session;
using LabRunner.Reports.Records;
using LabRunner.Station.Benches;
using LabRunner.Station.Jobs;
using LabRunner.Station.Leases;

namespace LabRunner.Station.Metrics;

/// <summary>
/// The station's figures as instruments of one meter, read when somebody asks. Names, units and words of attributes follow OpenTelemetry's conventions;
/// in Prometheus' text <c>labrunner.slot.heap.free</c> in <c>By</c> is <c>labrunner_slot_heap_free_bytes</c>. A figure that nobody knows is left out.
/// Thread safe.
/// </summary>
internal sealed class StationMeters
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "LabRunner.Station";

    private static readonly string[] SlotStates = ["ready", "not_ready", "off", "lost", "unknown"];

    private readonly Meter _meter;
    private readonly BenchKeeper _keeper;
    private readonly Counter<long> _refusals;

    public StationMeters(
        IMeterFactory factory, BenchKeeper keeper, LeaseDesk leases, JobBook jobs, ConsoleKeeper consoles, IncidentTally incidents, MachineFiles machine, StationOptions options,
        TimeProvider clock)
    {
        (_meter, _keeper) = (factory.Create(Name), keeper);
        _refusals = _meter.CreateCounter<long>("labrunner.station.refusals", "{request}", "Requests that were refused, by the status of the answer.");
        Bench(clock);
        Slots();
        _meter.CreateObservableCounter("labrunner.slot.incidents", incidents.Counts, "{incident}", "Incidents that are over, by class; expected: somebody asked for them.");
        _meter.CreateObservableGauge("labrunner.slot.incidents.open", incidents.Open, "{incident}", "Incidents that are going on.");
        _meter.CreateObservableCounter("labrunner.console.lines", () => consoles.Read.Select(r => Of(r.Lines, r.Slot)), "{line}", "Console lines kept since the station's start.");
        _meter.CreateObservableCounter("labrunner.console.io", () => consoles.Read.Select(r => Of(r.Bytes, r.Slot)), "By", "Text of those lines in UTF-8.");
        _meter.CreateObservableGauge("labrunner.queue.jobs", () => jobs.Queue().Count, "{job}", "Jobs that wait.");
        _meter.CreateObservableGauge("labrunner.leases.active", () => leases.All().Count, "{lease}", "Leases in force.");
        Host(machine, options);
    }

    /// <summary>Counts an answer that was a refusal: unknown (401), not allowed (403), somebody else's (409), misdirected (421), too many (429).</summary>
    public void Answered(int status)
    {
        if (status is 401 or 403 or 409 or 421 or 429)
        {
            _refusals.Add(1, new KeyValuePair<string, object?>("http.response.status_code", status));
        }
    }

    private void Bench(TimeProvider clock)
    {
        string[] states = ["watching", "running", "closed"];
        _meter.CreateObservableGauge(
            "labrunner.bench.state", () => OneOf(states, _keeper.Now switch { (null, _) => "closed", (_, null) => "watching", _ => "running" }), null, "1 for what the bench does now.");
        _meter.CreateObservableGauge(
            "labrunner.run.elapsed", () => Run(job => job.Started is { } began ? (clock.GetUtcNow() - began).TotalSeconds : null), "s", "How long the run has gone on.");
        _meter.CreateObservableGauge(
            "labrunner.run.remaining", () => Run(job => _keeper.ExpectedEnd(job) is { } end ? Math.Max(0, (end - clock.GetUtcNow()).TotalSeconds) : null), "s",
            "How long the run may still take, by how long its plan took before.");
        _meter.CreateObservableGauge(
            "labrunner.run.tests",
            () => _keeper.Now.Job is null ? [] : Live().SelectMany(l => l.Verdicts.Select(v => new Measurement<int>(v.Value, new("slot", l.Status.Slot), new("verdict", v.Key.ToText())))),
            "{test}", "Ended tests of the run by slot and verdict.");
    }

    private void Slots()
    {
        _meter.CreateObservableGauge("labrunner.slot.state", () => States(), null, "1 for the state that the slot is in.");
        Slot("labrunner.slot.powered", null, "1: the bench gives it power.", l => l.Powered is { } on ? on ? 1 : 0 : null);
        Slot("labrunner.slot.relay.closed", null, "1: its contact is closed, by the sense line.", l => l.Status.RelayClosed is { } closed ? closed ? 1 : 0 : null);
        Told("labrunner.slot.uptime", "s", "Uptime of the DUT.", l => l.Status.UptimeSeconds);
        Told("labrunner.slot.heap.free", "By", "Free heap of the DUT.", l => l.Status.HeapBytes);
        Told("labrunner.slot.wifi.rssi", "dBm", "Wi-Fi as the DUT hears it.", l => l.Newest?.RssiDbm);
        Told("labrunner.slot.power", "W", "Active power as the DUT reads it.", l => l.Newest?.Power);
        Told("labrunner.slot.voltage", "V", "Voltage as the DUT reads it.", l => l.Newest?.Voltage);
        Told("labrunner.slot.current", "A", "Current as the DUT reads it.", l => l.Newest?.Current);
    }

    private void Host(MachineFiles machine, StationOptions options)
    {
        _meter.CreateObservableGauge(
            "labrunner.host.temperature", () => HostHealth.Temperatures(machine).Select(t => new Measurement<double>(t.Celsius, new KeyValuePair<string, object?>("sensor", t.Sensor))),
            "Cel", "Temperature of the machine's CPU.");
        _meter.CreateObservableGauge(
            "labrunner.host.undervoltage",
            () => HostHealth.Throttling(machine) is { } bits
                ? new[] { new Measurement<int>((int)(bits & 1), new KeyValuePair<string, object?>("when", "now")), new((int)(bits >> 16 & 1), new KeyValuePair<string, object?>("when", "since_start")) }
                : [],
            null, "1: the supply of a Raspberry Pi is or was below 4.63 V.");
        _meter.CreateObservableGauge(
            "labrunner.host.storage.free",
            () => new[] { ("state", options.StateFolder), ("runs", options.RunsFolder) }.Where(f => Directory.Exists(f.Item2))
                .Select(f => new Measurement<long>(new DriveInfo(f.Item2).AvailableFreeSpace, new KeyValuePair<string, object?>("folder", f.Item1))),
            "By", "Room on the disk of the station's folders.");
    }

    // What a DUT said before it lost its power is no figure of now.
    private void Told(string name, string unit, string description, Func<LiveSlot, double?> read) => Slot(name, unit, description, l => l.Powered == false ? null : read(l));

    private void Slot(string name, string? unit, string description, Func<LiveSlot, double?> read) => _meter.CreateObservableGauge(
        name, () => Live().Select(l => (l.Status.Slot, Value: read(l))).Where(v => v.Value is not null).Select(v => Of(v.Value!.Value, v.Slot)), unit, description);

    private IEnumerable<Measurement<int>> States()
    {
        Dictionary<string, LiveSlot> live = Live().ToDictionary(l => l.Status.Slot);
        return _keeper.Inventory.Slots.SelectMany(s =>
        {
            string now = !live.TryGetValue(s.Name, out LiveSlot? slot) ? "unknown" : slot.Status.Lost ? "lost" : slot.Powered == false ? "off" : slot.Status.Ready ? "ready" : "not_ready";
            return SlotStates.Select(state => new Measurement<int>(state == now ? 1 : 0, new("slot", s.Name), new("state", state)));
        });
    }

    private IReadOnlyList<LiveSlot> Live() => _keeper.Now.Bench?.Session.GetLive() ?? [];

    private IEnumerable<Measurement<double>> Run(Func<Job, double?> read) =>
        _keeper.Now.Job is { } job && read(job) is { } value ? [new Measurement<double>(value, new KeyValuePair<string, object?>("plan", job.Plan))] : [];

    private static IEnumerable<Measurement<int>> OneOf(string[] states, string now) =>
        states.Select(state => new Measurement<int>(state == now ? 1 : 0, new KeyValuePair<string, object?>("state", state)));

    private static Measurement<T> Of<T>(T value, string slot)
        where T : struct => new(value, new KeyValuePair<string, object?>("slot", slot));
}
