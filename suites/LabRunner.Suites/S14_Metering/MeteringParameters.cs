using LabRunner.Fixtures.Parameters;

namespace LabRunner.Suites.S14_Metering;

/// <summary>Whether S14 may calibrate the plug.</summary>
public enum Calibration
{
    /// <summary>No: the plug keeps its constants.</summary>
    No,

    /// <summary>Yes: the plug's constants are overwritten with those of the bench.</summary>
    Yes,
}

/// <summary>Whether S14 feeds more than the firmware takes.</summary>
public enum Overload
{
    /// <summary>Yes: what it shows above PowerMax is told, as WARN where it is not the load.</summary>
    Yes,

    /// <summary>No: no load above PowerMax.</summary>
    No,
}

/// <summary>What keeps the CPU busy while S14 compares energy.</summary>
public enum BusyWith
{
    /// <summary>Requests without a pause.</summary>
    Requests,

    /// <summary>An update.</summary>
    Update,

    /// <summary>A link that is lost again and again.</summary>
    Link,
}

/// <summary>Parameters of S14.</summary>
public sealed record MeteringParameters
{
    [Limits("0.1", "3680"), Meaning("resistive loads in W")]
    public IReadOnlyList<double> Loads { get; init; } = [0.5, 1, 2, 5, 10, 25, 40, 60, 100, 250, 500, 1000, 2000, 2300, 3000, 3680];

    [Limits("1", "3680"), Meaning("loads in W that are measured at a power factor below 1 too")]
    public IReadOnlyList<double> Reactive { get; init; } = [60, 100];

    [Limits("0.1", "0.99"), Meaning("power factor of the reactive loads (lamps with switching supplies: 0.5 to 0.6)")]
    public double PowerFactor { get; init; } = 0.5;

    [Limits("1", "3680"), Meaning("loads in W that are measured at a power factor of 0.8 too; IEC 62053-21-style points: half the basic current of 5 A, and all of it")]
    public IReadOnlyList<double> Capacitive { get; init; } = [460, 920];

    [Limits("90", "260"), Meaning("mains voltage of the loads in V")]
    public double Volts { get; init; } = 230;

    [Limits("90", "264"), Meaning("other mains voltages in V, at 500 W")]
    public IReadOnlyList<double> OtherVolts { get; init; } = [207, 253];

    [Limits("1", "2"), Meaning("accuracy class of the error limits, IEC 62053-21-style")]
    public int AccuracyClass { get; init; } = 1;

    [Limits("200", "7200"), Meaning("PowerMax of the firmware in W: windows above it are dropped and the last reading is repeated")]
    public double PowerMax { get; init; } = 3680;

    [Limits("2s", "1h"), Meaning("averaged at each load, at least; IEC 62053-21-style points use 20 s")]
    public TimeSpan Dwell { get; init; } = TimeSpan.FromSeconds(20);

    [Limits("0", "3000"), Meaning("small loads are averaged longer: this many Ws by the load's W (300: 0.5 % by counting alone); 0: no longer than the others")]
    public double DwellWattSeconds { get; init; } = 300;

    [Limits("0s", "10m"), Meaning("discarded after each step: V and I refresh in turn every 2 s")]
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(4);

    [Limits("10s", "12h"), Meaning("without a load, at 115 % of the voltage: nothing may be counted")]
    public TimeSpan NoLoad { get; init; } = TimeSpan.FromMinutes(30);

    [Limits("0.5", "100"), Meaning("small loads in W that must be seen; the starting current of the class is asked in any case")]
    public IReadOnlyList<double> SmallLoads { get; init; } = [1, 2, 5];

    [Limits("30s", "12h"), Meaning("steady load over which energy and readings are compared")]
    public TimeSpan Energy { get; init; } = TimeSpan.FromHours(1);

    [Limits("100", "3600"), Meaning("that load in W")]
    public double EnergyWatts { get; init; } = 2300;

    [Limits("20s", "12h"), Meaning("3 kW for so long: the reading may not drift; then 60 W must read as before")]
    public TimeSpan Drift { get; init; } = TimeSpan.FromMinutes(30);

    [Limits("20s", "1h"), Meaning("steady load while the CPU is left alone, and again while it serves requests without a pause, takes an update, or loses its link")]
    public TimeSpan Busy { get; init; } = TimeSpan.FromMinutes(2);

    [Meaning("what it is busy with, one after the other")]
    public IReadOnlyList<BusyWith> BusyBy { get; init; } = Enum.GetValues<BusyWith>();

    [Meaning("feed a load above PowerMax too: stock firmware repeats an older reading there, which is a WARN (F47)")]
    public Overload AbovePowerMax { get; init; } = Overload.Yes;

    [Meaning("calibrate the plug and measure before and after; overwrites its constants")]
    public Calibration Calibrate { get; init; } = Calibration.No;
}
