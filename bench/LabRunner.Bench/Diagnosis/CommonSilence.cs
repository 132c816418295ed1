using LabRunner.Bench.Watch;

namespace LabRunner.Bench.Diagnosis;

/// <summary>
/// Slots that fall silent together did not fail: the access point, the broker or the supply of the bench did. The sentinel has no sentinel
/// of its own, so it too is judged by this. Pure.
/// </summary>
internal static class CommonSilence
{
    private static readonly string[] Network = [ObserverKeys.Ping, ObserverKeys.Tcp, ObserverKeys.SmallHttp];
    private static readonly string[] OverNetwork = [.. Network, ObserverKeys.LargeHttp, ObserverKeys.Mqtt];

    /// <summary>Nothing in common.</summary>
    public static readonly IReadOnlySet<string> None = new HashSet<string>();

    /// <summary>Observers whose silence is the bench's, because all slots share it; none as long as one slot answers.</summary>
    /// <param name="slots">Observers of each slot that is watched now: powered, not away on purpose, with HTTP and without an incident. Of one slot alone nothing can be told.</param>
    /// <param name="window">Within which all of them must have fallen silent.</param>
    public static IReadOnlySet<string> Find(IReadOnlyCollection<IReadOnlyList<ObserverView>> slots, TimeSpan window)
    {
        if (slots.Count < 2)
        {
            return None;
        }

        List<TimeSpan> since = [];
        foreach (IReadOnlyList<ObserverView> slot in slots)
        {
            List<TimeSpan> silent = [.. slot.Where(o => Network.Contains(o.Key) && o.State != ObserverState.NotAvailable).Select(o => o.SymptomSince).OfType<TimeSpan>()];
            if (silent.Count == 0)
            {
                return None;
            }

            since.Add(silent.Min());
        }

        if (since.Max() - since.Min() > window)
        {
            return None;
        }

        bool consolesToo = slots.All(s => s.Any(o => o is { Key: ObserverKeys.Heartbeat, SymptomSince: not null } && o.State != ObserverState.NotAvailable));
        return (consolesToo ? OverNetwork.Append(ObserverKeys.Heartbeat) : OverNetwork).ToHashSet(StringComparer.Ordinal);
    }
}
