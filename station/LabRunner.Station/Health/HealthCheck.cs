using System.Collections.Concurrent;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Reports.Records;
using LabRunner.Station.Benches;

namespace LabRunner.Station.Health;

/// <summary>
/// Looks at the machine as <c>./lab doctor</c> does, and at every slot by the rules of a night's checkup: it gets its power, must serve, and loses
/// its power again. A slot that somebody has is left alone.
/// </summary>
/// <param name="pool">What was found goes there.</param>
/// <param name="opener">Looks at the machine.</param>
internal sealed class HealthCheck(Pool pool, IBenchOpener opener)
{
    private const string Who = "the health check";

    /// <summary>Looks at all of the open bench.</summary>
    /// <param name="keeper">Has the bench.</param>
    /// <param name="bench">The bench, open and watched.</param>
    /// <param name="cancellationToken">Ends it; then nothing is known.</param>
    public async Task RunAsync(BenchKeeper keeper, OpenBench bench, CancellationToken cancellationToken)
    {
        keeper.Say("Health check: every slot gets its power and must serve.");
        ConcurrentDictionary<string, (HealthState? State, string Text)> found = [];
        string? machine = await opener.VisitAsync(cancellationToken).ConfigureAwait(false);
        found[Pool.Machine] = machine is null ? (HealthState.Good, "nothing that is needed is wrong") : (HealthState.Bad, machine);

        // The others are judged beside the sentinel, so it serves before they are asked and until all of them were.
        SlotEntry? sentinel = keeper.Inventory.Slots.FirstOrDefault(s => s.Sentinel);
        TaskCompletionSource up = new(TaskCreationOptions.RunContinuationsAsynchronously), over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task first = sentinel is null ? Task.CompletedTask : LookAsync(sentinel, true);
        if (sentinel is null)
        {
            up.SetResult();
        }

        await Task.WhenAll(bench.Slots.Select(s => s.Entry).Where(s => s.Name != sentinel?.Name).Select(s => LookAsync(s, false))).ConfigureAwait(false);
        over.SetResult();
        await first.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<string> said = pool.Put(found);
        foreach (string sentence in said.DefaultIfEmpty($"Health check: {found.Values.Count(f => f.State == HealthState.Good)} of {found.Count} good, as before."))
        {
            keeper.Say(sentence);
        }

        async Task LookAsync(SlotEntry slot, bool isSentinel)
        {
            try
            {
                VerdictRecord row = await keeper.UseAsync(slot.Name, Who, (hand, token) => PoweredAsync(hand, Ask, token), cancellationToken).ConfigureAwait(false);
                found[slot.Name] = (row.Verdict is Verdict.Inconclusive or Verdict.Invalid or Verdict.Fail ? HealthState.Bad : HealthState.Good, row.Text);
            }
            catch (BenchFaultException fault) when (fault.Kind == FaultKind.Lease)
            {
                found[slot.Name] = (null, fault.Message);
            }
            catch (BenchFaultException fault)
            {
                found[slot.Name] = (HealthState.Bad, fault.Message.TrimEnd('.'));
            }
            finally
            {
                if (isSentinel)
                {
                    up.TrySetResult();
                }
            }

            async Task<VerdictRecord> Ask(CancellationToken token)
            {
                if (!isSentinel)
                {
                    await up.Task.WaitAsync(token).ConfigureAwait(false);
                    if (sentinel is not null && found.TryGetValue(sentinel.Name, out (HealthState? State, string Text) beside) && beside.State is null)
                    {
                        throw new BenchFaultException(FaultKind.Lease, $"slot {slot.Name}", $"it is judged beside the sentinel, and that could not be looked at: {beside.Text}", "It is looked at again later");
                    }

                    return await bench.Session.CheckHealthAsync(slot.Name, pool.Rule.Limit, token).ConfigureAwait(false);
                }

                VerdictRecord own = await bench.Session.CheckHealthAsync(slot.Name, pool.Rule.Limit, token).ConfigureAwait(false);
                up.TrySetResult();
                await over.Task.WaitAsync(token).ConfigureAwait(false);
                return own;
            }
        }
    }

    private static async Task<VerdictRecord> PoweredAsync(SessionSlot hand, Func<CancellationToken, Task<VerdictRecord>> ask, CancellationToken cancellationToken)
    {
        bool wasOff = hand.Slot.Power is { } power && await power.ReadStateAsync(cancellationToken).ConfigureAwait(false) != PowerState.On;
        try
        {
            if (wasOff)
            {
                await hand.SwitchAsync(true, cancellationToken).ConfigureAwait(false);
            }

            return await ask(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (wasOff && !hand.Slot.Entry.KeepPower)
            {
                await hand.SwitchAsync(false, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }
}
