using LabRunner.Reports.Records;

namespace LabRunner.Bench.Checkups;

/// <summary>Keys of the facts that a checkup reads and the journal's identity rows keep.</summary>
public static class CheckupFacts
{
    /// <summary>Build string.</summary>
    public const string Build = "build";

    /// <summary>MAC as the device prints it.</summary>
    public const string Mac = "mac";

    /// <summary>Why the plug could not be asked; only then is it there.</summary>
    public const string Unreachable = "unreachable";

    /// <inheritdoc cref="IdentityFacts.SettingsHash"/>
    public const string SettingsHash = IdentityFacts.SettingsHash;

    /// <summary>Prefix of each setting.</summary>
    public const string Setting = "setting ";

    /// <summary>Updates so far.</summary>
    public const string OtaCounter = "otaCounter";

    /// <summary>dBm.</summary>
    public const string Rssi = "rssiDbm";

    /// <summary>Supply rail, V.</summary>
    public const string RailVolts = "railVolts";

    /// <summary>kWh.</summary>
    public const string EnergyTotal = "energyTotalKilowattHours";

    /// <summary><see cref="Serves"/>, or why not; absent on a bench without a sentinel and for the sentinel itself.</summary>
    public const string Sentinel = "sentinel";

    /// <summary>The sentinel is ready.</summary>
    public const string Serves = "serves";

    /// <summary>Suffix: what the bench really emitted for that reading.</summary>
    public const string Emitted = " emitted";

    /// <summary>Suffix: the finest step of that reading.</summary>
    public const string Quantum = " quantum";

    /// <summary>Readings of a constant injected load, which move when the calibration does, with their units.</summary>
    public static IReadOnlyList<(string Name, string Unit)> MeterReadings { get; } = [("calibration voltage", "V"), ("calibration current", "A"), ("calibration power", "W")];
}
