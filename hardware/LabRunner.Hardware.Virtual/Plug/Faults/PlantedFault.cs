using System.Reflection;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>
/// A failure mode a virtual plug carries. The hooks are the places where the plug asks its faults; each does nothing by default.
/// Made once per plug; a new draw is taken at each boot.
/// </summary>
internal abstract class PlantedFault(FaultParameters parameters, Chance chance)
{
    protected FaultParameters Parameters { get; } = parameters;

    protected Chance Chance { get; } = chance;

    /// <summary>Extra time the relay stays open at each boot.</summary>
    public virtual TimeSpan RelayHold => TimeSpan.Zero;

    /// <summary>True: the meter's pulses do not reach the counter.</summary>
    public virtual bool MeterDeaf => false;

    /// <summary>True: the button's contact does not reach the pin.</summary>
    public virtual bool ButtonDead => false;

    /// <summary>The main loop starts (uptime 0).</summary>
    public virtual void OnAppStarted(PlugFirmware firmware)
    {
    }

    /// <summary>SetupEnergyStats was executed.</summary>
    public virtual void OnEnergyStats(PlugFirmware firmware, bool enabled, int intervalSeconds)
    {
    }

    /// <summary>Makes the faults of a plug.</summary>
    /// <exception cref="BenchFaultException">An id is unknown, or a parameter is.</exception>
    public static IReadOnlyList<PlantedFault> Plant(VirtualPlugConfig plug, long seed)
    {
        List<PlantedFault> planted = [];
        foreach (VirtualFaultConfig config in plug.Faults)
        {
            string place = $"virtual plug {plug.Name}, fault {config.Id}";
            Type type = FaultCatalogue.TypeOf(config.Id)
                ?? throw new BenchFaultException(
                    FaultKind.Configuration, place, "no such failure mode can be planted",
                    $"Choose one of {string.Join(", ", FaultCatalogue.Parameters.Keys)}");
            IReadOnlyDictionary<string, string> known = FaultCatalogue.Parameters[config.Id];
            if (config.Parameters.Keys.FirstOrDefault(p => !known.ContainsKey(p)) is { } unknown)
            {
                throw new BenchFaultException(
                    FaultKind.Configuration, place, $"it has no parameter '{unknown}'",
                    known.Count == 0 ? "It takes no parameters" : $"It takes {string.Join(", ", known.Keys)}");
            }

            try
            {
                planted.Add((PlantedFault)Activator.CreateInstance(
                    type, new FaultParameters(plug.Name, config), new Chance(seed, $"{plug.Name}/{config.Id}"))!);
            }
            catch (TargetInvocationException problem) when (problem.InnerException is BenchFaultException inner)
            {
                throw new BenchFaultException(inner.Kind, inner.Place, inner.Problem, inner.Remedy, inner);
            }
        }

        return planted;
    }
}
