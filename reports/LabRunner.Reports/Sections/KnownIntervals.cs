using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>
/// Intervals that were set on a DUT, as far as its run tells: by the experiments of S12, by its startup command, by the plan. The firmware has no
/// interface that tells its broadcast interval, which is the plan's word, nor how often it asks for the time, which is nobody's.
/// </summary>
internal static partial class KnownIntervals
{
    private const int MostOfAKind = 20;
    private const double UsualBroadcast = 60;
    private const double UsualLease = 120;
    private const string Addresses = "S10";

    /// <summary>What the page says of it, so that an interval which is not there is not taken for one that was ruled out.</summary>
    internal const string Told =
        "Times since boot were held against the intervals that this night knows of: those of S12, of the startup command (SetupEnergyStats, addRepeatingEvent, mqtt_broadcastInterval), the MQTT broadcast by the plan, the lease of S10 and half of it, and the usual policies. How often a plug asks for the time (NTP) is told by nothing.";

    /// <summary>All of a slot, each length once, the more particular name first.</summary>
    internal static IReadOnlyList<ConfiguredInterval> Of(RunRecord run, string slot)
    {
        string startup = run.Identities.LastOrDefault(i => i.Slot == slot && i.Facts.ContainsKey(StartupCommand))?.Facts[StartupCommand] ?? "";
        string plan = run.Meta.GetValueOrDefault(MetaKeys.PlanText, "");
        List<ConfiguredInterval> all =
        [
            .. run.Intents.Where(i => i.Slot == slot && IntervalFailure.IntervalOf(i) > 0).Select(i => new ConfiguredInterval(IntervalFailure.NameOf(i), IntervalFailure.IntervalOf(i))).Distinct().Take(MostOfAKind),
            .. Commands().Matches(startup).Select(m => new ConfiguredInterval($"{m.Groups[1].Value}{m.Groups[2].Value} of the startup command", double.Parse(m.Groups[3].Value, CultureInfo.InvariantCulture))).Take(MostOfAKind),
        ];
        if (!all.Any(i => i.Name.StartsWith("mqtt_broadcastInterval", StringComparison.OrdinalIgnoreCase)))
        {
            all.Add(Seconds(plan, Broadcast()) is { } planned ? new("the MQTT broadcast interval, by the plan", planned) : new("the usual MQTT broadcast interval", UsualBroadcast));
        }

        if (run.Exposure.Any(e => e.Slot == slot && e.Suite == Addresses))
        {
            double lease = Seconds(plan, Lease()) ?? UsualLease;
            all.AddRange([new("the DHCP lease of S10", lease), new("half the DHCP lease of S10", lease / 2)]);
        }

        all.AddRange([new("the 15 minutes of reboot policies", 900), new("the half hour of DHCP leases of an hour", 1800), new("DHCP leases of an hour", 3600)]);
        return [.. all.Where(i => i.Seconds > 0).DistinctBy(i => i.Seconds)];
    }

    // The key of an identity's facts; a checkup writes each setting with this prefix.
    private const string StartupCommand = "setting startup command";

    // As durations are written in plans: 30s, also 1h30m.
    private static double? Seconds(string text, Regex key)
    {
        double seconds = 0;
        foreach (Match part in Part().Matches(key.Match(text).Groups[1].Value))
        {
            double unit = part.Groups[2].Value switch { "ms" => 0.001, "m" => 60, "h" => 3600, "d" => 86400, _ => 1 };
            seconds += double.TryParse(part.Groups[1].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double figure) ? figure * unit : 0;
        }

        return seconds > 0 ? seconds : null;
    }

    // SetupEnergyStats [enable] [seconds] …, addRepeatingEvent [seconds] [times] …, mqtt_broadcastInterval [seconds].
    [GeneratedRegex(@"\b(?:(SetupEnergyStats)\s+1|(addRepeatingEvent|mqtt_broadcastInterval))\s+([0-9]{1,6})\b", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Commands();

    [GeneratedRegex(@"\bmqttEvery\s*:\s*[""']?([0-9.dhms]{2,30})", RegexOptions.None, 1000)]
    private static partial Regex Broadcast();

    [GeneratedRegex(@"\blease\s*:\s*[""']?([0-9.dhms]{2,30})", RegexOptions.None, 1000)]
    private static partial Regex Lease();

    [GeneratedRegex("([0-9.]{1,9})(ms|s|m|h|d)", RegexOptions.None, 1000)]
    private static partial Regex Part();
}
