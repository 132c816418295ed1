using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LabRunner.Bench.Api;
using LabRunner.Bench.Checkups;
using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Journal;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>Every plug looked at before and after the night: identity, build, settings, calibration, signal, rail, sentinel.</content>
public sealed partial class BenchSession
{
    private static readonly LoadPoint CalibrationLoad = new(230, 500, 1);

    // V and I refresh in turn every 2 s (SEL alternates each second).
    private static readonly TimeSpan CalibrationSettle = TimeSpan.FromSeconds(4);
    private const int CalibrationReadings = 6;

    private readonly Dictionary<string, VerdictRecord> _checks = new(StringComparer.Ordinal);
    private Task _identified = Task.CompletedTask;
    private bool _checkedAfter;

    /// <summary>Looks at every slot before anything is asked of it. A slot whose checkup is on record already is left alone.</summary>
    public async Task CheckBeforeAsync(CancellationToken cancellationToken)
    {
        await _identified.WaitAsync(cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(_slots.Values.Select(slot => CheckBeforeAsync(slot, cancellationToken))).ConfigureAwait(false);
    }

    private async Task CheckBeforeAsync(SlotSession slot, CancellationToken cancellationToken)
    {
        if (FactsOf(slot.Name, "before") is { } known && known.ContainsKey(CheckupFacts.SettingsHash))
        {
            // Of a run that goes on: what was found counts as it did before.
            KeepCheck(RowBefore(slot, known), note: false);
        }
        else if (slot.Lost is null)
        {
            slot.Activity = "checkup";
            KeepCheck(RowBefore(slot, await LookAsync(slot, "before", cancellationToken).ConfigureAwait(false)));
        }
    }

    private VerdictRecord RowBefore(SlotSession slot, IReadOnlyDictionary<string, string> facts) =>
        CheckupRules.Row(slot.Name, "checkup-before", CheckupRules.Before(facts, _options.Plan.Watch.RailLowest, _options.Plan.Watch.RailHighest));

    /// <summary>Looks at every slot after its suites, while it still has power, and tells what the night changed.</summary>
    public async Task CheckAfterAsync(CancellationToken cancellationToken)
    {
        _checkedAfter = true;
        await Task.WhenAll(_slots.Values.Where(s => s.Lost is null).Select(async slot =>
        {
            slot.Activity = "checkup";
            await slot.WaitReadyAsync(IncidentTracker.BootLimit, cancellationToken).ConfigureAwait(false);
            IReadOnlyDictionary<string, string> facts = await LookAsync(slot, "after", cancellationToken).ConfigureAwait(false);
            IReadOnlyList<CheckupItem> items = FactsOf(slot.Name, "before") is { } before
                ? CheckupRules.After(before, facts, _options.Plan.Watch.RailLowest, _options.Plan.Watch.RailHighest, WasCutShort(slot.Name))
                : [];
            KeepCheck(CheckupRules.Row(slot.Name, "checkup-after", items));
        })).ConfigureAwait(false);
    }

    /// <summary>
    /// Looks at one slot now, whether it can be used at all: it answers, its rail is within its band, the sentinel serves. By the rules of a night's
    /// checkup, but its settings and calibration are left to that.
    /// </summary>
    /// <param name="slot">A slot that has power.</param>
    /// <param name="limit">How long it may take to serve, run time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<VerdictRecord> CheckHealthAsync(string slot, TimeSpan limit, CancellationToken cancellationToken)
    {
        SlotSession session = Slot(slot);
        SlotStatus status = await session.WaitReadyAsync(limit, cancellationToken).ConfigureAwait(false);
        IReadOnlyDictionary<string, string> facts = await ReadFactsAsync(session, cancellationToken).ConfigureAwait(false);
        List<CheckupItem> items = [.. CheckupRules.Before(facts, _options.Plan.Watch.RailLowest, _options.Plan.Watch.RailHighest)];
        if (!status.Ready)
        {
            items.Insert(0, new("service", Verdict.Inconclusive, $"it does not serve {limit.TotalSeconds:0} s after its power came{(status.Lost ? $" ({status.LostReason})" : "")}"));
        }

        VerdictRecord row = CheckupRules.Row(slot, "health-check", items);
        session.Note(_options.Clock.Elapsed, row.Rule, $"{row.Verdict.ToText()}: {row.Text}");
        return row;
    }

    private void KeepCheck(VerdictRecord row, bool note = true)
    {
        lock (_records)
        {
            _checks[$"{row.Scope} {row.Rule}"] = row;
        }

        if (note)
        {
            Slot(row.Scope["slot:".Length..]).Note(_options.Clock.Elapsed, row.Rule, $"{row.Verdict.ToText()}: {row.Text}");
        }
    }

    private bool WasCutShort(string slot)
    {
        lock (_records)
        {
            return _tests.Values.Any(t => t.Slot == slot && (CutShort.Is(t) || t.Verdict == Verdict.Invalid));
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> LookAsync(SlotSession slot, string phase, CancellationToken cancellationToken)
    {
        Dictionary<string, string> facts = await ReadFactsAsync(slot, cancellationToken).ConfigureAwait(false);
        if (slot.Hardware.Plug is { } plug && !facts.ContainsKey(CheckupFacts.Unreachable))
        {
            await ReadSettingsAsync(slot, plug, facts, cancellationToken).ConfigureAwait(false);
        }

        KeepIdentity(slot.Name, phase, facts);
        return facts;
    }

    private async Task<Dictionary<string, string>> ReadFactsAsync(SlotSession slot, CancellationToken cancellationToken)
    {
        Dictionary<string, string> facts = new(await ReadIdentityAsync(slot, cancellationToken).ConfigureAwait(false), StringComparer.Ordinal);
        if (slot.Sentinel is { } sentinel)
        {
            facts[CheckupFacts.Sentinel] = sentinel.Status().Ready ? CheckupFacts.Serves : "does not serve";
        }

        if (slot.Hardware.Rail is not null && !slot.IsOff)
        {
            try
            {
                Fact(facts, CheckupFacts.RailVolts, Math.Round((await slot.ReadRailAsync(cancellationToken).ConfigureAwait(false)).Volts, 3));
            }
            catch (BenchFaultException fault)
            {
                slot.Note(_options.Clock.Elapsed, "bench-fault", fault.Message);
            }
        }

        return facts;
    }

    private async Task ReadSettingsAsync(SlotSession slot, IPlug plug, Dictionary<string, string> facts, CancellationToken cancellationToken)
    {
        try
        {
            PlugSettings settings = await PlugSettings.ReadAsync(plug, cancellationToken).ConfigureAwait(false);
            foreach ((string name, string value) in settings.Facts)
            {
                facts[CheckupFacts.Setting + name] = value;
            }

            facts[CheckupFacts.SettingsHash] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', settings.Facts))))[..12];
            if (slot.Hardware.Pulses is not null)
            {
                await WithRelayClosedAsync(slot, plug, PlugFlags.Has(settings.Of("flags"), PlugFlags.ZeroWhileOpen), () => ReadMeterAsync(slot, plug, facts, cancellationToken), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PlugUnreachableException silent)
        {
            facts[CheckupFacts.Unreachable] = silent.Message;
        }
        catch (BenchFaultException fault)
        {
            slot.Note(_options.Clock.Elapsed, "bench-fault", fault.Message);
        }
    }

    // With flag 38 an open relay reads zero, before the night as after it: that would compare nothing. The relay is left as it was.
    private async Task WithRelayClosedAsync(SlotSession slot, IPlug plug, bool matters, Func<Task> read, CancellationToken cancellationToken)
    {
        if (!matters || (await plug.GetPageStateAsync(cancellationToken).ConfigureAwait(false)).RelayOn != false)
        {
            await read().ConfigureAwait(false);
            return;
        }

        if (slot.RelayOperations >= _options.Plan.RelayBudget)
        {
            slot.Note(_options.Clock.Elapsed, "checkup", "the calibration is not read: it takes a closed relay (flag 38), and the relay budget is spent");
            return;
        }

        long intent = slot.OpenIntent(IntentKinds.RelayOn, "checkup: with flag 38 the meter reads zero while the relay is open", null, new Dictionary<string, string>()).Id;
        try
        {
            await plug.CommandAsync("POWER ON", cancellationToken).ConfigureAwait(false);
            await read().ConfigureAwait(false);
        }
        finally
        {
            await OpenAgainAsync(slot, plug).ConfigureAwait(false);
            slot.CloseIntent(intent);
        }
    }

    private async Task OpenAgainAsync(SlotSession slot, IPlug plug)
    {
        try
        {
            await plug.CommandAsync("POWER OFF", CancellationToken.None).ConfigureAwait(false);
        }
        catch (PlugUnreachableException silent)
        {
            slot.Note(_options.Clock.Elapsed, "checkup", $"the relay that was closed for the calibration could not be opened again: {silent.Message}");
        }
    }

    // No API of the firmware tells its calibration, so a known load is read.
    private async Task ReadMeterAsync(SlotSession slot, IPlug plug, Dictionary<string, string> facts, CancellationToken cancellationToken)
    {
        InjectedLoad emitted = await slot.InjectAsync(CalibrationLoad, cancellationToken).ConfigureAwait(false);
        try
        {
            await Task.Delay(CalibrationSettle, _options.Clock, cancellationToken).ConfigureAwait(false);
            List<PlugPageState> readings = [];
            for (int i = 0; i < CalibrationReadings; i++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), _options.Clock, cancellationToken).ConfigureAwait(false);
                readings.Add(await plug.GetPageStateAsync(cancellationToken).ConfigureAwait(false));
            }

            BoardDescription board = slot.Hardware.Entry.Board.Description;
            foreach (((string name, _), Func<PlugPageState, double?> read, double emits, double quantum) in CheckupFacts.MeterReadings.Zip(
                new (Func<PlugPageState, double?>, double, double)[]
                {
                    (s => s.Voltage, emitted.Volts, board.VoltsPerHertz), (s => s.Current, emitted.Amperes, board.AmperesPerHertz), (s => s.Power, emitted.Watts, board.WattsPerHertz),
                },
                (n, r) => (n, r.Item1, r.Item2, r.Item3)))
            {
                if (readings.TrueForAll(r => read(r) is not null))
                {
                    Fact(facts, name, Math.Round(readings.Average(r => read(r)!.Value), 4));
                    Fact(facts, name + CheckupFacts.Emitted, Math.Round(emits, 4));
                    Fact(facts, name + CheckupFacts.Quantum, Math.Round(quantum, 6));
                }
            }
        }
        finally
        {
            await slot.InjectAsync(new LoadPoint(0, 0, 1), CancellationToken.None).ConfigureAwait(false);
        }
    }
}
