namespace LabRunner.Reports.Records;

/// <summary>Names in the trials of S06 that its plot reads.</summary>
public static class OtaCutTrial
{
    /// <summary>Step of a trial: one cut.</summary>
    public const string Step = "ota-power-cut";

    /// <summary>Detail: the stretch of the update in which the cut landed: erase, write, tableSwitch, firstBoot or between.</summary>
    public const string Stratum = "stratum";

    /// <summary>Detail: how far into that stretch, seconds.</summary>
    public const string AfterSeconds = "afterSeconds";

    /// <summary>Detail: the version that ran after it, or "nothing".</summary>
    public const string Runs = "runs";
}
