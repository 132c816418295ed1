namespace LabRunner.Bench.Journal;

/// <summary>What to do when a run's folder takes no more, whoever has the run.</summary>
public static class StorageRemedy
{
    /// <summary>Half a sentence.</summary>
    public const string Text = "Free disk space, or choose another folder: --out; of a station (./lab serve) --runs and --state";
}
