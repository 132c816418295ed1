using System.Globalization;
using System.Text;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Pages;

/// <summary>Energy rows of the index page (drv_bl_shared.c); rows have no closing tr.</summary>
internal static class EnergyTable
{
    public static void Append(StringBuilder html, PlugFirmware firmware)
    {
        MeterDriver m = firmware.Meter;
        html.Append("<hr><table style='width:100%'>");
        Row(html, "Voltage", m.Volts.ToString(Format("voltage"), CultureInfo.InvariantCulture), "V");
        Row(html, "Current", m.Amperes.ToString(Format("current"), CultureInfo.InvariantCulture), "A");
        Row(html, "Power", m.Watts.ToString(Format("power"), CultureInfo.InvariantCulture), "W");
        Row(html, "Apparent Power", m.ApparentPower.ToString(Format("power_apparent"), CultureInfo.InvariantCulture), "VA");
        Row(html, "Reactive Power", m.ReactivePower.ToString(Format("power_reactive"), CultureInfo.InvariantCulture), "var");
        Row(html, "Power Factor", m.PowerFactor.ToString(Format("power_factor"), CultureInfo.InvariantCulture), "");
        Row(html, "Energy Total", (m.TotalWattHours / 1000).ToString(Format("energycounter"), CultureInfo.InvariantCulture), "kWh");
        if (firmware.Clock.Synchronised)
        {
            Row(html, "Energy Today", m.TodayWattHours.ToString("F3", CultureInfo.InvariantCulture), "Wh");
            Row(html, "Energy Yesterday", m.YesterdayWattHours.ToString("F3", CultureInfo.InvariantCulture), "Wh");
        }

        html.Append(CultureInfo.InvariantCulture, $"</table>(changes sent {m.Publisher.Sent}, skipped {m.Publisher.Skipped}, saved {m.SaveCounter}) - BL0937<hr>");
        html.Append(firmware.Clock.Synchronised
            ? "<h5>Energy Clear Date: (not set)</h5>"
            : "<h5>Energy Clear Date: (not set)<br>Device time not in sync, daily energy stats disabled.</h5>");
        Statistics(html, m.Statistics);

        string Format(string topic) => "F" + m.Publisher.Decimals[topic].ToString(CultureInfo.InvariantCulture);
    }

    private static void Row(StringBuilder html, string name, string value, string unit) =>
        html.Append(CultureInfo.InvariantCulture, $"<tr><td><b>{name}</b></td><td style='text-align: right;'>{value}</td><td>{unit}</td>");

    private static void Statistics(StringBuilder html, EnergyStatistics statistics)
    {
        if (!statistics.Enabled)
        {
            html.Append("<h5>Periodic Statistics disabled. Use startup command SetupEnergyStats to enable function.</h5>");
            return;
        }

        html.Append(CultureInfo.InvariantCulture, $"<h2>Periodic Statistics</h2><h5>Consumption (during this period): {statistics.LastHourWattHours:F3} Wh<br>");
        html.Append(CultureInfo.InvariantCulture, $"Sampling interval: {statistics.IntervalSeconds} sec<br>History length: {statistics.SampleCount} samples<br>History per samples:<br>");
        html.AppendJoin(", ", statistics.Samples.Select(s => s.ToString("F1", CultureInfo.InvariantCulture)));
        html.Append(CultureInfo.InvariantCulture, $"<br>History Index: {statistics.Index}<br>JSON Stats: {(statistics.Json ? "enabled" : "disabled")} <br></h5>");
    }
}
