using LabRunner.Reports.Records;

namespace LabRunner.Bench.Diagnosis;

/// <summary>An incident with what the tracker must remember of it beyond its record.</summary>
internal sealed class OpenIncident
{
    /// <summary>The record as saved last.</summary>
    public required IncidentRecord Record { get; set; }

    /// <summary>Its exposure stop.</summary>
    public required DowntimeRecord Downtime { get; set; }

    /// <summary>First symptom of the newest episode: later than the record's after a merge.</summary>
    public required TimeSpan Since { get; set; }

    /// <summary>The record and its story before the newest episode was merged into it; null while it has one episode. A class that turns out to be another one parts them again.</summary>
    public (IncidentRecord Record, string Meaning, DowntimeRecord Downtime)? Before { get; set; }

    /// <summary>BL_RST_… of the boot of the newest episode; null unknown.</summary>
    public string? ResetReason { get; set; }

    /// <summary>Why it has its class.</summary>
    public string Meaning { get; set; } = "";

    /// <summary>A suite or an analysis named it: the classifier leaves it alone.</summary>
    public bool Pinned { get; set; }

    /// <summary>Observers that were dead at any time in it.</summary>
    public HashSet<string> Dead { get; } = new(StringComparer.Ordinal);

    /// <summary>A boot came since the first symptom.</summary>
    public bool Rebooted { get; set; }

    /// <summary>Run time of that boot.</summary>
    public TimeSpan RebootedAt { get; set; }

    /// <summary>That boot came sooner after the last heartbeat than a watchdog's could.</summary>
    public bool Abrupt { get; set; }

    /// <summary>An exception dump came.</summary>
    public bool Dump { get; set; }

    /// <summary>What the dump says.</summary>
    public CrashSignature? Crash { get; set; }

    /// <summary>Button evidence of the ladder.</summary>
    public bool? ButtonWorks { get; set; }

    /// <summary>The button was probed, with or without a result.</summary>
    public bool ButtonProbed { get; set; }

    /// <summary>Its boot went silent: life before that boot proves nothing.</summary>
    public bool BootHung { get; set; }

    /// <summary>The next step of the plan's ladder, from 0.</summary>
    public int NextRung { get; set; }

    /// <summary>The step whose outcome is not known yet.</summary>
    public LadderStep Step { get; set; }

    /// <summary>When it was begun.</summary>
    public TimeSpan StepAt { get; set; }

    /// <summary>The newest step that made the DUT boot; None while there was none.</summary>
    public LadderStep Revived { get; set; }

    /// <summary>The act of a person that made the DUT boot; null: there was none, or it has booted since.</summary>
    public IntentRecord? ByHand { get; set; }

    /// <summary>When the ladder may act next.</summary>
    public TimeSpan NextStepAt { get; set; }

    /// <summary>The ladder ended without success.</summary>
    public bool GivenUp { get; set; }

    /// <summary>Every step milder than flashing was in vain.</summary>
    public bool NeedsReflash { get; set; }

    /// <summary>A step is being executed.</summary>
    public bool StepRunning { get; set; }

    /// <summary>May the ladder act.</summary>
    public bool NeedsRecovery { get; set; }

    /// <summary>What happened in it, in order.</summary>
    public List<string> Story { get; } = [];
}
