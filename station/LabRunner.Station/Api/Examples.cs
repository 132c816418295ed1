using System.Text.Json;
using System.Text.Json.Nodes;
using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Session;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Pulses;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Station.Access;
using LabRunner.Station.Builds;
using LabRunner.Station.Consoles;
using LabRunner.Station.Health;
using LabRunner.Station.Jobs;
using LabRunner.Station.Leases;
using LabRunner.Station.Runs;
using LabRunner.Station.Schedule;

namespace LabRunner.Station.Api;

/// <summary>An example of each type that an endpoint answers, for the OpenAPI document: made of the types themselves, so that none can drift from them.</summary>
internal static class Examples
{
    private const string Job = "20260601T200000Z1a2b3c";
    private const string Run = Job + "-my-lab";
    private const string Hash = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9";
    private static readonly DateTimeOffset At = new(2026, 6, 1, 20, 0, 0, TimeSpan.Zero);

    private static readonly SlotLease Lease = new("c81d6a40", "Anna", ["p1"], "bisecting the freeze", At, At.AddHours(1));
    private static readonly JobView Playing = new(
        Job, "nightly", ["p1", "p2"], JobState.Running, 60, "Anna", "build 1.18.228 against 1.18.227", At, At.AddMinutes(1), null, At.AddHours(12), null, null, Run, 0, null, false,
        new JobFirmware(Hash, "OpenBL602_1.18.228.ota", "1.18.228", PutBy.Ota), null, false, null, new RunProgress(3, 8, 21, 140, 0.4), 9648, null);

    private static readonly IncidentView Freeze = new(
        3, "p1", "NET_FREEZE", "F01", "Network frozen, firmware alive", At.AddHours(3), At.AddHours(3.1), "powerCycle", false,
        "Ping, HTTP and MQTT fell silent within 2 s of each other while the console went on.", ["P: no answer since 23:00:02", "Info:MAIN:Time 10800, heap 95000"], Run, true, false);

    private static readonly Dictionary<Type, object> All = new object[]
    {
        new MeView("build server", "build server", "switch", "remote"),
        new BenchView("my-lab", "Five plugs on the wall", "running", null, Playing, At.AddHours(3), "1.0.0", false, [$"2026-06-01 20:01Z Run {Job} (plan nightly) of Anna begins."]),
        Lease,
        new AuditEntry(At, "pi", "Anna", "socket", "POST /api/v1/slots/p1/power", 200, "power cycle of p1", "does it boot?"),
        new HealthView("ok"),
        new SlotView(
            "p1", "sm-028-v1.3-b17", "BL602", "isolated-3v3", ["BL602", "sm-028-v1.3-b17", "isolated-3v3", "power", "button", "pulses"], "on", true, 10_790, 95_232, -61, 229.8, 0.26, 59.7, true,
            "S01 soak 3.0 of 12.0 h", new Dictionary<string, int> { ["PASS"] = 4 }, 1, Freeze, null, [new ObserverStatus("P", "up", "2 ms")], Lease, null, new SuiteCount(3, 8, 140), null),
        Freeze,
        new EventView(At, "boot", "Boot 1, asked for: power on by Anna"),
        new SampleView(At, 95_232, -61, 229.8, 59.7, 10_790),
        new PowerSight("p1", "on", "on", true, 3.3, 0.08, false),
        new PressView("p1", new PressSight([new PressEdge(12.104, 0.004, "relay closed", 0.0005, 0)], false, true, true)),
        new InjectedSight([new InjectedChannel(PulseChannel.Cf, 34.21, 34.2105, 14, null)], 230, 0.2609, 60, true),
        new MeterSight(12.5, [new MeterComparison("power", "W", 59.7, 60, -0.5, -1.2)], null),
        new ConsoleView(0, 1042, [new StoredLine(1041, At, "Info:MAIN:Time 10790, idle 230912/s, free 95232")]),
        new PlanView("nightly", "Every suite over twelve hours, roles rotate", ["S01", "S02", "S04"], null),
        Playing,
        new RunSummary(Run, "my-lab", "nightly", "PASS", "5 slots, nothing failed", At, 12, "completed", true, new RunPin("Anna", At.AddDays(1), "reference for 1.18.228")),
        new Scorecard("my-lab", "nightly", Verdict.Fail, "1 of 5 slots failed.", false, [
            new SlotScore("p1", "SM-028_V1.3 plug", Verdict.Fail, "Network frozen, firmware alive (NET_FREEZE F01).", 11.9, 0, [new IncidentScore(3, "NET_FREEZE", "F01", "Network frozen, firmware alive", 10_802, false, "powerCycle")], 0, 12),
        ]) { Paths = ReportPaths.Of($"/var/lib/labrunner/runs/{Run}") },
        new ImageView(Hash, "OpenBL602_1.18.228.bin", 1_048_576, ImageKind.Bl602WholeFlash, "BL602 whole-flash image", "BL602", "1.18.228", [], At, "build server"),
        new OperationView(
            Job, "flash", "p1", OperationState.Running, "Anna", "build 228", Hash, "OpenBL602_1.18.228.bin", At, null, new OperationProgress("write", 262_144, 1_048_576),
            ["p1: power off, BOOT high, power on."], null, null),
        new ScheduleView(
            "my-lab.yaml", "Europe/Berlin", null, [new QuietView("night", "22:00 to 06:00")],
            [new EntryView("nightly", "0 20 * * *", "Europe/Berlin", "nightly", [], ["BL602"], 60, At.AddDays(1), new DueOutcome(At, At, "queued", Job), "every night")],
            [new DueView(At.AddDays(1), "Tue 2026-06-02 22:00 +02:00", "nightly", "nightly", At.AddDays(1))]),
        new BuildWatchView("main", "https://ci.example/main/latest.ota", PutBy.Ota, "smoke", 300, At, null, [new SeenBuild("main", Hash, "latest.ota", "1.18.228", At, $"played as job {Job}: PASS. 5 slots, nothing failed.", Job)]),
        new PoolView(
            CheckedRuns.Scheduled, At, new HealthSight(HealthState.Good, "nothing is wrong", At, At), [new SlotHealthView("p1", true, new HealthSight(HealthState.Good, "serves 8 s after its power", At, At))]),
        new RetentionView(60, 40_000_000_000, 5, false, 41_200_000_000, 39_900_000_000, null, [new SweepRow(Run, 1_300_000_000, At, true, "older than 60 days")]),
    }.ToDictionary(e => e.GetType());

    /// <summary>An answer of a type, or of a list of it; null: none is known.</summary>
    /// <param name="answer">What an endpoint answers.</param>
    public static JsonNode? Of(Type answer) =>
        All.TryGetValue(answer, out object? one) ? JsonSerializer.SerializeToNode(one, answer, Document.Json)
        : Element(answer) is { } of && All.TryGetValue(of, out object? first) ? new JsonArray(JsonSerializer.SerializeToNode(first, of, Document.Json))
        : null;

    private static Type? Element(Type answer) => answer.IsGenericType && answer.GetInterfaces().Append(answer).FirstOrDefault(
        i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>)) is { } list ? list.GetGenericArguments()[0] : null;
}
