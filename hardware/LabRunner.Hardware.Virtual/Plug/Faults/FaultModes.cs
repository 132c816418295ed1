using System.Reflection;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>How the virtual bench deals with a mode of the catalogue F01 to F64.</summary>
public enum ModeShown
{
    /// <summary>A plug carries it when its inventory entry says so.</summary>
    Planted,

    /// <summary>Every plug does it under the right stimulus, as the firmware's code does.</summary>
    Behaviour,

    /// <summary>The virtual bench cannot show it.</summary>
    NotShown,
}

/// <summary>One mode of the catalogue.</summary>
/// <param name="Id">F01 … F64.</param>
/// <param name="Layer">Where its cause sits.</param>
/// <param name="Shown">How.</param>
/// <param name="What">What it looks like; for what is not planted, the stimulus that shows it, or why nothing can.</param>
public sealed record FaultMode(string Id, FaultLayer Layer, ModeShown Shown, string What);

/// <summary>The whole catalogue as this virtual bench can show it. What is planted is found by reflection. Thread safe.</summary>
public static class FaultModes
{
    private static readonly FaultMode[] Others =
    [
        new("F16", FaultLayer.Firmware, ModeShown.Behaviour, "a request in two segments is dropped without a word: one recv each"),
        new("F27", FaultLayer.Broker, ModeShown.Behaviour, "any silent death: connected stays online until the broker's 150 s are over"),
        new("F47", FaultLayer.Meter, ModeShown.Behaviour, "a load above PowerMax: the last value is repeated and a line logged"),
        new("F64", FaultLayer.Bench, ModeShown.NotShown, "a fault of the bench itself: shown by the bench's own tests on real processes, ptys and sockets"),
    ];

    /// <summary>All modes by id.</summary>
    public static IReadOnlyList<FaultMode> All { get; } = Collect();

    private static FaultMode[] Collect()
    {
        SortedDictionary<string, FaultMode> modes = new(StringComparer.Ordinal);
        foreach (FaultMode other in Others)
        {
            modes.Add(other.Id, other);
        }

        foreach (Type type in typeof(FaultModes).Assembly.GetTypes())
        {
            if (type.GetCustomAttribute<PlantedFaultAttribute>() is { } planted)
            {
                modes.Add(planted.Id, new FaultMode(planted.Id, planted.Layer, ModeShown.Planted, planted.Shows));
            }
        }

        return [.. modes.Values];
    }
}
