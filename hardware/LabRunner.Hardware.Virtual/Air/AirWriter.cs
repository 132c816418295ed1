using System.Globalization;

namespace LabRunner.Hardware.Virtual.Air;

/// <summary>
/// Writes lines as hostapd (-t: seconds since 1970 with microseconds) and dnsmasq (syslog stamp, here in UTC) do. The stamps are the
/// run's wall time, so that on a scaled virtual bench they agree with the plugs' own clocks.
/// </summary>
internal sealed class AirWriter(Func<TimeSpan> now, DateTimeOffset origin)
{
    private const string Interface = "wlan0";
    private const int Pid = 731;

    /// <summary>Told each line; null drops it.</summary>
    public Action<AirLine>? Told { get; set; }

    public void AccessPoint(string text)
    {
        DateTimeOffset wall = origin + now();
        long microseconds = (wall - DateTimeOffset.UnixEpoch).Ticks / 10;
        Told?.Invoke(new AirLine(now(), AirLog.AccessPoint, string.Create(
            CultureInfo.InvariantCulture, $"{microseconds / 1_000_000}.{microseconds % 1_000_000:D6}: {Interface}: {text}")));
    }

    public void Addresses(string what, string rest) => Daemon("-dhcp", $"{what}({Interface}) {rest}");

    public void Names(string text) => Daemon("", text);

    private void Daemon(string part, string text)
    {
        DateTimeOffset wall = (origin + now()).ToUniversalTime();
        string stamp = string.Create(CultureInfo.InvariantCulture, $"{wall:MMM} {wall.Day,2} {wall:HH:mm:ss}");
        Told?.Invoke(new AirLine(now(), AirLog.AddressServer, string.Create(CultureInfo.InvariantCulture, $"{stamp} dnsmasq{part}[{Pid}]: {text}")));
    }
}
