using System.ComponentModel;
using System.Reflection;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Virtual;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Bench.Hosting.Composition;

/// <summary>Every driver of the driver assemblies, found by its attribute: a new driver is one file and no list to keep. Thread safe.</summary>
public sealed class DriverCatalogue : IDriverCatalogue
{
    private static readonly Assembly[] Assemblies = [typeof(IGpioChip).Assembly, typeof(VirtualBenchConfig).Assembly];

    private readonly Dictionary<(string Contract, string Word), ConstructorInfo> _constructors = [];

    /// <summary>Reads the driver assemblies.</summary>
    /// <exception cref="InvalidOperationException">A driver class lacks the constructor its attribute promises, or two claim one word.</exception>
    public DriverCatalogue()
    {
        List<CatalogueEntry> entries = [];
        foreach (Type type in Assemblies.SelectMany(a => a.GetTypes()))
        {
            foreach (DriverAttribute driver in type.GetCustomAttributes<DriverAttribute>())
            {
                ConstructorInfo constructor = type.GetConstructors()
                    .SingleOrDefault(c => c.GetParameters() is [_, { ParameterType: var second }] && second == typeof(IDriverContext))
                    ?? throw new InvalidOperationException($"{type} needs one public constructor (options, IDriverContext).");
                if (!_constructors.TryAdd((driver.Contract, driver.Word), constructor))
                {
                    throw new InvalidOperationException($"Two drivers claim {driver.Contract}: {driver.Word}; the second is {type}.");
                }

                string summary = type.GetCustomAttribute<DescriptionAttribute>()?.Description ?? type.Name;
                entries.Add(new CatalogueEntry(driver.Contract, driver.Word, constructor.GetParameters()[0].ParameterType, summary));
            }
        }

        Entries = [.. entries.OrderBy(e => e.Contract, StringComparer.Ordinal).ThenBy(e => e.Word, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<CatalogueEntry> Entries { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> PlantableFaults => FaultCatalogue.Parameters;

    /// <inheritdoc/>
    public (string Problem, string Remedy)? WeatherProblem(string line)
    {
        try
        {
            Weather.Parse(line);
            return null;
        }
        catch (BenchFaultException wrong)
        {
            return (wrong.Problem, wrong.Remedy);
        }
    }

    /// <summary>Builds a driver.</summary>
    /// <param name="entry">What the inventory names.</param>
    /// <param name="context">What it may use.</param>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">The driver refused (line in use, no such device).</exception>
    public object Create(DriverEntry entry, IDriverContext context) =>
        _constructors[(entry.Contract, entry.Word)].Invoke(BindingFlags.DoNotWrapExceptions, null, [entry.Options, context], null);
}
