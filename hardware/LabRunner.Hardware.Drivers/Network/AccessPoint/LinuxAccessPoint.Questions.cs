using LabRunner.Hardware.Network;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint;

/// <content>
/// What a station asked while its questions were dropped (counters of nftables) or answered by this process. Questions that reach the real
/// servers pass by uncounted: only what is asked under an effect is counted.
/// </content>
public sealed partial class LinuxAccessPoint
{
    private readonly Dictionary<(string Mac, NetworkQuestion Question), long> _dropped = [];

    /// <inheritdoc/>
    public async Task<long?> CountAsync(Station station, NetworkQuestion question, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(station);
        if (!Effects.Contains(NetworkEffect.NamesSilent))
        {
            return null;
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            string listed = IsCounted(_active.Read()) ? await ListAsync(cancellationToken).ConfigureAwait(false) : "";
            return _own.Asked(station.Mac, question) + _dropped.GetValueOrDefault((station.Mac, question)) + PacketRules.Dropped(listed, station.Mac, question);
        }
        finally
        {
            _gate.Release();
        }
    }

    // A table that is set anew counts from 0 again.
    private async Task KeepCountsAsync(CancellationToken cancellationToken)
    {
        ActiveEffect[] counted = [.. _active.Read().Where(IsDropped)];
        if (counted.Length == 0)
        {
            return;
        }

        string listed = await ListAsync(cancellationToken).ConfigureAwait(false);
        foreach (ActiveEffect effect in counted)
        {
            (string, NetworkQuestion) key = (effect.Mac, OwnServers.QuestionOf(effect.Effect)!.Value);
            _dropped[key] = _dropped.GetValueOrDefault(key) + PacketRules.Dropped(listed, key.Item1, key.Item2);
        }
    }

    // Of all tables, since asking for one that is not there is an error.
    private Task<string> ListAsync(CancellationToken cancellationToken) => _nft.RunAsync(null, cancellationToken, "list", "ruleset", "inet");

    private static bool IsCounted(IReadOnlyList<ActiveEffect> effects) => effects.Any(IsDropped);

    private static bool IsDropped(ActiveEffect effect) => effect.Effect is NetworkEffect.NamesSilent or NetworkEffect.TimeSilent;
}
