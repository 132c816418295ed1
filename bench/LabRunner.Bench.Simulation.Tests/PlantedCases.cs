using System.Text;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Virtual.Plug;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Simulation.Tests;

/// <summary>
/// All that is planted for the confusion matrix: each mode that the watch alone can name, by the fault of that name where there is one. Modes
/// that take a measurement, an update or many nights are the business of suites and analyses; where such a fault shows itself to the watch
/// too, the row says as what.
/// </summary>
internal static class PlantedCases
{
    private const int Segment = 1460;

    public static IReadOnlyList<PlantedCase> All { get; } =
    [
        PlantedCase.AtUptime("F01", "NET_FREEZE"),
        PlantedCase.AtUptime("F02", "HARD_HANG"),
        PlantedCase.AtUptime("F03", "HANG_RECOVERED") with { Recovery = "watchdog", ConfirmWithin = 10, RecoverWithin = 25 },
        PlantedCase.AtUptime("F04", "CRASH") with { Recovery = "watchdog", ConfirmWithin = 10, RecoverWithin = 25 },
        new("F05", "HARD_HANG", "F05") { Faults = _ => [PlantedCase.Fault("F05", ("every", "2"))], Script = (b, at) => CutsAsync(b, at, 1, 60), OnsetKnown = false },
        new("F06", "BOOT_LOOP", "F06") { Faults = _ => [PlantedCase.Fault("F06")], Script = (b, at) => CutsAsync(b, at, 1, 60), OnsetKnown = false, Recovery = "none", Length = 1500 },
        new("F07", "SAFE_MODE", "F07") { Faults = _ => [PlantedCase.Fault("F07")], Script = (b, at) => CutsAsync(b, at, 4, 70), OnsetKnown = false, ConfirmWithin = 60, Recovery = "none", Length = 1800 },
        new("F08 by the mains", "SAFE_MODE", "F08") { Faults = at => [PlantedCase.Fault("F08", ("at", PlantedCase.S(at)))], OnsetKnown = false, ConfirmWithin = 60 },
        new("F08 by the bench", "SAFE_MODE", "F08") { Script = (b, at) => CutsAsync(b, at, 5, 3), OnsetKnown = false, ConfirmWithin = 60 },
        new("F10", "HANG_RECOVERED", "F03")
        {
            Faults = _ => [PlantedCase.Fault("F10", ("at", "03:00"))], Origin = new DateTimeOffset(2026, 1, 6, 2, 54, 0, TimeSpan.Zero), OnsetKnown = false,
            Recovery = "watchdog", ConfirmWithin = 10, RecoverWithin = 25,
        },
        PlantedCase.AtUptime("F11", "ICMP_ONLY_DEAD") with { Recovery = null },
        PlantedCase.AtUptime("F12", "APP_DEAD_NET_ALIVE") with { OnsetSlack = 12, ConfirmWithin = 60, RecoverWithin = 400 },
        PlantedCase.AtUptime("F13", "HTTP_LARGE_STALL") with { OnsetSlack = 65, ConfirmWithin = 90, Recovery = null },
        new("F14", "HANG_RECOVERED", "F14")
        {
            Faults = _ => [PlantedCase.Fault("F14")], Script = (b, at) => HoldAsync(b, at, 7, TimeSpan.FromSeconds(1.3), TimeSpan.FromSeconds(1)), OnsetKnown = false,
            Recovery = "watchdog", ConfirmWithin = 10, RecoverWithin = 25,
        },
        new("F15", "HTTP_DEAD", "F15")
        {
            Script = (b, at) => HoldAsync(b, at, 9, TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(3)), OnsetKnown = false, ConfirmWithin = 60, Recovery = "power-cycle", RecoverWithin = 400,
        },
        new("F17", "HANG_RECOVERED", "F17")
        {
            Faults = _ => [PlantedCase.Fault("F17", ("bytesPerSecond", "300"))], OnsetKnown = false, Recovery = "watchdog", ConfirmWithin = 60, RecoverWithin = 120, Length = 480,
        },
        PlantedCase.AtUptime("F18", "HTTP_LARGE_STALL") with { OnsetSlack = 65, ConfirmWithin = 90, Recovery = null },
        PlantedCase.AtUptime("F19", "HANG_RECOVERED") with { Recovery = "watchdog", ConfirmWithin = 10, RecoverWithin = 25 },
        PlantedCase.AtUptime("F20", "CRASH", "F04") with { OnsetSlack = 70, Recovery = "watchdog", ConfirmWithin = 10, RecoverWithin = 25 },
        new("F22", "WIFI_LOST", "F22") { Faults = _ => [PlantedCase.Fault("F22")], Script = (b, at) => AccessPointAwayAsync(b, at, 20), OnsetKnown = false, ConfirmWithin = 75, RecoverWithin = 420 },
        new("F23", "WIFI_LOST", "F23")
        {
            Faults = _ => [PlantedCase.Fault("F23", ("wait", "100s..110s"))], Script = DeauthenticateAsync, OnsetKnown = false, Recovery = "self", ConfirmWithin = 75,
        },
        new("F24", "HANG_RECOVERED", "F03")
        {
            Faults = _ => [PlantedCase.Fault("F24")], Script = ShortLeaseAsync, OnsetKnown = false, Recovery = "watchdog", ConfirmWithin = 10, RecoverWithin = 40, Length = 500,
        },
        new("no address", "IP_LOST", null) { Script = (b, at) => BootWithoutAddressAsync(b, at), OnsetKnown = false, ConfirmWithin = 75, RecoverWithin = 420, Recovery = "none", Length = 1800 },
        PlantedCase.AtUptime("F26", "MQTT_DEAD") with { OnsetSlack = 70, ConfirmWithin = 130, Recovery = null, Length = 900 },
        new("F29", PlantedCase.Nothing, null) { Faults = _ => [PlantedCase.Fault("F29", ("before", "200s"))] },
        new("F37", "BRICK", "F37")
        {
            Faults = _ => [PlantedCase.Fault("F37", ("phase", "write"))], Script = CutInUpdateAsync, OnsetKnown = false, ConfirmWithin = 90, Recovery = "none", Length = 1500,
        },
        new("F42", "STATE_LIE", "F42") { Faults = _ => [PlantedCase.Fault("F42", ("every", "1"))], Script = ToggleAsync, OnsetSlack = 70, ConfirmWithin = 20, Recovery = null },
        PlantedCase.AtUptime("F53", "POWER_LOSS") with
        {
            Faults = at => [PlantedCase.Fault("F53", ("every", PlantedCase.S(at)))], OnsetKnown = false, Recovery = "watchdog", ConfirmWithin = 10, RecoverWithin = 25, Length = 420,
        },
        new("F54", "HW_FAULT", "F54") { Faults = at => [PlantedCase.Fault("F54", ("at", PlantedCase.S(at)))], OnsetKnown = false, Recovery = "none", Length = 1500 },
        new("F55 on both", PlantedCase.Nothing, null) { Faults = Poor, SentinelFaults = Poor, Length = 600 },
        PlantedCase.AtUptime("F56", "HANG_RECOVERED") with { Recovery = "watchdog", ConfirmWithin = 10, RecoverWithin = 25 },
        new("F57", "HANG_RECOVERED", "F03") { Faults = _ => [PlantedCase.Fault("F57")], Script = (b, at) => OpenPageAsync(b, at, "/cfg_generic"), OnsetSlack = 3, Recovery = "watchdog", ConfirmWithin = 10, RecoverWithin = 25 },
        new("F58", "NET_FREEZE", "F58") { Faults = _ => [PlantedCase.Fault("F58", ("after", "60s"))], Script = (b, at) => CommandAsync(b, at, "PowerSave 1"), OnsetKnown = false },
        new("F60", "SELF_REBOOT", "F60")
        {
            Faults = _ => [PlantedCase.Fault("F60", ("after", "3m"))], Script = (b, at) => BrokerAwayAsync(b, at, 200), OnsetKnown = false, Recovery = "watchdog", ConfirmWithin = 10,
            RecoverWithin = 40, Length = 700,
        },
        new("F61", "NET_FREEZE", "F01") { Faults = _ => [PlantedCase.Fault("F61", ("age", "100s"))], Script = BurstAsync, OnsetSlack = 4 },
        new("F63", "STATE_LIE", "F63") { Faults = at => [PlantedCase.Fault("F63", ("uptime", PlantedCase.S(at - 70)))], Script = ToggleAsync, OnsetSlack = 70, ConfirmWithin = 70, Recovery = null },
        new("broker away", PlantedCase.Nothing, null) { Script = (b, at) => BrokerAwayAsync(b, at, 240) },
        new("access point away", PlantedCase.Nothing, null) { Script = (b, at) => AccessPointAwayAsync(b, at, 60) },
    ];

