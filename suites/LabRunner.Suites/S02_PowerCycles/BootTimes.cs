using LabRunner.Fixtures;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Suites.S02_PowerCycles;

/// <summary>Times from power to service, in seconds, of all cycles.</summary>
internal sealed class BootTimes
{
    public List<double> Heartbeat { get; } = [];

    public List<double> Http { get; } = [];

    public List<double> Mqtt { get; } = [];

    /// <summary>Times of a step; null: no time of it is kept.</summary>
    public List<double>? ByName(string step) => step switch
    {
        "heartbeat" => Heartbeat,
        "http" => Http,
        "mqtt" => Mqtt,
        _ => null,
    };

    /// <summary>Records median and 95th percentile of each against its limit.</summary>
    public async Task RecordAsync(SuiteContext lab, PowerCyclesParameters parameters)
    {
        foreach ((string name, List<double> times, TimeSpan limit) in new[]
        {
            ("heartbeat", Heartbeat, parameters.BootLimit), ("http", Http, parameters.HttpLimit), ("mqtt", Mqtt, parameters.MqttLimit),
        })
        {
            if (times.Count == 0)
            {
                continue;
            }

            foreach ((string label, double share) in new[] { ("median", 0.5), ("p95", 0.95) })
            {
                double value = Percentile.Of(times, share);
                await lab.MeasureAsync(new Figure($"time-to-{name}-{label}", value, "s", value <= limit.TotalSeconds ? Verdict.Pass : Verdict.Fail)
                {
                    Upper = limit.TotalSeconds,
                    Detail = [("n", $"{times.Count}")],
                });
            }
        }
    }
}
