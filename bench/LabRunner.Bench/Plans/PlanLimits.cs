using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Inventory.Yaml;

namespace LabRunner.Bench.Plans;

/// <summary>What the figures of a plan must be together, or beyond what a range says.</summary>
internal static class PlanLimits
{
    /// <summary>Cadences, the rail's band, the ladder.</summary>
    public static void Watch(WatchPlan watch, MapNode root, ProblemList problems)
    {
        SourcePlace Of(string key) => (root.Find("watch") as MapNode)?.PlaceOf(key) ?? root.Place;
        foreach ((string key, TimeSpan value) in new[]
        {
            ("pingEvery", watch.PingEvery), ("tcpEvery", watch.TcpEvery), ("smallHttpEvery", watch.SmallHttpEvery),
            ("largeHttpEvery", watch.LargeHttpEvery), ("mqttEvery", watch.MqttEvery), ("railEvery", watch.RailEvery), ("temperatureEvery", watch.TemperatureEvery),
        })
        {
            if (value < TimeSpan.FromMilliseconds(100))
            {
                problems.Add(Of(key), $"'{key}' is '{DurationText.Format(value)}', out of range", "Write at least 100ms");
            }
        }

        // With these the watch would see a failure in every reading.
        if (watch.RailLowest >= watch.RailHighest)
        {
            problems.Add(Of("railLowest"), "'railLowest' must be below 'railHighest'", "Write for example 2.7 and 3.63");
        }

        if (watch.Confirm < TimeSpan.FromSeconds(1))
        {
            problems.Add(Of("confirm"), $"'confirm' is '{DurationText.Format(watch.Confirm)}', out of range", "Write at least 1s");
        }

        foreach (string word in watch.Ladder.Where(w => !LadderSteps.Words.Contains(w)))
        {
            problems.Unknown(Of("ladder"), "step of 'ladder'", word, LadderSteps.Words);
        }
    }

    /// <summary>What the verdicts compare with.</summary>
    public static void Goals(GoalPlan goals, MapNode root, ProblemList problems)
    {
        if (goals.MtbfBadHours <= 0 || goals.MtbfGoodHours <= goals.MtbfBadHours)
        {
            problems.Add(root.PlaceOf("goals"), "'mtbfGoodHours' must be above 'mtbfBadHours', and both above 0", "Write for example 168 and 56");
        }

        if (goals.Risk is not (> 0 and < 0.5))
        {
            problems.Add(root.PlaceOf("goals"), "'risk' must lie between 0 and 0.5", "Write for example 0.1");
        }

        if (goals.Confidence is <= 0 or >= 1)
        {
            problems.Add(root.PlaceOf("goals"), "'confidence' must lie between 0 and 1", "Write for example 0.9");
        }
    }

    /// <summary>The heap-leak rule.</summary>
    public static void Leak(LeakPlan leak, MapNode root, ProblemList problems)
    {
        if (leak.Block <= TimeSpan.Zero || leak.MinBlocks < 3)
        {
            problems.Add(root.PlaceOf("leak"), "'block' must be above 0 and 'minBlocks' at least 3", "Write for example 10m and 8");
        }

        if (leak.MinBytesPerHour < 0 || leak.MinDropBytes < 0)
        {
            problems.Add(root.PlaceOf("leak"), "'minBytesPerHour' and 'minDropBytes' must not be below 0", "Write for example 32 and 1024");
        }
    }
}
