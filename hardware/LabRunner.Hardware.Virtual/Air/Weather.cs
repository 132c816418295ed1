using System.Globalization;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Virtual.Air;

/// <summary>
/// Something that happens in the air at a run time, written "at what [value] [duration]": <c>5m access-point-off 60s</c>. Without a
/// duration it stays. Words: access-point-off, deauthenticate, channel N, no-addresses, lease DURATION, dns-silent, dns-slow,
/// dns-no-such-name, time-silent, time-error DURATION, discovery PER-SECOND, loss SHARE.
/// </summary>
public sealed class Weather
{
    private static readonly Dictionary<string, Kind> Kinds = new(StringComparer.Ordinal)
    {
        ["access-point-off"] = new(false, (a, _) => a.SwitchAccessPoint(false), a => a.SwitchAccessPoint(true)),
        ["deauthenticate"] = new(false, (a, _) => a.DeauthenticateAll(), null),
        ["channel"] = new(true, (a, v) => a.SwitchChannel((int)Number(v, 1, 13)), null),
        ["no-addresses"] = new(false, (a, _) => a.AddressServerUp = false, a => a.AddressServerUp = true),
        ["lease"] = new(true, (a, v) => a.Lease = Duration(v), a => a.Lease = TimeSpan.FromHours(12)),
        ["dns-silent"] = new(false, (a, _) => a.NameServer = NameServer.BlackHole, a => a.NameServer = NameServer.Answers),
        ["dns-slow"] = new(false, (a, _) => a.NameServer = NameServer.Slow, a => a.NameServer = NameServer.Answers),
        ["dns-no-such-name"] = new(false, (a, _) => a.NameServer = NameServer.NoSuchName, a => a.NameServer = NameServer.Answers),
        ["time-silent"] = new(false, (a, _) => a.TimeServerError = null, a => a.TimeServerError = TimeSpan.Zero),
        ["time-error"] = new(true, (a, v) => a.TimeServerError = Duration(v), a => a.TimeServerError = TimeSpan.Zero),
        ["discovery"] = new(true, (a, v) => a.DiscoveryPerSecond = Number(v, 0, 1000), a => a.DiscoveryPerSecond = 0),
        ["loss"] = new(true, (a, v) => a.Loss = Number(v, 0, 1), a => a.Loss = 0),
    };

    private readonly TimeSpan _at;
    private readonly Kind _kind;
    private readonly string _value;
    private readonly TimeSpan? _lasts;

    private Weather(TimeSpan at, Kind kind, string value, TimeSpan? lasts)
    {
        _at = at;
        _kind = kind;
        _value = value;
        _lasts = lasts;
    }

    /// <summary>Reads one line.</summary>
    /// <exception cref="BenchFaultException">Kind Configuration: what does not fit, and the words that do.</exception>
    public static Weather Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        try
        {
            if (words.Length < 2 || !Kinds.TryGetValue(words[1], out Kind? kind))
            {
                throw new FormatException(words.Length < 2 ? "it has no word" : $"'{words[1]}' is no weather");
            }

            int most = kind.HasValue ? 4 : 3;
            if (words.Length > most || (kind.HasValue && words.Length < 3))
            {
                throw new FormatException($"'{words[1]}' takes {(kind.HasValue ? "a value and then perhaps a duration" : "at most a duration")}");
            }

            string value = kind.HasValue ? words[2] : "";
            TimeSpan? lasts = words.Length == most ? Duration(words[^1]) : null;
            if (lasts is not null && kind.Undo is null)
            {
                throw new FormatException($"'{words[1]}' takes no duration");
            }

            // Tried on an air of its own, so that a value out of range is told now and not in the middle of the night.
            kind.Do(new VirtualAir(new Engine()), value);
            return new Weather(Duration(words[0]), kind, value, lasts);
        }
        catch (FormatException problem)
        {
            throw new BenchFaultException(
                FaultKind.Configuration, $"weather '{text}'", problem.Message,
                $"Write at what [value] [duration], for example 5m access-point-off 60s; what is one of {string.Join(", ", Kinds.Keys)}", problem);
        }
    }

    /// <summary>Has it happen; on the engine's thread, or before it runs.</summary>
    public void Plan(VirtualAir air, Engine engine)
    {
        ArgumentNullException.ThrowIfNull(air);
        ArgumentNullException.ThrowIfNull(engine);
        engine.Schedule(_at, () =>
        {
            _kind.Do(air, _value);
            if (_lasts is { } lasts)
            {
                engine.Schedule(engine.Now + lasts, () => _kind.Undo!(air));
            }
        });
    }

    private static double Number(string text, double low, double high) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= low && number <= high
            ? number
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"'{text}' is no number from {low} to {high}"));

    private static TimeSpan Duration(string text) => Plug.Board.FaultParameters.ParseDuration(text)
        ?? throw new FormatException($"'{text}' is no duration such as 90s, 5m or 2h");

    private sealed record Kind(bool HasValue, Action<VirtualAir, string> Do, Action<VirtualAir>? Undo);
}
