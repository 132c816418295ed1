using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>Names of the suites for people. A suite that is not here is shown by its id.</summary>
internal static class SuiteTitles
{
    internal static IReadOnlyDictionary<string, string> All { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["S01"] = "Idle soak", ["S02"] = "Boot and power cycles", ["S03"] = "Safe-mode ladder", ["S04"] = "OTA cycles",
        ["S05"] = "OTA abuse", ["S06"] = "OTA power cut", ["S07"] = "HTTP stress", ["S08"] = "Discovery load",
        ["S09"] = "Wi-Fi faults", ["S10"] = "IP services", ["S11"] = "MQTT faults", ["S12"] = "Timers",
        ["S13"] = "Button and relay", ["S14"] = "Metering accuracy", ["S15"] = "Brown-out", ["S16"] = "Flash and config",
        ["S17"] = "Watchdog self-test", ["S18"] = "Web UI",
    };

    internal static string Of(string suite) => All.TryGetValue(suite, out string? title) ? $"{suite} {title}" : suite == SuiteNames.Recovery ? "Recovery after incidents" : suite;
}
