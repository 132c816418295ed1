using LabRunner.Bench.Api;
using LabRunner.Hardware.Network;

namespace LabRunner.Bench.Session;

/// <content>What slots do at the same moment, so that one act of the access point is judged at all of them.</content>
public sealed partial class BenchSession
{
    // Owner of what is done to the air of all: no slot has this name.
    private const string All = "";

    private readonly Rendezvous _rendezvous;

    /// <summary>The suites of a slot begin: entries of the plan that are done together wait for it.</summary>
    public void Expect(string slot) => _rendezvous.Expect(slot);

    /// <summary>The suites of a slot are over: nobody waits for it any more.</summary>
    public void NoLongerExpect(string slot) => _rendezvous.Leave(slot);

    /// <summary>The suite host of a slot is gone, and another one follows: what it waited for is forgotten.</summary>
    public void WithdrawFromGatherings(string slot) => _rendezvous.Withdraw(slot);

    /// <inheritdoc/>
    public async Task<Gathered> GatherAsync(string slot, Gathering what, CancellationToken cancellationToken)
    {
        _ = Slot(slot);
        if (what.Effect is { } effect && !effect.ReachesAll())
        {
            throw new ArgumentException($"{effect} is done to one slot, not to the air of all.", nameof(what));
        }

        Meeting meeting = await _rendezvous.ArriveAsync(slot, what, cancellationToken).ConfigureAwait(false);
        TimeSpan over = await meeting.ActAsync(() => ActAsync(meeting.Slots, what)).WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Gathered(meeting.Slots, over);
    }

    // Not cancelled by one who waits: the others wait for it too, and what is on must come off.
    private async Task<TimeSpan> ActAsync(IReadOnlyList<string> slots, Gathering what)
    {
        string owner = what.Entry is null ? slots[0] : All;
        if (what.Effect is { } effect)
        {
            if (!what.Lifts)
            {
                await (what.Entry is null ? DisturbAsync(owner, effect, what.Value, _stop.Token) : DisturbAsync(owner, slots, effect, what.Value, _stop.Token)).ConfigureAwait(false);
            }

            if (what.Lasts is { } lasts)
            {
                await Task.Delay(lasts, _options.Clock, _stop.Token).ConfigureAwait(false);
            }

            if (what.Lifts || what.Lasts is not null)
            {
                await LiftAsync(owner, Slot(slots[0]), effect, _stop.Token).ConfigureAwait(false);
            }
        }

        if (what.Closing)
        {
            await LiftLeftAsync(All, slots, "at the end of what was done together").ConfigureAwait(false);
        }

        return _options.Clock.Elapsed;
    }

    private Rendezvous MakeRendezvous() => new(entry => _options.Plan.Suites[entry].Slots is { Count: > 0 } named ? named : [.. _options.Slots.Select(s => s.Entry.Name)]);
}