    private static Hardware.Virtual.VirtualFaultConfig[] Poor(double at) =>
        [PlantedCase.Fault("F55", ("uptime", PlantedCase.S(at)), ("lasts", "150s"), ("loss", "0.95"))];

    private static async Task WaitAsync(SimulatedBench bench, double uptime) =>
        await Task.Delay(TimeSpan.FromSeconds(Math.Max(0.001, uptime)), bench.Clock);

    // Cuts of 4 s, each followed by so many seconds with power.
    private static async Task CutsAsync(SimulatedBench bench, double uptime, int cuts, double on)
    {
        await WaitAsync(bench, uptime);
        for (int cut = 0; cut < cuts; cut++)
        {
            long intent = await bench.Session.OpenIntentAsync("p1", IntentKinds.PowerCut, "a cut", new Dictionary<string, string>(), CancellationToken.None);
            await bench.Session.SwitchPowerAsync("p1", false, CancellationToken.None);
            await Task.Delay(TimeSpan.FromSeconds(4), bench.Clock);
            await bench.Session.SwitchPowerAsync("p1", true, CancellationToken.None);
            await Task.Delay(TimeSpan.FromSeconds(on), bench.Clock);
            await bench.Session.CloseIntentAsync(intent, CancellationToken.None);
        }
    }

