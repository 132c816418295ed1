using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Hardware.Drivers.Plugs;

/// <summary>
/// Reads the fragment /index?state=1 (http_fns.c). Tolerant: what is not there, or not a number, is null. Never throws, whatever the text.
/// </summary>
internal static partial class OpenBekenPage
{
    /// <summary>Reads a fragment or a whole page.</summary>
    public static PlugPageState Parse(string html) =>
        new(
            html,
            RelayCell().Match(html) is { Success: true } relay ? relay.Groups[1].ValueSpan.Equals("on", StringComparison.OrdinalIgnoreCase) : null,
            Cell(html, "Voltage"), Cell(html, "Current"), Cell(html, "Power"), Cell(html, "Energy Total"),
            RebootReason().Match(html) is { Success: true } reason ? WebUtility.HtmlDecode(reason.Groups[1].Value).Trim() : null,
            Whole(IncompleteBoots(), html), Whole(OtaCounter(), html), Whole(ChangeCounter(), html), Whole(Rssi(), html),
            Number(Temperature().Match(html)),
            SafeMode().IsMatch(html),
            MqttState().Match(html) is { Success: true } mqtt ? mqtt.Groups[1].ValueSpan.Equals("connected", StringComparison.OrdinalIgnoreCase) : null)
        {
            TodayWattHours = Cell(html, "Energy Today"), YesterdayWattHours = Cell(html, "Energy Yesterday"), MqttConnects = Whole(MqttConnects(), html),
        };

    /// <summary>The value cell after a label cell.</summary>
    private static double? Cell(string html, string label)
    {
        foreach (Match row in EnergyRow().Matches(html))
        {
            if (row.Groups[1].ValueSpan.Trim().Equals(label, StringComparison.OrdinalIgnoreCase))
            {
                return double.TryParse(row.Groups[2].ValueSpan.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
                    ? value
                    : null;
            }
        }

        return null;
    }

    private static int? Whole(Regex pattern, string html) =>
        pattern.Match(html) is { Success: true } match && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? value
            : null;

    private static double? Number(Match match) =>
        match.Success && double.TryParse(match.Groups[1].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;

    [GeneratedRegex("""<td[^<>]*class=["']?(on|off)\b""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex RelayCell();

    [GeneratedRegex("""<b>([^<]{1,40})</b>\s{0,8}(?:</td>\s{0,8})?<td[^<>]{0,200}>([^<]{1,40})<""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex EnergyRow();

    [GeneratedRegex(@"Reboot reason:\s{0,8}(?:[^<\w]{0,8})([^<\r\n]{1,80})", RegexOptions.CultureInvariant)]
    private static partial Regex RebootReason();

    [GeneratedRegex(@"incomplete boots:\s{0,8}(-?\d{1,9})", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex IncompleteBoots();

    [GeneratedRegex(@"ota counter:\s{0,8}(-?\d{1,9})", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex OtaCounter();

    [GeneratedRegex(@"change counter:\s{0,8}(-?\d{1,9})", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ChangeCounter();

    [GeneratedRegex(@"Wifi RSSI:[^<]{0,40}?\((-?\d{1,4})\s?dBm", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Rssi();

    [GeneratedRegex(@"Chip temperature:\s{0,8}(-?\d{1,4}(?:\.\d{1,6})?)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Temperature();

    [GeneratedRegex("""<h5[^<>]*class=["']?safe\b""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex SafeMode();

    [GeneratedRegex(@"MQTT Stats:\s{0,8}CONN:\s{0,8}(\d{1,9})", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex MqttConnects();

    [GeneratedRegex(@"MQTT State:\s{0,8}(?:<[^<>]{0,200}>\s{0,8}){0,3}([A-Za-z]{1,40})", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex MqttState();
}
