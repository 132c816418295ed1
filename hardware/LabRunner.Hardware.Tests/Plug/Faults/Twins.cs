using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Virtual;

namespace LabRunner.Hardware.Tests.Plug.Faults;

/// <summary>A plug with a planted fault and a healthy one, each alone in its air, under the same stimulus.</summary>
internal sealed record Twins(PlugBench Faulty, PlugBench Healthy)
{
    public static Twins Of(string id, params (string Name, string Value)[] parameters) => new(
        new PlugBench(PlugBench.With(PlugBench.Fault(id, parameters))), new PlugBench());

    public IEnumerable<PlugBench> Both => [Faulty, Healthy];

    /// <summary>Switches both on and waits until they are on the network.</summary>
    public Twins Boot()
    {
        Faulty.Boot();
        Healthy.Boot();
        return this;
    }

    /// <summary>Does the same to both.</summary>
    public Twins Do(Action<PlugBench> stimulus)
    {
        stimulus(Faulty);
        stimulus(Healthy);
        return this;
    }

    public Twins Run(double seconds) => Do(b => b.Run(seconds));
}

/// <summary>What an observer would read from a bench.</summary>
internal static partial class Seen
{
    public static int Banners(this PlugBench bench) => bench.Lines.Count(l => l.Line == "Starting bl602 now....");

    public static int Dumps(this PlugBench bench) => bench.Lines.Count(l => l.Line == "Exception Entry--->>>");

    public static int Said(this PlugBench bench, string part) => bench.Lines.Count(l => l.Line.Contains(part, StringComparison.Ordinal));

    /// <summary>Seconds since the last line on the UART.</summary>
    public static double Quiet(this PlugBench bench) => (bench.Engine.Now - bench.Lines[^1].At).TotalSeconds;

    /// <summary>Seconds between the last banner and the line before it.</summary>
    public static double SilenceBeforeBanner(this PlugBench bench)
    {
        int banner = bench.Lines.FindLastIndex(l => l.Line == "Starting bl602 now....");
        return (bench.Lines[banner].At - bench.Lines[banner - 1].At).TotalSeconds;
    }

    public static string Heartbeat(this PlugBench bench) => bench.Lines.Last(l => BeatPattern().IsMatch(l.Line)).Line;

    public static int Beat(this PlugBench bench, string field) => int.Parse(
        Regex.Match(bench.Heartbeat(), Regex.Escape(field) + @" (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>Tasmota's power in W.</summary>
    public static double Watts(this PlugBench bench) => Reading(bench, "Power");

    public static double Reading(this PlugBench bench, string name) => double.Parse(
        Regex.Match(bench.Get("/cm?cmnd=Status%208"), $"\"{name}\": ?(-?[0-9.]+)").Groups[1].Value, CultureInfo.InvariantCulture);

    public static string ResetReason(this PlugBench bench) =>
        Regex.Match(bench.Get("/index?state=1"), "BL_RST_[A-Z_]+").Value;

    public static bool Answers(this PlugBench bench) => bench.Get("/api/info").Contains("uptime_s", StringComparison.Ordinal);

    public static int MessagesSince(this PlugBench bench, TimeSpan at) => bench.Published.Count(p => p.At > at);

    public static void Command(this PlugBench bench, string line) => bench.Post("/api/cmnd", line);

    [GeneratedRegex(@"Time \d+, idle")]
    private static partial Regex BeatPattern();
}
