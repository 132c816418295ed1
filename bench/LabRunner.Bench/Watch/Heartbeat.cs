using System.Globalization;
using System.Text.RegularExpressions;

namespace LabRunner.Bench.Watch;

/// <summary>The line that OpenBeken writes once a second (user_main.c, Main_OnEverySecond).</summary>
/// <param name="UptimeSeconds">Time.</param>
/// <param name="HeapBytes">free.</param>
/// <param name="MqttUp">MQTT connected.</param>
/// <param name="WifiUp">bWifi.</param>
/// <param name="SocketsUsed">socks, first number.</param>
/// <param name="SafeMode">[SAFE].</param>
/// <param name="PowerSave">POWERSAVE at its end.</param>
internal sealed partial record Heartbeat(long UptimeSeconds, long HeapBytes, bool MqttUp, bool WifiUp, int? SocketsUsed, bool SafeMode, bool PowerSave = false)
{
    /// <summary>Reads a console line; null when it is no heartbeat.</summary>
    public static Heartbeat? Parse(string line)
    {
        if (!line.Contains("bWifi", StringComparison.Ordinal))
        {
            return null;
        }

        Match match = Shape().Match(line);
        return match.Success
            && long.TryParse(match.Groups["time"].ValueSpan, CultureInfo.InvariantCulture, out long uptime)
            && long.TryParse(match.Groups["free"].ValueSpan, CultureInfo.InvariantCulture, out long heap)
            ? new Heartbeat(
                uptime, heap, match.Groups["mqtt"].ValueSpan is "1", match.Groups["wifi"].ValueSpan is "1",
                int.TryParse(match.Groups["socks"].ValueSpan, CultureInfo.InvariantCulture, out int socks) ? socks : null,
                match.Groups["safe"].Success, match.Groups["save"].Success)
            : null;
    }

    [GeneratedRegex(
        @"Info:MAIN:(?<safe>\[SAFE\] ?)?Time (?<time>\d+), idle -?\d+/s, free (?<free>\d+), MQTT (?<mqtt>\d)\(\d+\), bWifi (?<wifi>\d)(?:, secondsWithNoPing -?\d+)?(?:, socks (?<socks>\d+)/\d+)?(?<save> ?POWERSAVE)?",
        RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Shape();
}
