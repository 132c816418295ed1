using LabRunner.Bench.Watch;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>What takes a slot's power away besides the night: the bench's E-stop, the supply's own longest time on, heat, a rail out of its band, and a relay that closes by itself.</content>
internal sealed partial class SlotSession
{
    // Of the truth table: out of band, and out of the firmware's rates.
    private const string HardwareFault = "HW_FAULT";

    // A contact that closed by itself: the product's failure, and dangerous.
    private const string RelayOn = "RELAY_ON";

    private DowntimeRecord? _withoutPower;

    /// <summary>The bench stopped the slot; nothing that it shows from then on is the DUT's doing.</summary>
    public bool StoppedByBench { get; private set; }

    /// <summary>Off at once and for good, also where the slot keeps its power; its time is invalid from <paramref name="at"/> on.</summary>
    public async Task<IReadOnlyList<BenchFaultException>> StopAsync(TimeSpan at, string reason)
    {
        Task<IReadOnlyList<BenchFaultException>> safe = MakeSafeAsync(reason);
        EndLoan();
        IReadOnlyList<BenchFaultException> failures = await safe.ConfigureAwait(false);
        lock (_gate)
        {
            LoseToBench(reason);
            BeginWithoutPower(at, reason);
        }

        Note(at, "power", "off: " + reason);
        return failures;
    }

    private void OnTooHot(TimeSpan at, string reason) =>
        StopByHardware(at, reason, null, "Too hot, or its temperature is not known", [$"Te: {_temperature?.View.Detail ?? "no reading"}", $"{ObserverKeys.Temperature} so far: {_temperature?.Summary() ?? "no reading"}"]);

    private void OnRailOut(TimeSpan at, string reason) => StopByHardware(at, reason, "F54", "Its supply rail is out of its band", [$"{ObserverKeys.Rail}: {reason}"]);

    private void OnRelayOn(TimeSpan at) => StopAs(
        RelayOn, null, at, "its relay closed although nothing had said that it may: its power is off", "Its relay closed by itself",
        "What it switches would have been live with nobody knowing.", [$"{ObserverKeys.Relay}: contact closed at {Words.At(at.TotalSeconds)}, outside of every intent that switches the relay or resets the DUT", .. LastActs(at)]);

    private IEnumerable<string> LastActs(TimeSpan at)
    {
        if (Locked(() => _intents.LastOrDefault(i => i.Closed is not null)) is { } last)
        {
            yield return $"the newest intent that had ended: {last.Kind}, {last.Text}, {Words.At(last.Opened)} to {Words.At(last.Closed!.Value)}";
        }

        if (_pressedAt is { } pressed && pressed <= at)
        {
            yield return $"the newest press of the bench ended at {Words.At(pressed.TotalSeconds)}";
        }
    }

    private void StopByHardware(TimeSpan at, string reason, string? mode, string title, IReadOnlyList<string> evidence) =>
        StopAs(HardwareFault, mode, at, reason, title, "This is of the slot's hardware and counts against no firmware.", evidence);

    /// <summary>Returns at once: the observer must go on.</summary>
    private void StopAs(string incidentClass, string? mode, TimeSpan at, string reason, string title, string meaning, IReadOnlyList<string> evidence)
    {
        lock (_gate)
        {
            Save(new IncidentRecord(
                _journal.NextId("incidents"), Name, incidentClass, mode, title, at.TotalSeconds, Clock.Elapsed.TotalSeconds, null, "none",
                _ledger.LastBoot is { } boot && at >= boot ? (at - boot).TotalSeconds : null, null, Expected: false, "watch",
                Stimuli.LastOrDefault(i => i.Closed is null)?.Text, null, $"The bench took its power: {reason}. {meaning}", [.. evidence]));
        }

        _tasks.Add(Clock.RunAsync(async () =>
        {
            foreach (BenchFaultException failure in await StopAsync(at, $"slot {Name}: {reason}").ConfigureAwait(false))
            {
                Note(Clock.Elapsed, "bench-fault", failure.Message);
            }
        }));
    }

    /// <summary>Does something that may close the contact, and says so.</summary>
    private async Task<T> MayCloseAsync<T>(Func<Task<T>> act)
    {
        _relayGuard?.Begin(Clock.Elapsed);
        try
        {
            return await act().ConfigureAwait(false);
        }
        finally
        {
            _relayGuard?.End(Clock.Elapsed);
        }
    }

    private void OnTripped(PowerTrip trip)
    {
        lock (_gate)
        {
            _off = true;
            BeginWithoutPower(trip.At, trip.Reason);
        }

        Note(trip.At, "power-limit", trip.Reason);
        if (trip.Failure is { } failure)
        {
            Note(Clock.Elapsed, "bench-fault", failure.Message);
            lock (_gate)
            {
                LoseToBench(failure.Message);
            }
        }
    }

    // Still live though switched off: whatever is done to the slot from now on, nobody can take its power away but a person.
    private void OnStuck(LabRunner.Hardware.Faults.BenchFaultException stuck)
    {
        TimeSpan at = Clock.Elapsed;
        lock (_gate)
        {
            if (StoppedByBench)
            {
                return;
            }

            LoseToBench(stuck.Message);
            BeginWithoutPower(at, "The supply's contact is stuck");
        }

        Note(at, "bench-fault", $"ALARM: {stuck.Message}");
    }

    private void LoseToBench(string reason)
    {
        _lost ??= reason;
        StoppedByBench = true;
    }

    private void BeginWithoutPower(TimeSpan at, string reason)
    {
        _off = true;
        _observers.ForEach(o => o.Reset("off"));
        _withoutPower ??= new DowntimeRecord(_journal.NextId("downtime"), Name, at.TotalSeconds, null, Invalid: true, reason);
        Save(_withoutPower);
    }

    private void EndWithoutPower(TimeSpan at)
    {
        if (_withoutPower is { } without)
        {
            Save(without with { Ended = at.TotalSeconds });
            _withoutPower = null;
        }
    }
}
