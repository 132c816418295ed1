using System.Text.Json.Serialization;

namespace LabRunner.Bench.Hosting.Leases;

/// <summary>How a lease ends.</summary>
public enum LeaseKind
{
    /// <summary>Of a program that runs: ends with it, or when it has given no sign of life for <see cref="LeaseBook.Silence"/>.</summary>
    Run,

    /// <summary>Of a person, across programs: ends at its time.</summary>
    Reservation,
}

/// <summary>What stands in a lease's file.</summary>
public sealed record LeaseRecord
{
    /// <summary>16 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>How it ends.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<LeaseKind>))]
    public required LeaseKind Kind { get; init; }

    /// <summary>Who: LABRUNNER_OWNER, else the name of the account.</summary>
    public required string Owner { get; init; }

    /// <summary>Process of a run; 0 for a reservation.</summary>
    public int Process { get; init; }

    /// <summary>What for.</summary>
    public required string Purpose { get; init; }

    /// <summary>Bench.</summary>
    public required string Bench { get; init; }

    /// <summary>Its slots.</summary>
    public required IReadOnlyList<string> Slots { get; init; }

    /// <summary>Everything it covers, as <see cref="LeaseParts"/> spells it.</summary>
    public required IReadOnlyList<string> Parts { get; init; }

    /// <summary>Since when, wall time.</summary>
    public required DateTimeOffset Taken { get; init; }

    /// <summary>End of a reservation, wall time; null for a run.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Newest sign of life of a run: seconds on the machine's monotonic clock, which all its processes share.</summary>
    public double Beat { get; init; }
}

/// <summary>Whether a lease counts.</summary>
public enum LeaseState
{
    /// <summary>It keeps others out.</summary>
    InForce,

    /// <summary>Its holder died, hangs, or its time is over.</summary>
    Ended,

    /// <summary>Somebody took it back; a run gets some time to make its slots safe and is in force meanwhile.</summary>
    Broken,

    /// <summary>Its file tells nothing. In force while its holder lives, since nobody knows what it covers.</summary>
    Unreadable,
}

/// <summary>A lease as it is found.</summary>
/// <param name="Id">16 hexadecimal digits.</param>
/// <param name="User">Number of the account that wrote it.</param>
/// <param name="State">Whether it counts.</param>
/// <param name="Why">What makes it so, a sentence without its full stop.</param>
/// <param name="Keeps">It keeps others out.</param>
/// <param name="Record">What it says; null where it is unreadable.</param>
/// <param name="File">Its file.</param>
public sealed record LeaseEntry(string Id, uint User, LeaseState State, string Why, bool Keeps, LeaseRecord? Record, string File);

/// <summary>What a lease is asked for.</summary>
public sealed record LeaseRequest
{
    /// <summary>Bench.</summary>
    public required string Bench { get; init; }

    /// <summary>Slots, for people.</summary>
    public required IReadOnlyList<string> Slots { get; init; }

    /// <summary>What must be had alone, from <see cref="LeaseParts.Of"/>.</summary>
    public required IReadOnlyList<string> Parts { get; init; }

    /// <summary>What for, such as "night, plan smoke".</summary>
    public required string Purpose { get; init; }

    /// <summary>Nobody else can know these parts: they belong to a virtual bench that this program has just started. Default false.</summary>
    public bool Private { get; init; }
}
