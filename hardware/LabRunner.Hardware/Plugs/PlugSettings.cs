namespace LabRunner.Hardware.Plugs;

/// <summary>What an update must not change, as the device's interfaces tell it. Immutable.</summary>
/// <param name="Facts">Name and value, in a fixed order.</param>
public sealed record PlugSettings(IReadOnlyList<(string Name, string Value)> Facts)
{
    private const int LongestShown = 120;

    /// <summary>Of what was read already.</summary>
    public static PlugSettings Of(PlugInfo info, PlugPins pins)
    {
        ArgumentNullException.ThrowIfNull(info);
        ArgumentNullException.ThrowIfNull(pins);
        return new PlugSettings(
        [
            ("MAC", info.Mac), ("short name", info.ShortName), ("MQTT host", info.MqttHost), ("MQTT client", info.MqttTopic), ("flags", info.Flags),
            ("startup command", info.StartupCommand), ("pin roles", string.Join(' ', pins.Roles)), ("pin channels", string.Join(' ', pins.Channels)),
        ]);
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="PlugUnreachableException">The device does not answer, or is in safe mode.</exception>
    public static async Task<PlugSettings> ReadAsync(IPlug plug, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plug);
        PlugInfo info = await plug.GetInfoAsync(cancellationToken).ConfigureAwait(false);
        return Of(info, await plug.GetPinsAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>What is not the same in <paramref name="after"/>, a sentence each.</summary>
    public IReadOnlyList<string> Differences(PlugSettings after)
    {
        ArgumentNullException.ThrowIfNull(after);
        return [.. Facts.Zip(after.Facts).Where(p => p.First.Value != p.Second.Value)
            .Select(p => $"{p.First.Name} was '{Short(p.First.Value)}' and is '{Short(p.Second.Value)}'")];
    }

    private static string Short(string text)
    {
        string clean = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return clean.Length > LongestShown ? clean[..LongestShown] + "…" : clean;
    }
}
