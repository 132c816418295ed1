namespace LabRunner.Hardware.Virtual.Air;

/// <summary>What the air does to one station; where it says nothing, what holds for all. Belongs to the engine's thread.</summary>
internal sealed class StationConditions
{
    /// <summary>The access point does not take it.</summary>
    public bool KeptAway { get; set; }

    public NameServer? NameServer { get; set; }

    /// <summary>Time until a slow answer.</summary>
    public TimeSpan NamesLate { get; set; } = TimeSpan.FromSeconds(5);

    public bool AddressesSilent { get; set; }

    /// <summary>Its address is not renewed, but taken away.</summary>
    public bool AddressesRefused { get; set; }

    public TimeSpan? Lease { get; set; }

    /// <summary>Last number of the address that the server has for it, 1 to 254; null: its usual one.</summary>
    public int? AddressNumber { get; set; }

    public bool TimeSilent { get; set; }

    public TimeSpan? TimeError { get; set; }

    /// <summary>Share of packets lost, 0 to 1.</summary>
    public double Loss { get; set; }

    /// <summary>Time by which its packets are late.</summary>
    public TimeSpan Late { get; set; }
}
