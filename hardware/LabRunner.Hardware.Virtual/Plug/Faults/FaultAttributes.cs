namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Marks a class as a planted fault: one file, found by reflection.</summary>
/// <param name="id">Failure mode, F01 … F64.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class PlantedFaultAttribute(string id) : Attribute
{
    /// <summary>Failure mode.</summary>
    public string Id { get; } = id;

    /// <summary>Where its cause sits.</summary>
    public FaultLayer Layer { get; init; } = FaultLayer.Firmware;

    /// <summary>What it looks like, in a few words.</summary>
    public string Shows { get; init; } = "";
}

/// <summary>Documents one parameter of a planted fault.</summary>
/// <param name="name">Name as in the inventory.</param>
/// <param name="meaning">What it means, its unit, range and default.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
internal sealed class FaultParameterAttribute(string name, string meaning) : Attribute
{
    /// <summary>Name as in the inventory.</summary>
    public string Name { get; } = name;

    /// <summary>Unit, range and default.</summary>
    public string Meaning { get; } = meaning;
}
