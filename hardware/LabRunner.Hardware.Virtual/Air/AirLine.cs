namespace LabRunner.Hardware.Virtual.Air;

/// <summary>Whose log a line belongs to.</summary>
public enum AirLog
{
    /// <summary>hostapd, as <c>hostapd -t -f FILE</c> writes it.</summary>
    AccessPoint,

    /// <summary>dnsmasq, as <c>log-facility=FILE, log-dhcp off, log-queries on</c> writes it.</summary>
    AddressServer,
}

/// <summary>One line of the bench's own access point or address server: what observer A reads.</summary>
/// <param name="At">Run time.</param>
/// <param name="Log">Whose.</param>
/// <param name="Text">The line without its end, with the time stamp the daemon puts in front.</param>
public sealed record AirLine(TimeSpan At, AirLog Log, string Text);
