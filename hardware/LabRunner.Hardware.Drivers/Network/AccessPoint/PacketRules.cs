using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Network;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint;

/// <summary>
/// Effects as a table of nftables and as a tree of tc, each whole: what is on is the only input, so that putting back is the empty list.
/// Pure.
/// </summary>
internal static partial class PacketRules
{
    /// <summary>Name of the one table; everything of it is ours.</summary>
    public const string Table = "labrunner";

    /// <summary>Handle of the root of our tree.</summary>
    public const string Handle = "1ab0:";

    // The three bands that prio has by itself; ours come after them, and it has 16 in all.
    private const int OwnBands = 3;

    /// <summary>Most stations that can have lost or late packets at once.</summary>
    public const int MostShaped = 13;

    /// <summary>Text for <c>nft -f -</c>: replaces the table in one transaction.</summary>
    /// <param name="effects">What is on.</param>
    /// <param name="device">Interface of the access point.</param>
    /// <param name="brokerPort">TCP port of the broker.</param>
    public static string Nft(IReadOnlyList<ActiveEffect> effects, string device, int brokerPort)
    {
        // A table can only be deleted where it exists: it is made first.
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"table inet {Table}\ndelete table inet {Table}\n");
        string[] filters = [.. effects.SelectMany(e => Filters(e, device, brokerPort))];
        (string From, string Protocol, int Port)[] led = [.. effects.Where(e => e.Port > 0).Select(e => Led(e, device, brokerPort))];
        if (filters.Length + led.Length == 0)
        {
            return text.ToString();
        }

        text.Append(CultureInfo.InvariantCulture, $"table inet {Table} {{\n");
        foreach (string hook in new[] { "input", "forward" })
        {
            Chain(text, hook, $"type filter hook {hook} priority -10", filters);
        }

        // A conntrack zone of its own, or a connection that stands already would go on to the real server: in the new zone it is
        // unknown, so that a question is led away and a standing TCP connection meets a stranger, who resets it.
        Chain(text, "zones", "type filter hook prerouting priority -300", led.Select(l => Invariant($"{l.From} ct zone set {l.Port}")));
        Chain(text, "answers", "type filter hook output priority -300", led.Select(l => Invariant($"{l.Protocol} sport {l.Port} ct zone set {l.Port}")));
        Chain(text, "standins", "type nat hook prerouting priority -100", led.Select(l => Invariant($"{l.From} redirect to :{l.Port}")));
        return text.Append("}\n").ToString();
    }

    /// <summary>Argument lists of tc, in order, after our root is gone; empty: nothing is shaped.</summary>
    public static IReadOnlyList<string[]> Tc(IReadOnlyList<ActiveEffect> effects, string device)
    {
        IGrouping<string, ActiveEffect>[] stations = [.. effects.Where(e => e.Effect is NetworkEffect.Loss or NetworkEffect.Delay && e.Address is not null).GroupBy(e => e.Address!)];
        if (stations.Length == 0)
        {
            return [];
        }

        List<string[]> lines = [["qdisc", "add", "dev", device, "root", "handle", Handle, "prio", "bands", Whole(OwnBands + stations.Length)]];
        for (int i = 0; i < stations.Length; i++)
        {
            string band = string.Create(CultureInfo.InvariantCulture, $"{Handle}{OwnBands + i + 1:x}");
            List<string> netem = ["qdisc", "add", "dev", device, "parent", band, "netem"];
            if (stations[i].FirstOrDefault(e => e.Effect == NetworkEffect.Delay) is { } delay)
            {
                netem.AddRange(["delay", string.Create(CultureInfo.InvariantCulture, $"{delay.Value:0.###}ms")]);
            }

            if (stations[i].FirstOrDefault(e => e.Effect == NetworkEffect.Loss) is { } loss)
            {
                netem.AddRange(["loss", string.Create(CultureInfo.InvariantCulture, $"{loss.Value * 100:0.###}%")]);
            }

            lines.Add([.. netem]);
            lines.Add(["filter", "add", "dev", device, "protocol", "ip", "parent", Handle, "prio", "1", "u32", "match", "ip", "dst", stations[i].Key + "/32", "flowid", band]);
        }

        return lines;
    }

    /// <summary>Centre frequency of a channel of the 2.4 GHz band, MHz.</summary>
    public static int Megahertz(int channel) => 2407 + (5 * channel);

    /// <summary>Packets that our rules have dropped of a station's questions, since the table was set last.</summary>
    /// <param name="listed">What <c>nft list ruleset inet</c> printed.</param>
    /// <param name="mac">Of whom.</param>
    /// <param name="question">Which questions.</param>
    public static long Dropped(string listed, string mac, NetworkQuestion question) => listed.Split('\n')
        .SkipWhile(line => !line.StartsWith($"table inet {Table} {{", StringComparison.Ordinal)).TakeWhile(line => line != "}")
        .Where(line => line.Contains($"ether saddr {mac} ", StringComparison.OrdinalIgnoreCase))
        .Select(line => DroppedRule().Match(line)).Where(m => m.Success && m.Groups[1].Value == (question == NetworkQuestion.Names ? "53" : "123"))
        .Sum(m => long.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture));

    // nft writes a port that it knows by its number, unless it is asked for names.
    [GeneratedRegex(@"dport (53|123) counter packets (\d+) bytes \d+ drop")]
    private static partial Regex DroppedRule();

    private static IEnumerable<string> Filters(ActiveEffect effect, string device, int brokerPort)
    {
        string from = From(effect, device);
        string broker = Invariant($"{from} tcp dport {brokerPort}");
        return effect.Effect switch
        {
            NetworkEffect.NamesSilent => [$"{from} meta l4proto {{ tcp, udp }} th dport 53 counter drop"],

            // Questions over TCP are refused: what stands in speaks UDP, as the firmware does.
            NetworkEffect.NamesUnknown or NetworkEffect.NamesSlow => [$"{from} tcp dport 53 reject with tcp reset"],
            NetworkEffect.AddressesSilent => [$"{from} udp dport 67 drop"],
            NetworkEffect.TimeSilent => [$"{from} udp dport 123 counter drop"],
            NetworkEffect.BrokerRefuses => [$"{broker} reject with tcp reset"],
            NetworkEffect.BrokerSilent => [$"{broker} drop"],
            _ => [],
        };
    }

    // What goes to a stand-in instead.
    private static (string From, string Protocol, int Port) Led(ActiveEffect effect, string device, int brokerPort)
    {
        string from = From(effect, device);
        return effect.Effect switch
        {
            NetworkEffect.NamesUnknown or NetworkEffect.NamesSlow => ($"{from} udp dport 53", "udp", effect.Port),
            NetworkEffect.TimeError => ($"{from} udp dport 123", "udp", effect.Port),

            // Renewals go to the server alone; a question to all is one for a new address.
            NetworkEffect.AddressesRefused => ($"{from} ip daddr != 255.255.255.255 udp dport 67", "udp", effect.Port),
            NetworkEffect.BrokerDenies => (Invariant($"{from} tcp dport {brokerPort}"), "tcp", effect.Port),
            _ => throw new ArgumentOutOfRangeException(nameof(effect), effect.Effect, "Nothing stands in for this effect."),
        };
    }

    private static string From(ActiveEffect effect, string device) => $"iifname \"{device}\" ether saddr {effect.Mac}";

    private static void Chain(StringBuilder text, string name, string hook, IEnumerable<string> rules)
    {
        string body = string.Concat(rules.Select(rule => $"    {rule}\n"));
        if (body.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"  chain {name} {{\n    {hook}; policy accept;\n{body}  }}\n");
        }
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);
}
