using System.Globalization;

namespace LabRunner.Hardware.Plugs;

/// <summary>Flags of the firmware (new_cfg.h) that a bench must know of.</summary>
public static class PlugFlags
{
    /// <summary>MQTT publishes the whole state every minute (mqtt_broadcastInterval), and not on connect and on changes alone.</summary>
    public const int PeriodicMqtt = 2;

    /// <summary>Power and current read zero while every relay is open (drv_bl_shared.c).</summary>
    public const int ZeroWhileOpen = 38;

    /// <summary>True: the flag is set. Flags that are not told, or no number, have none.</summary>
    /// <param name="flags"><see cref="PlugInfo.Flags"/>: a decimal number of up to 64 bits.</param>
    /// <param name="flag">0 to 63.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another flag.</exception>
    public static bool Has(string flags, int flag)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(flag);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(flag, 63);
        return ulong.TryParse(flags, NumberStyles.None, CultureInfo.InvariantCulture, out ulong bits) && ((bits >> flag) & 1) == 1;
    }
}