    // Connections that say nothing: the firmware's server has no receive timeout.
    private static async Task HoldAsync(SimulatedBench bench, double uptime, int connections, TimeSpan apart, TimeSpan hold)
    {
        await WaitAsync(bench, uptime);
        List<IPlugLink> open = [];
        for (int i = 0; i < connections; i++)
        {
            try
            {
                open.Add(await bench.Plugs["p1"].DialAsync(new CancellationToken(i > 0 && !bench.Plugs["p1"].Model.Reachable)));
            }
            catch (Exception refused) when (refused is System.Net.Sockets.SocketException or OperationCanceledException)
            {
                break;
            }

            await Task.Delay(apart, bench.Clock);
        }

        await Task.Delay(hold, bench.Clock);
        open.ForEach(o => o.Dispose());
    }

    private static async Task AccessPointAwayAsync(SimulatedBench bench, double uptime, double seconds)
    {
        await WaitAsync(bench, uptime);
        bench.Air.SwitchAccessPoint(false);
        await Task.Delay(TimeSpan.FromSeconds(seconds), bench.Clock);
        bench.Air.SwitchAccessPoint(true);
    }

    private static async Task DeauthenticateAsync(SimulatedBench bench, double uptime)
    {
        await WaitAsync(bench, uptime);
        bench.Air.DeauthenticateAll();
    }

    // The sentinel keeps the address it has; one that boots gets none.
    private static async Task BootWithoutAddressAsync(SimulatedBench bench, double uptime)
    {
        await WaitAsync(bench, uptime);
        bench.Air.AddressServerUp = false;
        await CutsAsync(bench, 0, 1, 60);
    }

    private static async Task CutInUpdateAsync(SimulatedBench bench, double uptime)
    {
        await WaitAsync(bench, uptime);
        long intent = await bench.Session.OpenIntentAsync("p1", IntentKinds.Ota, "an update", new Dictionary<string, string>(), CancellationToken.None);
        Task upload = UploadAsync(bench);
        await Task.Delay(TimeSpan.FromSeconds(5), bench.Clock);
        await CutsAsync(bench, 0, 1, 1);
        await upload;
        await bench.Session.CloseIntentAsync(intent, CancellationToken.None);
    }

    private static async Task UploadAsync(SimulatedBench bench)
    {
        byte[] file = VirtualFirmwareImage.Build("1.18.159");
        using IPlugLink link = await bench.Plugs["p1"].DialAsync(CancellationToken.None);
        await link.SendAsync(Encoding.ASCII.GetBytes(FormattableString.Invariant($"POST /api/ota HTTP/1.1\r\nHost: p1\r\nContent-Length: {file.Length}\r\n\r\n")), CancellationToken.None);
        for (int sent = 0; sent < file.Length; sent += Segment)
        {
            await link.SendAsync(file.AsMemory(sent, Math.Min(Segment, file.Length - sent)), CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(70), bench.Clock);
        }
    }

    private static Task ShortLeaseAsync(SimulatedBench bench, double uptime)
    {
        bench.Air.Lease = TimeSpan.FromSeconds(2 * uptime);
        return Task.CompletedTask;
    }

    private static async Task BrokerAwayAsync(SimulatedBench bench, double uptime, double seconds)
    {
        await WaitAsync(bench, uptime);
        bench.SwitchBroker(false);
        await Task.Delay(TimeSpan.FromSeconds(seconds), bench.Clock);
        bench.SwitchBroker(true);
    }

    private static Task ToggleAsync(SimulatedBench bench, double uptime) => CommandAsync(bench, uptime, "POWER TOGGLE");

    private static async Task CommandAsync(SimulatedBench bench, double uptime, string line)
    {
        await WaitAsync(bench, uptime);
        try
        {
            await bench.Plugs["p1"].Web.CommandAsync(line, CancellationToken.None);
        }
        catch (PlugUnreachableException)
        {
            // The radio may lose the answer; the command arrives all the same, or the case fails by what it expects.
        }
    }

    private static async Task OpenPageAsync(SimulatedBench bench, double uptime, string page)
    {
        await WaitAsync(bench, uptime);
        try
        {
            await bench.Plugs["p1"].Web.GetAsync(page, CancellationToken.None);
        }
        catch (PlugUnreachableException)
        {
            // What opening it does to the plug is the case.
        }
    }

    private static async Task BurstAsync(SimulatedBench bench, double uptime)
    {
        await WaitAsync(bench, uptime);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => OpenPageAsync(bench, 0, "/api/info")));
    }
}
