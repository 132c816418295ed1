using System.Text.Json.Serialization;

namespace LabRunner.Station.Health;

/// <summary>When slots are looked at. Immutable.</summary>
/// <param name="BeforeRuns">A run begins only after a check.</param>
/// <param name="Fresh">A check that old still counts for a run.</param>
/// <param name="Again">What failed is looked at again after this.</param>
/// <param name="Limit">How long a slot may take to serve after its power came.</param>
public sealed record HealthRule(bool BeforeRuns, TimeSpan Fresh, TimeSpan Again, TimeSpan Limit)
{
    /// <summary>Only when somebody asks; what failed is looked at every ten minutes.</summary>
    public static HealthRule Usual { get; } = new(false, TimeSpan.FromHours(1), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1));
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
