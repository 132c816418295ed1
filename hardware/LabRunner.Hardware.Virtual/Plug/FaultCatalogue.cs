using System.Reflection;
using LabRunner.Hardware.Virtual.Plug.Faults;

namespace LabRunner.Hardware.Virtual.Plug;

/// <summary>The failure modes a virtual plug can carry, found by reflection over the fault classes. Thread safe.</summary>
public static class FaultCatalogue
{
    private static readonly SortedDictionary<string, Type> Types = Find();

    /// <summary>Failure mode id → parameter name → meaning.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Parameters { get; } = Types.ToDictionary(
        t => t.Key,
        t => (IReadOnlyDictionary<string, string>)t.Value.GetCustomAttributes<FaultParameterAttribute>()
            .ToDictionary(p => p.Name, p => p.Meaning, StringComparer.Ordinal),
        StringComparer.Ordinal);

    internal static Type? TypeOf(string id) => Types.GetValueOrDefault(id);

    private static SortedDictionary<string, Type> Find()
    {
        SortedDictionary<string, Type> found = new(StringComparer.Ordinal);
        foreach (Type type in typeof(FaultCatalogue).Assembly.GetTypes())
        {
            if (type.GetCustomAttribute<PlantedFaultAttribute>() is { } planted)
            {
                found.Add(planted.Id, type);
            }
        }

        return found;
    }
}
