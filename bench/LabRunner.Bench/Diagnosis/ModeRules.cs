using LabRunner.Bench.Watch;

namespace LabRunner.Bench.Diagnosis;

/// <summary>A failure mode of the catalogue (F01 to F64) and the evidence that singles it out within a class.</summary>
/// <param name="Class">Class of the truth table.</param>
/// <param name="Mode">Failure mode; null: the class has several and the evidence tells none of them apart.</param>
/// <param name="Rule">The evidence in words.</param>
/// <param name="Fits">The evidence as a test.</param>
internal sealed record ModeRule(string Class, string? Mode, string Rule, Func<Evidence, bool> Fits);

/// <summary>
/// Which failure mode an incident of a class is: the first rule of its class that fits. Modes that only a night's statistics can tell (F09
/// F10 F17 F24 F25 F56 …) are named by the analyses, those that take a measurement (F30 F38 F41 F44 to F51 …) by the suites. Pure.
/// </summary>
internal static class ModeRules
{
    // One HTTP connection costs 11,768 bytes: below this the next one gets no thread.
    private const long NoRoomForAThread = 12_000;
    private const long PlentyOfHeap = 20_000;
    private const int ManySockets = 4;
    private const int CutsToSafeMode = 4;

    /// <summary>All rules; within a class in the order in which they are tried.</summary>
    public static IReadOnlyList<ModeRule> All { get; } =
    [
        new("HW_FAULT", "F54", "The rail is out of its band.", static _ => true),
        new("POWER_LOSS", "F53", "It lost its supply for a moment: the rail dipped, or it booted without the three seconds that a watchdog takes.", static e => e.Circumstances.RailDipped || e.Abrupt),
        new("POWER_LOSS", "F54", "The reset reason is power-off and the bench kept the supply on.", static _ => true),
        new("BOOT_LOOP", "F06", "Three boots within 300 s that nobody commanded.", static _ => true),
        new("SAFE_MODE", "F08", "A flicker of the supply led to it: power cuts of the bench a few seconds apart, or boots whose reset reason is power-off.", static e => e.Circumstances.ShortPowerCuts >= CutsToSafeMode || Flickered(e)),
        new("SAFE_MODE", "F07", "[SAFE] in the heartbeat, and no series of power cuts before it.", static _ => true),
        new("CRASH", "F31", "The dump came during an OTA update.", static e => e.Circumstances.DuringOta),
        new("CRASH", "F19", "The console names a stack overflow.", static e => e.Circumstances.StackOverflow),
        new("CRASH", "F18", "The console names a failed allocation while there was heap: fragmentation.", static e => Fragmented(e.Circumstances)),
        new("CRASH", "F20", "The console prints a value that is no number before the dump.", static e => e.Circumstances.NotANumber),
        new("CRASH", "F17", "The heap was used up while no connection held it: a leak.", static e => LeakedAway(e.Circumstances)),
        new("CRASH", "F14", "The heap had no room for another web thread.", static e => NoHeap(e.Circumstances)),
        new("CRASH", "F04", "A dump, and nothing that tells it from others.", static _ => true),
        new("HANG_RECOVERED", "F59", "The watchdog bit during an OTA update: a flash operation took longer than its 3 s.", static e => e.Circumstances.DuringOta),
        new("HANG_RECOVERED", "F19", "The console names a stack overflow.", static e => e.Circumstances.StackOverflow),
        new("HANG_RECOVERED", "F56", "The last line before it is about the chip's temperature.", static e => e.Circumstances.LastLine?.Contains("temperature", StringComparison.OrdinalIgnoreCase) == true),
        new("HANG_RECOVERED", "F14", "Connections used the heap up: an allocation or a web thread was refused while many were open.", static e => Stormed(e.Circumstances)),
        new("HANG_RECOVERED", "F17", "The heap was used up while no connection held it: a leak.", static e => LeakedAway(e.Circumstances)),
        new("HANG_RECOVERED", "F18", "The console names a failed allocation while there was heap: fragmentation.", static e => Fragmented(e.Circumstances)),
        new("HANG_RECOVERED", "F03", "A boot without a dump, and nothing that tells it from others.", static _ => true),
        new("SELF_REBOOT", "F60", "An orderly reset after a minute or more without Wi-Fi or broker: the firmware's own policy.", static e => e.Circumstances.WithoutLink),
        new("BRICK", "F37", "The bench cut the supply during an OTA update.", static e => e.Circumstances.CutDuringOta),
        new("HARD_HANG", "F05", "Its boot banner was the last that came: it hung before its watchdog was armed.", static e => e.BootSilent),
        new("HARD_HANG", "F02", "It hung while it ran.", static _ => true),
        new("NET_FREEZE", "F58", "Frozen with power save on.", static e => e.Circumstances.PowerSave),
        new("NET_FREEZE", "F01", "Frozen, and nothing that tells it from others.", static _ => true),
        new("WIFI_LOST", "F58", "Lost with power save on.", static e => e.Circumstances.PowerSave),
        new("WIFI_LOST", "F23", "The access point sent it away, moved channel or changed its key just before.", static e => e.Circumstances.SentAway),
        new("WIFI_LOST", "F22", "Lost, and not back by itself.", static _ => true),
        new("HTTP_DEAD", "F32", "The web server died with or after an OTA upload.", static e => e.Circumstances.DuringOta),
        new("HTTP_DEAD", "F15", "Four sockets or more beyond what it holds at rest stay taken.", static e => ManyOpen(e.Circumstances)),
        new("HTTP_DEAD", "F14", "The heap had no room for another web thread.", static e => NoHeap(e.Circumstances)),
        new("APP_DEAD_NET_ALIVE", "F12", "Ping answers, web and MQTT do not.", static _ => true),
        new("ICMP_ONLY_DEAD", "F11", "Only ping is dead.", static _ => true),
        new("HTTP_LARGE_STALL", "F18", "The console names a failed allocation while there was heap: fragmentation.", static e => Fragmented(e.Circumstances)),
        new("HTTP_LARGE_STALL", "F13", "Small answers arrive, large ones do not.", static _ => true),
        new("MQTT_DEAD", "F26", "MQTT alone is silent.", static _ => true),
        new("STATE_LIE", "F63", "Only the polled page is wrong; MQTT tells the contact's state.", static e => e.Circumstances.OnlyPageLies),
        new("STATE_LIE", "F42", "The reported channel is not the contact.", static _ => true),
    ];

    /// <summary>The rule that fits; null where the class has no mode that the evidence tells.</summary>
    public static ModeRule? Find(string @class, Evidence evidence) => All.FirstOrDefault(r => r.Class == @class && r.Fits(evidence));

    private static bool NoHeap(Circumstances c) => c.ThreadsRefused || c.HeapBytes < NoRoomForAThread;

    private static bool ManyOpen(Circumstances c) => c is { Sockets: { } now, SocketsAtRest: { } rest } && now - rest >= ManySockets;

    private static bool Stormed(Circumstances c) => (c.AllocationFailed && ManyOpen(c)) || (NoHeap(c) && !LeakedAway(c));

    private static bool LeakedAway(Circumstances c) => c.HeapBytes < NoRoomForAThread && !ManyOpen(c);

    private static bool Flickered(Evidence e) => e is { BootsIn300Seconds: >= 3, Dump: false, ResetReason: "BL_RST_POWER_OFF" };

    private static bool Fragmented(Circumstances c) => c.AllocationFailed && c.HeapBytes > PlentyOfHeap;
}
