using System.Collections.Concurrent;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Reports.Records;
using LabRunner.Station.Benches;

namespace LabRunner.Station.Health;

/// <summary>
/// Looks at the machine as <c>./lab doctor</c> does, and at slots by the rules of a night's checkup: each gets its power, must serve, and loses
/// it again. A slot that somebody has, or is at, is left alone.
/// </summary>
/// <param name="pool">What was found goes there.</param>
/// <param name="opener">Looks at the machine.</param>
internal sealed class HealthCheck(Pool pool, IBenchOpener opener)
{
    private const string Who = "the health check";

    /// <summary>Looks at the open bench.</summary>
    /// <param name="look">What at. Slots are judged beside the sentinel, so that it is looked at with them.</param>
    /// <param name="keeper">Has the bench.</param>
    /// <param name="bench">The bench, open and watched.</param>
    /// <param name="cancellationToken">Ends it; then nothing is known.</param>
    public async Task RunAsync(HealthLook look, BenchKeeper keeper, OpenBench bench, CancellationToken cancellationToken)
    {
        SlotEntry[] slots = [.. bench.Slots.Select(s => s.Entry).Where(s => look.Has(s.Name))];
        ConcurrentDictionary<string, (HealthState? State, string Text)> found = [];
        if (look.Has(Pool.Machine))
        {
            string? machine = await opener.VisitAsync(cancellationToken).ConfigureAwait(false);
            found[Pool.Machine] = machine is null ? (HealthState.Good, "nothing that is needed is wrong") : (HealthState.Bad, machine);
        }

        if (slots.Length > 0)
        {
            keeper.Say($"Health check: {(look.All ? "every slot" : string.Join(", ", slots.Select(s => s.Name)))} gets power and must serve.");
            await LookAsync(slots, found, keeper, bench, cancellationToken).ConfigureAwait(false);
        }

        foreach (string left in look.Names?.Except(found.Keys) ?? [])
        {
            // Else it would be due again at once.
            found[left] = (null, "it is not open");
        }

        IReadOnlyList<string> said = pool.Put(look, found);
        foreach (string sentence in said.DefaultIfEmpty($"Health check: {found.Values.Count(f => f.State == HealthState.Good)} of {found.Count} good, as before."))
        {
            keeper.Say(sentence);
        }
    }

    private async Task LookAsync(
        SlotEntry[] slots, ConcurrentDictionary<string, (HealthState? State, string Text)> found, BenchKeeper keeper, OpenBench bench, CancellationToken cancellationToken)
    {
        // The others are judged beside the sentinel, so it serves before they are asked and until all of them were.
        SlotEntry? sentinel = keeper.Inventory.Slots.FirstOrDefault(s => s.Sentinel);
        TaskCompletionSource up = new(TaskCreationOptions.RunContinuationsAsynchronously), over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task first = sentinel is null ? Task.CompletedTask : LookAsync(sentinel, true);
        if (sentinel is null)
        {
            up.SetResult();
        }

        try
        {
            await Task.WhenAll(slots.Where(s => s.Name != sentinel?.Name).Select(s => LookAsync(s, false))).ConfigureAwait(false);
        }
        finally
        {
            over.SetResult();
        }

        await first.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();

        async Task LookAsync(SlotEntry slot, bool isSentinel)
        {
            try
            {
                VerdictRecord row = await keeper.UseFreeAsync(slot.Name, Who, (hand, token) => PoweredAsync(hand, Ask, token), cancellationToken).ConfigureAwait(false);
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
