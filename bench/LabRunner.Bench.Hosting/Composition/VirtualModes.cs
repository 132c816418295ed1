using LabRunner.Hardware.Virtual.Plug;
using LabRunner.Hardware.Virtual.Plug.Faults;

namespace LabRunner.Bench.Hosting.Composition;

/// <summary>A mode of the catalogue F01 to F64 as the virtual bench can show it.</summary>
/// <param name="Id">F01 … F64.</param>
/// <param name="Layer">Where its cause sits.</param>
/// <param name="Shown">planted, behaviour or not shown.</param>
/// <param name="What">What it looks like, or why it cannot be shown.</param>
/// <param name="Parameters">Names and meanings for an inventory; empty when it is not planted or takes none.</param>
public sealed record VirtualMode(string Id, string Layer, string Shown, string What, IReadOnlyDictionary<string, string> Parameters);

/// <summary>The catalogue for command lines. Thread safe.</summary>
public static class VirtualModes
{
    private static readonly Dictionary<string, string> None = [];

    /// <summary>All 64 by id.</summary>
    public static IReadOnlyList<VirtualMode> All { get; } = [.. FaultModes.All.Select(m => new VirtualMode(
        m.Id, m.Layer.ToString().ToLowerInvariant(), m.Shown switch { ModeShown.Planted => "planted", ModeShown.Behaviour => "behaviour", _ => "not shown" },
        m.What, FaultCatalogue.Parameters.GetValueOrDefault(m.Id) ?? None))];
}
