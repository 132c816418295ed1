using System.Text.Json.Serialization;
using LabRunner.Station.Api;
using LabRunner.Station.Builds;

namespace LabRunner.Station.Jobs;

/// <summary>Where a job stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JobState>))]
public enum JobState
{
    /// <summary>It waits for its turn.</summary>
    Queued,

    /// <summary>It runs, or was running when the station ended: then the next station goes on with it.</summary>
    Running,

    /// <summary>Its plan came to its end; the verdict is the report's.</summary>
    Done,

    /// <summary>The bench failed; nothing is known of the product.</summary>
    Failed,

    /// <summary>Somebody stopped it.</summary>
    Stopped,
}

/// <summary>The build that a job puts into its plugs before it plays its plan.</summary>
/// <param name="Sha256">Of the file, lower case.</param>
/// <param name="Name">What it was called where it was found.</param>
/// <param name="Version">That it names; null: none.</param>
/// <param name="Put">How.</param>
public sealed record JobFirmware(string Sha256, string Name, string? Version, PutBy Put);

/// <summary>A plan that is to be played once. Immutable; a change is a new record.</summary>
public sealed record Job
{
    /// <summary>Its name in the API: letters and digits.</summary>
    public required string Id { get; init; }

    /// <summary>Plan: a name of bench/plans.</summary>
    public required string Plan { get; init; }

    /// <summary>Slots; null: all of the bench.</summary>
    public IReadOnlyList<string>? Slots { get; init; }

    /// <summary>Seed of all randomness.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Number of the night, for a plan that rotates; null: of the day on which it begins.</summary>
    public long? Night { get; init; }

    /// <summary>Time scale of a virtual bench; null: the plan's.</summary>
    public double? TimeScale { get; init; }

    /// <summary>0 to 100; a higher one goes first, then the older one.</summary>
    public int Priority { get; init; } = 50;

    /// <summary>The program that asked for it has the bench and runs the tests itself. Default false: the plan's suites run.</summary>
    public bool Lent { get; init; }

    /// <summary>Who asked for it.</summary>
    public required string Owner { get; init; }

    /// <summary>Why, as they said.</summary>
    public string? Why { get; init; }

    /// <summary>When it was asked for, wall time.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Where it stands.</summary>
    public JobState State { get; init; } = JobState.Queued;

    /// <summary>Run folder; null before it began.</summary>
    [JsonInclude]
    public string? Folder { get; init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset? Started { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Verdict of its report; null before.</summary>
    public string? Verdict { get; init; }

    /// <summary>How it ended, or why it waits: one sentence.</summary>
    public string? Text { get; init; }

    /// <summary>What failed, as application/problem+json has it; null: nothing did.</summary>
    public ProblemView? Problem { get; init; }

    /// <summary>Entry of the schedule that it came of; null: somebody asked for it.</summary>
    public string? Entry { get; init; }

    /// <summary>When the entry was due; null without one.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>It starts in quiet hours too.</summary>
    public bool EvenInQuietHours { get; init; }

    /// <summary>The build that it is for; null: what the plugs have.</summary>
    public JobFirmware? Firmware { get; init; }

    /// <summary>Its run is compared with the one before of the same entry.</summary>
    public bool Compare { get; init; }

    /// <summary>What the comparison says, and who was told: sentences; null: not yet.</summary>
    public string? After { get; init; }

    /// <summary>File with the channels that are told how it ended; null: nobody is told.</summary>
    public string? Notify { get; init; }

    /// <summary>How often a station went on with it after its own death or end.</summary>
    public int Resumed { get; init; }

    /// <summary>How long it rested meanwhile, all times together.</summary>
    public TimeSpan Rested { get; init; }

    /// <summary>It will not change any more.</summary>
    [JsonIgnore]
    public bool IsOver => State is JobState.Done or JobState.Failed or JobState.Stopped;
}
