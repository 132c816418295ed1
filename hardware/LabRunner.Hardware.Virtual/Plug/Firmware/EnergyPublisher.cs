using System.Globalization;
using System.Text;
using LabRunner.Hardware.Virtual.Plug.Faults;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>
/// Energy over MQTT: a quantity is sent when it has changed by more than its threshold and at least so many updates have passed since it
/// was sent last, or when many more have passed (drv_bl_shared.c).
/// </summary>
internal sealed class EnergyPublisher(PlugFirmware firmware)
{
    private readonly double[] _sent = new double[Quantities.Length];
    private readonly int[] _frames = new int[Quantities.Length];

    private static readonly Quantity[] Quantities =
    [
        new("voltage", 1, 0.25, m => m.Volts),
        new("current", 3, 0.002, m => m.Amperes),
        new("power", 2, 0.25, m => m.Watts),
        new("power_apparent", 2, 0.25, m => m.ApparentPower),
        new("power_reactive", 2, 0.25, m => m.ReactivePower),
        new("power_factor", 2, 0.05, m => m.PowerFactor),
        new("energycounter", 3, 0.1, m => m.TotalWattHours),
        new("energycounter_last_hour", 3, 0.1, m => m.Statistics.LastHourWattHours),
        new("energycounter_today", 3, 0.1, m => m.TodayWattHours),
    ];

    /// <summary>Thresholds by name; VCPPublishThreshold changes them.</summary>
    public Dictionary<string, double> Thresholds { get; } = Quantities.ToDictionary(q => q.Topic, q => q.Threshold);

    /// <summary>Decimals of a quantity by its topic.</summary>
    public Dictionary<string, int> Decimals { get; } = Quantities.ToDictionary(q => q.Topic, q => q.Decimals);

    /// <summary>Updates that must pass between two sends of a changed value.</summary>
    public int MinimumFrames { get; set; } = 5;

    /// <summary>Updates after which a value is sent anyway.</summary>
    public int ForcedFrames { get; set; } = 60;

    public int Sent { get; private set; }

    public int Skipped { get; private set; }

    /// <summary>VCPPrecision: 0 voltage, 1 current, 2 the powers, 3 the energies.</summary>
    public void SetDecimals(int what, int decimals)
    {
        string[] start = what switch { 0 => ["voltage"], 1 => ["current"], 2 => ["power", "power_apparent", "power_reactive"], _ => ["energycounter"] };
        foreach (string topic in Decimals.Keys.Where(k => what == 3 ? k.StartsWith(start[0], StringComparison.Ordinal) : start.Contains(k)).ToArray())
        {
            Decimals[topic] = decimals;
        }
    }

    public void Update(MeterDriver meter, bool statistics)
    {
        foreach (PlantedFault fault in firmware.Faults)
        {
            fault.OnEnergyPublish(firmware);
        }

        if (firmware.Scope.Ended)
        {
            return;
        }

        for (int i = 0; i < Quantities.Length; i++)
        {
            double value = Quantities[i].Read(meter);
            bool changed = Math.Abs(value - _sent[i]) > Thresholds[Quantities[i].Topic] && _frames[i] >= MinimumFrames;
            if (!changed && _frames[i] < ForcedFrames)
            {
                _frames[i]++;
                Skipped++;
                continue;
            }

            _frames[i] = 0;
            _sent[i] = value;
            Sent++;
            bool kilo = firmware.Config.HasFlag(40) && Quantities[i].Topic.StartsWith("energycounter", StringComparison.Ordinal);
            firmware.Mqtt.PublishGet(
                Quantities[i].Topic,
                (kilo ? value / 1000 : value).ToString("F" + Decimals[Quantities[i].Topic].ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
                qos: 0);
        }

        if (statistics)
        {
            firmware.Mqtt.PublishGet("consumption_stats", Statistics(meter), qos: 0);
        }
    }

    private string Statistics(MeterDriver meter)
    {
        StringBuilder json = new();
        json.Append(CultureInfo.InvariantCulture, $"{{\"uptime\":{firmware.UptimeSeconds},\"consumption_total\":{meter.TotalWattHours:0.######}");
        json.Append(CultureInfo.InvariantCulture, $",\"consumption_last_hour\":{meter.Statistics.LastHourWattHours:0.######}");
        json.Append(CultureInfo.InvariantCulture, $",\"consumption_stat_index\":{meter.Statistics.Index},\"consumption_sample_count\":{meter.Statistics.SampleCount}");
        json.Append(CultureInfo.InvariantCulture, $",\"consumption_sampling_period\":{meter.Statistics.IntervalSeconds},\"consumption_samples\":[");
        json.AppendJoin(',', meter.Statistics.Samples.Select(s => s.ToString("0.######", CultureInfo.InvariantCulture)));
        return json.Append("]}").ToString();
    }

    private sealed record Quantity(string Topic, int Decimals, double Threshold, Func<MeterDriver, double> Read);
}
