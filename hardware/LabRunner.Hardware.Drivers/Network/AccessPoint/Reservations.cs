using System.Globalization;
using LabRunner.Hardware.Network;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint;

/// <summary>
/// What stands in dnsmasq's dhcp-hostsfile while leases or addresses are changed. A reservation there comes before those of dnsmasq.conf; a client that
/// renews another address is refused ("static lease available", rfc2131.c) and given the reserved one when it asks anew. Pure.
/// </summary>
internal static class Reservations
{
    /// <summary>The whole file: a line for each station.</summary>
    public static string Text(IReadOnlyList<ActiveEffect> effects) => string.Concat(effects
        .Where(e => e.Effect is NetworkEffect.Lease or NetworkEffect.Address)
        .GroupBy(e => e.Mac)
        .Select(station => Line(station.Key, [.. station])));

    private static string Line(string mac, ActiveEffect[] effects)
    {
        string? address = Array.Find(effects, e => e.Effect == NetworkEffect.Address) is { } moved
            ? NetworkEffects.WithLastNumber(moved.Address, (int)moved.Value)
            : effects[0].Address;
        string? seconds = Array.Find(effects, e => e.Effect == NetworkEffect.Lease)?.Value.ToString("0", CultureInfo.InvariantCulture);
        return string.Join(',', new[] { mac, address, seconds }.OfType<string>()) + "\n";
    }
}
