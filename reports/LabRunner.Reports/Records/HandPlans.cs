namespace LabRunner.Reports.Records;

/// <summary>Plans of runs that somebody starts by hand beside the nights. Such a run is no night of a firmware, whatever was asked in it.</summary>
public static class HandPlans
{
    /// <summary>A probe of a board.</summary>
    public const string Probe = "probe";

    /// <summary>Single tests.</summary>
    public const string Check = "check";

    /// <summary>True for a plan of such runs.</summary>
    public static bool Has(string plan) => plan is Probe or Check;
}
