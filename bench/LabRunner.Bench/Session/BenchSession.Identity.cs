using System.Globalization;
using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Journal;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>What each DUT says it is, before and after the night.</content>
public sealed partial class BenchSession
{
    // Machine time: a DUT that does not answer must not hold up the end of the night.
    private static readonly TimeSpan LastQuestions = TimeSpan.FromSeconds(5);

    private readonly Dictionary<(string Slot, string Phase), IReadOnlyDictionary<string, string>> _identities = [];

    // Of those that still have power; nobody else can answer.
    private async Task IdentifyLastAsync(CancellationToken cancellationToken)
    {
        if (_checkedAfter)
        {
            return;
        }

        using CancellationTokenSource limit = new(LastQuestions, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await Task.WhenAll(_slots.Values.Select(s => IdentifyAsync(s, "after", either.Token))).ConfigureAwait(false);
    }

    private async Task IdentifyFirstAsync(SlotSession slot)
    {
        try
        {
            await slot.WaitReadyAsync(IncidentTracker.BootLimit, _stop.Token).ConfigureAwait(false);
            if (_options.Resume?.Run.Identities.Any(i => i.Slot == slot.Name && i.Phase == "before") == true)
            {
                await CompareIdentityAsync(slot).ConfigureAwait(false);
            }
            else
            {
                await IdentifyAsync(slot, "before", _stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The night was shorter than the boot.
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> IdentifyAsync(SlotSession slot, string phase, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> facts = await ReadIdentityAsync(slot, cancellationToken).ConfigureAwait(false);
        KeepIdentity(slot.Name, phase, facts);
        return facts;
    }

    private void KeepIdentity(string slot, string phase, IReadOnlyDictionary<string, string> facts)
    {
        lock (_records)
        {
            _identities[(slot, phase)] = facts;
        }

        _journal.Put(JournalRow.Of(new IdentityRecord(slot, phase, _options.Clock.Elapsed.TotalSeconds, facts)));
    }

    private IReadOnlyDictionary<string, string>? FactsOf(string slot, string phase)
    {
        lock (_records)
        {
            return _identities.GetValueOrDefault((slot, phase)) ?? _options.Resume?.Run.Identities.LastOrDefault(i => i.Slot == slot && i.Phase == phase)?.Facts;
        }
    }

    private static async Task<IReadOnlyDictionary<string, string>> ReadIdentityAsync(SlotSession slot, CancellationToken cancellationToken)
    {
        Dictionary<string, string> facts = [];
        if (slot.Hardware.Plug is { } plug && !slot.IsOff && !cancellationToken.IsCancellationRequested)
        {
            try
            {
                PlugInfo info = await plug.GetInfoAsync(cancellationToken).ConfigureAwait(false);
                (facts["build"], facts["mac"], facts["ip"], facts["chipset"]) = (info.Build, info.Mac, info.Ip, info.Chipset);
                PlugPageState page = await plug.GetPageStateAsync(cancellationToken).ConfigureAwait(false);
                Fact(facts, "rebootReason", page.RebootReason);
                Fact(facts, "incompleteBoots", page.IncompleteBoots);
                Fact(facts, "otaCounter", page.OtaCounter);
                Fact(facts, "changeCounter", page.ChangeCounter);
                Fact(facts, "rssiDbm", page.RssiDbm);
                Fact(facts, "energyTotalKilowattHours", page.EnergyTotalKilowattHours);
            }
            catch (Exception failure)
            {
                // Whatever a broken reply makes a client throw: an identity that cannot be read is a fact, and the night ends all the same.
                facts["unreachable"] = failure.Message;
            }
        }

        return facts;
    }

    private static void Fact(Dictionary<string, string> facts, string name, IFormattable? value)
    {
        if (value is not null)
        {
            facts[name] = value.ToString(null, CultureInfo.InvariantCulture);
        }
    }

    private static void Fact(Dictionary<string, string> facts, string name, string? value)
    {
        if (value is not null)
        {
            facts[name] = value;
        }
    }
}
