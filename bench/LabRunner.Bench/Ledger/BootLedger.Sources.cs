using System.Globalization;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Ledger;

/// <content>
/// Boots are counted three times over: by their banner, by uptimes that went backwards (heartbeat, MQTT, /api/info, each against itself),
/// and by the index page (its own uptime and its reset reason). Who should have seen a boot and did not is named.
/// </content>
internal sealed partial class BootLedger
{
    private static readonly string[] Counted = ["banner", "uptime", "page"];
    private static readonly string[] UptimeSources = ["uptime", "mqtt", "info"];

    // Kept across boots, each source by itself: what another one saw must not count.
    private readonly Dictionary<string, double> _streams = new(StringComparer.Ordinal);
    private int _compared;

    /// <summary>The night ends at a run time: the newest boot is compared too.</summary>
    public void Finish(TimeSpan now) => Compare(now);

    private void CountFall(string source, TimeSpan at, double uptimeSeconds)
    {
        bool fell = _streams.TryGetValue(source, out double before) && uptimeSeconds < before;
        _streams[source] = uptimeSeconds;

        // A late answer of the boot before must not count for this one.
        if (fell && LastBoot is { } boot && at - TimeSpan.FromSeconds(uptimeSeconds) > boot - UptimeSlack)
        {
            AddSource(source);
        }
    }

    private void Compare(TimeSpan until)
    {
        if (_boots.Count == _compared)
        {
            return;
        }

        _compared = _boots.Count;
        BootRecord boot = _boots[^1];
        TimeSpan at = TimeSpan.FromSeconds(boot.At);
        bool Saw(string source) => source == "uptime" ? boot.Sources.Any(s => UptimeSources.Contains(s)) : boot.Sources.Contains(source);
        List<string> missing = [.. Counted.Where(s => !Saw(s) && sink.CouldSee(s, at, until))];
        if (missing.Count > 0)
        {
            sink.Note(until, "disagreement", string.Create(
                CultureInfo.InvariantCulture, $"Boot {boot.Id} at {boot.At:0.0} s was seen by {string.Join(", ", boot.Sources)}, but not by {string.Join(", ", missing)}."));
        }
    }

    private void AddSource(string source)
    {
        BootRecord boot = _boots[^1];
        if (!boot.Sources.Contains(source))
        {
            boot = boot with { Sources = [.. boot.Sources, source] };
        }

        _boots[^1] = boot;
        sink.Save(boot);
    }
}
