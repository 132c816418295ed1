namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Where the cause of a failure mode sits.</summary>
public enum FaultLayer
{
    /// <summary>The plug's firmware.</summary>
    Firmware,

    /// <summary>Meter chip and its driver.</summary>
    Meter,

    /// <summary>Relay and button.</summary>
    Actuator,

    /// <summary>Wi-Fi, access point, address and name servers.</summary>
    Air,

    /// <summary>The broker and the MQTT client.</summary>
    Broker,

    /// <summary>The update over the air.</summary>
    Update,

    /// <summary>Mains and 3.3 V rail.</summary>
    Supply,

    /// <summary>The bench itself.</summary>
    Bench,
}
