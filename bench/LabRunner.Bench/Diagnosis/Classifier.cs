using LabRunner.Bench.Watch;

namespace LabRunner.Bench.Diagnosis;

/// <summary>A class with the failure mode it stands for and what a reader is told.</summary>
/// <param name="Class">Class of the truth table.</param>
/// <param name="Mode">Failure mode that the class singles out; null where it does not.</param>
/// <param name="Title">One line.</param>
/// <param name="Meaning">One sentence: why this class and no other.</param>
/// <param name="NeedsRecovery">True: the DUT does not serve and the ladder may act; false: an intervention would hide the symptom.</param>
internal sealed record Classification(string Class, string? Mode, string Title, string Meaning, bool NeedsRecovery);

/// <summary>
/// The truth table of the failure classes (soak practice: ICMP, TCP, small and large HTTP, MQTT, UART and button seen together).
/// Pure; the first row that fits wins, so rows with more specific evidence stand first.
/// </summary>
internal static class Classifier
{
    /// <summary>Nothing is wrong.</summary>
    public const string Ok = "OK";

    /// <summary>No row fits.</summary>
    public const string Unknown = "UNKNOWN";

    private static readonly (Func<Evidence, bool> Fits, Classification Result)[] Table =
    [
        (e => e[ObserverKeys.Rail] == false,
            new("HW_FAULT", null, "Its supply rail is out of its band", "The rail monitor sees a voltage on which nothing can run: a fault of the hardware, not of the firmware.", true)),
        (e => e is { SafeMode: true, BootsIn300Seconds: >= 3, Dump: false, ResetReason: "BL_RST_POWER_OFF" },
            new("SAFE_MODE", null, "Stuck in safe mode after a flicker of its supply", "Several boots by loss of the supply, which the bench kept on, and now its heartbeat carries [SAFE].", true)),
        (e => e.BootsIn300Seconds >= 3,
            new("BOOT_LOOP", null, "Boots again and again", "Three or more boots within 300 s that nobody commanded.", true)),
        (e => e.SafeMode && e[ObserverKeys.Heartbeat] != false,
            new("SAFE_MODE", null, "Stuck in safe mode", "Its heartbeat carries [SAFE]: pins, MQTT and API are off.", true)),
        (e => e.BootSilent && e.Dump,
            new("CRASH", null, "Crashed in its boot", "An exception dump after the boot banner and silence since.", true)),
        (e => e.BootSilent,
            new("HARD_HANG", null, "Hung in its boot", "The boot banner came, and no heartbeat within 20 s of it.", true)),
        (e => e.Rebooted && e.Dump,
            new("CRASH", null, "Crashed and was reset by its watchdog", "An exception dump on the console, then a boot that nobody commanded.", false)),
        (e => e.Rebooted && e.ResetReason == "BL_RST_POWER_OFF",
            new("POWER_LOSS", null, "Lost its supply and booted", "A boot with reason BL_RST_POWER_OFF while the bench kept the supply on.", false)),
        (e => e.Rebooted && e.ResetReason == "BL_RST_SOFTWARE",
            new("SELF_REBOOT", null, "Rebooted by its own decision", "A boot by the firmware's orderly software reset that nobody commanded.", false)),
        (e => e is { Rebooted: true, Abrupt: true },
            new("POWER_LOSS", null, "Lost its supply for a moment and booted", "A boot that nobody commanded, without a dump and without the three seconds of silence that its watchdog takes.", false)),
        (e => e.Rebooted,
            new("HANG_RECOVERED", null, "Hung and was reset by its watchdog", "A boot that nobody commanded and no exception dump before it.", false)),
        (e => e.PowerCyclesInVain && AllDead(e) && e[ObserverKeys.Heartbeat] == false,
            new("BRICK", null, "Does not boot any more", "No sign of life after all power cycles.", true)),
        (e => NetworkDead(e) && e[ObserverKeys.Heartbeat] == true && (e.WifiUp == false || e.Associated == false),
            new("WIFI_LOST", null, "Lost its Wi-Fi", "No network, and its heartbeat says bWifi 0 or the access point has it no longer.", true)),
        (e => NetworkDead(e) && !e.HasConsole && e.Associated == false && e[ObserverKeys.Button] != false,
            new("WIFI_LOST", null, "Lost its Wi-Fi", "No network, and the access point has it no longer.", true)),
        (e => NetworkDead(e) && e[ObserverKeys.Heartbeat] == true && (e.WifiUp == true || e.Associated == true) && e.HasAddress == false,
            new("IP_LOST", null, "On the Wi-Fi without an address", "No network: it is joined, and has no IP address.", true)),
        (e => NetworkDead(e) && e[ObserverKeys.Heartbeat] == true && e[ObserverKeys.Button] != false,
            new("NET_FREEZE", null, "Network frozen, firmware alive", "Nothing answers over the network while its console heartbeat goes on.", true)),
        (e => NetworkDead(e) && !e.HasConsole && e[ObserverKeys.Button] == true,
            new("NET_FREEZE", null, "Network frozen, firmware alive", "Nothing answers over the network while its button still switches the relay.", true)),
        (e => NetworkDead(e) && e[ObserverKeys.Heartbeat] == false && e[ObserverKeys.Button] != true && e.Dump,
            new("CRASH", null, "Crashed and did not come back", "An exception dump on the console and silence after it.", true)),
        (e => NetworkDead(e) && e[ObserverKeys.Heartbeat] == false && e[ObserverKeys.Button] != true,
            new("HARD_HANG", null, "Hung completely", "Network and console are dead and no boot came.", true)),
        (e => NetworkDead(e) && !e.HasConsole && e[ObserverKeys.Button] == false,
            new("HARD_HANG", null, "Hung completely", "Network and button are dead and no boot came.", true)),
        (e => e[ObserverKeys.Ping] == true && e[ObserverKeys.SmallHttp] == false && e[ObserverKeys.Mqtt] == true,
            new("HTTP_DEAD", null, "Web server dead, network alive", "Ping and MQTT live, HTTP does not answer.", true)),
        (e => e[ObserverKeys.Ping] == true && e[ObserverKeys.SmallHttp] == false && e[ObserverKeys.Mqtt] == false,
            new("APP_DEAD_NET_ALIVE", null, "Answers ping, web and MQTT dead", "Ping lives while web and MQTT are dead.", true)),
        (e => e[ObserverKeys.Ping] == true && Dead(e, ObserverKeys.Tcp, ObserverKeys.SmallHttp) && e[ObserverKeys.SmallHttp] == false,
            new("HTTP_DEAD", null, "Web server dead, network alive", "Ping lives, HTTP does not answer.", true)),
        (e => e[ObserverKeys.Ping] == false && e[ObserverKeys.SmallHttp] == true && e[ObserverKeys.LargeHttp] != false && e[ObserverKeys.Mqtt] != false,
            new("ICMP_ONLY_DEAD", null, "Only ping is dead", "HTTP answers, only ping does not.", false)),
        (e => e[ObserverKeys.SmallHttp] == true && e[ObserverKeys.LargeHttp] == false,
            new("HTTP_LARGE_STALL", null, "Large pages stall", "Small answers arrive, large pages do not or are cut.", false)),
        (e => e[ObserverKeys.Mqtt] == false && (e[ObserverKeys.SmallHttp] == true || (e[ObserverKeys.SmallHttp] is null && e[ObserverKeys.Ping] != false)),
            new("MQTT_DEAD", null, "MQTT silent, web alive", "The web answers, no MQTT message comes.", false)),
        (e => e[ObserverKeys.State] == false && e[ObserverKeys.SmallHttp] != false,
            new("STATE_LIE", null, "Reports a state that is not the contact's", "The channel it reports and the relay contact have differed for more than 2 s.", false)),
    ];

