using System.Text.Json.Serialization;

namespace LabRunner.Station.Health;

/// <summary>Which runs begin only after a health check.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckedRuns>))]
public enum CheckedRuns
{
    /// <summary>Those that come of an entry or of a new build: nobody is there to see a slot that is broken.</summary>
    Scheduled,

    /// <summary>All, also those that people ask for.</summary>
    All,

    /// <summary>None; slots are looked at only when somebody asks.</summary>
    None,
}

/// <summary>When slots are looked at. Immutable.</summary>
/// <param name="Before">Which runs begin only after a check.</param>
/// <param name="Fresh">A check that old still counts for a run.</param>
/// <param name="Again">What failed is looked at again after this.</param>
/// <param name="Limit">How long a slot may take to serve after its power came.</param>
public sealed record HealthRule(CheckedRuns Before, TimeSpan Fresh, TimeSpan Again, TimeSpan Limit)
{
    /// <summary>Before what the station runs by itself, unless a check is younger than an hour; what failed is looked at every ten minutes.</summary>
    public static HealthRule Usual { get; } = new(CheckedRuns.Scheduled, TimeSpan.FromHours(1), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1));

    /// <summary>A run of this origin begins only after a check.</summary>
    /// <param name="byItself">It comes of an entry or of a new build.</param>
    public bool Asks(bool byItself) => Before == CheckedRuns.All || (Before == CheckedRuns.Scheduled && byItself);
}

/// <summary>What a check looks at. Immutable.</summary>
/// <param name="Names">Slots, and <see cref="Pool.Machine"/> for the machine; null: everything.</param>
internal sealed record HealthLook(IReadOnlyCollection<string>? Names)
{
    /// <summary>The machine and every slot.</summary>
    public static HealthLook Everything { get; } = new((IReadOnlyCollection<string>?)null);

    /// <summary>It looks at everything.</summary>
    public bool All => Names is null;

    /// <summary>It looks at this.</summary>
    public bool Has(string name) => Names?.Contains(name) ?? true;
}

/// <summary>What is known of a slot's health.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HealthState>))]
public enum HealthState
{
    /// <summary>Nobody has looked yet; it is in the pool.</summary>
    Unknown,

    /// <summary>It passed.</summary>
    Good,

    /// <summary>It failed, and is out of the pool until it passes.</summary>
    Bad,
}

/// <summary>The health of a slot, or of the machine.</summary>
/// <param name="State">In a word.</param>
/// <param name="Text">What was found, or why it could not be looked at.</param>
/// <param name="Since">Since when it is so.</param>
/// <param name="Looked">When it was looked at last.</param>
public sealed record HealthSight(HealthState State, string Text, DateTimeOffset? Since, DateTimeOffset? Looked)
{
    /// <summary>Nobody has looked yet.</summary>
    public static HealthSight Unknown { get; } = new(HealthState.Unknown, "not looked at yet", null, null);
}
