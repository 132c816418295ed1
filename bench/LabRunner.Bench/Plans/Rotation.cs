using System.Globalization;
using LabRunner.Bench.Api;

namespace LabRunner.Bench.Plans;

/// <summary>
/// Which slot does which role on which night: a Latin square. Over as many nights as there are roles each slot does each role once, and on
/// each night the roles are shared out evenly, so that PCB variant, position and signal are not confounded with what is asked. Pure.
/// </summary>
/// <param name="Night">Number of the night.</param>
/// <param name="ByRole">Slots of each role tonight; a role that nobody does has none.</param>
public sealed record Rotation(long Night, IReadOnlyDictionary<string, IReadOnlyList<string>> ByRole)
{
    private static readonly DateOnly FirstDay = new(2000, 1, 1);

    /// <summary>The number of a date's night: days since 1 January 2000, so that each night is the next one.</summary>
    public static long NightOf(DateTimeOffset utc) => DateOnly.FromDateTime(utc.UtcDateTime).DayNumber - FirstDay.DayNumber;

    /// <summary>Deals the roles of a night.</summary>
    /// <param name="roles">In their turn, at least one.</param>
    /// <param name="slots">All slots of the bench in inventory order, also those that are left out tonight, so that the others keep their turn.</param>
    /// <param name="night">Number of the night, 0 or more.</param>
    public static Rotation Deal(IReadOnlyList<string> roles, IReadOnlyList<string> slots, long night)
    {
        ArgumentOutOfRangeException.ThrowIfZero(roles.Count);
        ArgumentOutOfRangeException.ThrowIfNegative(night);
        return new Rotation(night, roles.Select((role, turn) => (role, turn)).ToDictionary(
            r => r.role, r => (IReadOnlyList<string>)[.. slots.Where((_, i) => (i + night) % roles.Count == r.turn)]));
    }

    /// <summary>The suites with their roles turned into slots; what nobody does tonight is left out.</summary>
    public IReadOnlyList<PlannedSuite> Resolve(IReadOnlyList<PlannedSuite> suites) =>
    [
        .. suites.Select(suite => suite.Role is { } role ? suite with { Slots = ByRole.GetValueOrDefault(role) ?? [] } : suite)
            .Where(suite => suite.Role is null || suite.Slots.Count > 0),
    ];

    /// <summary>For people: <c>night 9827: soak p1 p4, power p2, stress p3</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"night {Night}: {string.Join(", ", ByRole.Select(r => $"{r.Key} {(r.Value.Count == 0 ? "nobody" : string.Join(' ', r.Value))}"))}");
}