    /// <summary>Classes that the table can give.</summary>
    public static IReadOnlyList<string> Classes { get; } = [.. Table.Select(t => t.Result.Class).Distinct()];

    /// <summary>The class of the evidence; <see cref="Unknown"/> when no row fits, and then nothing is guessed.</summary>
    public static Classification Classify(Evidence evidence)
    {
        foreach ((Func<Evidence, bool> fits, Classification result) in Table)
        {
            if (fits(evidence))
            {
                return Named(result, evidence);
            }
        }

        return AnyDead(evidence)
            ? new(Unknown, null, "Symptoms that fit no known class", "The observers disagree in a way that the truth table does not hold.", NetworkDead(evidence))
            : new(Ok, null, "Serves", "No observer is dead.", false);
    }

    private static Classification Named(Classification found, Evidence evidence)
    {
        ModeRule? rule = ModeRules.Find(found.Class, evidence);
        string title = found.Class == "CRASH" && evidence.Crash is { } crash ? $"{found.Title} ({crash.Short})" : found.Title;
        return found with { Mode = rule?.Mode, Title = title, Meaning = rule?.Mode is { } mode ? $"{found.Meaning} {mode}: {rule.Rule}" : found.Meaning };
    }

    private static bool AnyDead(Evidence e) => e.Observers.Any(o => o.Value == false);

    // Dead or not known, and at least one of them really dead: a slow observer that has not looked since the first symptom
    // does not contradict; one that has seen life since does.
    private static bool NetworkDead(Evidence e) =>
        Dead(e, ObserverKeys.Ping, ObserverKeys.Tcp, ObserverKeys.SmallHttp, ObserverKeys.LargeHttp, ObserverKeys.Mqtt)
        && (e[ObserverKeys.Ping] == false || e[ObserverKeys.SmallHttp] == false || e[ObserverKeys.Tcp] == false);

    private static bool AllDead(Evidence e) => NetworkDead(e) && e[ObserverKeys.Button] != true;

    private static bool Dead(Evidence e, params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (e[key] == true)
            {
                return false;
            }
        }

        return true;
    }
}
