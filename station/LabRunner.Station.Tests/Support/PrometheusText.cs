using System.Globalization;
using System.Text.RegularExpressions;

namespace LabRunner.Station.Tests.Support;

/// <summary>A sample of a scrape.</summary>
internal sealed record ScrapedSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>Reads Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats) and refuses what is none.</summary>
internal sealed partial class PrometheusText
{
    private static readonly string[] Suffixes = ["", "_total", "_bucket", "_sum", "_count", "_info", "_created"];

    public PrometheusText(string text)
    {
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal) && line.Split(' ') is [_, _, var family, var kind])
            {
                Types.Add(family, kind);
            }
            else if (!line.StartsWith('#'))
            {
                Match match = Sample().Match(line);
                if (!match.Success)
                {
                    throw new FormatException($"'{line}' is no sample.");
                }

                string name = match.Groups["name"].Value;
                if (!Suffixes.Any(s => name.EndsWith(s, StringComparison.Ordinal) && Types.ContainsKey(name[..^s.Length])) && !Types.ContainsKey(name))
                {
                    throw new FormatException($"'{name}' has no type before it.");
                }

                Samples.Add(new ScrapedSample(
                    name, Label().Matches(match.Groups["labels"].Value).ToDictionary(l => l.Groups["key"].Value, l => l.Groups["value"].Value),
                    double.Parse(match.Groups["value"].Value.Replace("+Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture)));
            }
        }
    }

    /// <summary>Kinds of families by name.</summary>
    public Dictionary<string, string> Types { get; } = [];

    public List<ScrapedSample> Samples { get; } = [];

    /// <summary>Value of the one sample with this name and these labels; NaN: there is none.</summary>
    public double Of(string name, params (string Key, string Value)[] labels) =>
        Samples.SingleOrDefault(s => s.Name == name && labels.All(l => s.Labels.GetValueOrDefault(l.Key) == l.Value))?.Value ?? double.NaN;

    [GeneratedRegex(@"\A(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?<labels>.*)\})? (?<value>[-+.0-9eE]+|NaN|[-+]?Inf)( -?[0-9]+)?\z")]
    private static partial Regex Sample();

    [GeneratedRegex("""(?<key>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\]|\\.)*)",?""")]
    private static partial Regex Label();
}
