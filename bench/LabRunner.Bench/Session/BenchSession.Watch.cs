using System.Globalization;
using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Journal;
using LabRunner.Bench.Watch;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>The beat of the watch, and what concerns all slots at once: broker, stalls, silence in common.</content>
public sealed partial class BenchSession
{
    private readonly List<Task> _tails = [];
    private readonly WallClockWatch _wallClock;
    private TimeSpan _lastLook;

    // What a death leaves of the exposure ends here: also where nothing happens for hours.
    private static readonly TimeSpan SeenEvery = TimeSpan.FromSeconds(5);
    private TimeSpan _seen;
    private TimeSpan _forgot;

    /// <summary>When the watch beat last, run time, to within five seconds: one that stands still while the bench is open hangs. Null: the watch is over.</summary>
    public TimeSpan? LastBeat => _stop.IsCancellationRequested ? null : _seen;

    private async Task BeatAsync(TimeSpan now)
    {
        _heart?.WatchGoesOn();
        await CheckSafetyAsync(now).ConfigureAwait(false);
        LookAtTheWallClock(now);
        if (now - _seen >= SeenEvery)
        {
            _seen = now;
            Meta(MetaKeys.Seen, now.TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
        }

        if (_options.Keeps is { } keeps && now - _forgot >= SlotSession.ForgetEvery)
        {
            // The file stays as large as it is; what comes takes the place of what goes.
            _forgot = now;
            foreach (JournalRow row in JournalRow.Forget(now - keeps))
            {
                _journal.Put(row);
            }
        }

        IReadOnlySet<string> common = CommonSilence.Find(
            [.. _slots.Values.Select(s => s.OwnVoice(now)).OfType<IReadOnlyList<ObserverView>>()], _options.Plan.Watch.Confirm);
        foreach (SlotSession slot in _slots.Values)
        {
            try
            {
                slot.SilentInCommon = common;
                slot.Tick(now);
            }
            catch (Exception) when (_faults.Any(f => f.Place == $"slot {slot.Name}"))
            {
                // Told already, a beat ago.
            }
            catch (Exception failure)
            {
                // One slot's fault must not end the judgement of the others.
                _faults.Add(new BenchFaultException(FaultKind.Process, $"slot {slot.Name}", $"its watch failed ({failure.Message})", "Report this with the run folder", failure));
            }
        }
    }

    private void OnMqtt(TimeSpan at, string client, string item, string payload, bool retained)
    {
        foreach (SlotSession slot in _slots.Values.Where(s => s.Hardware.Entry.MqttClient == client))
        {
            slot.OnMqtt(at, item, payload, retained);
        }
    }

    private void OnBroker(BenchFaultException? fault)
    {
        double now = _options.Clock.Elapsed.TotalSeconds;
        bool up = fault is null;
        _journal.Put(JournalRow.Of(new EventRecord(
            _journal.NextId("events"), now, null, up ? "broker-up" : "bench-fault", fault?.Message ?? "connected", new Dictionary<string, string>())));
        if (fault is not null)
        {
            _faults.Add(fault);
        }

        foreach (SlotSession slot in _slots.Values.Where(s => s.Hardware.Entry.MqttClient is not null))
        {
            slot.OnBroker(TimeSpan.FromSeconds(now), up);
        }
    }

    private void FollowAccessPoint()
    {
        AccessPointSection? logs = _options.Inventory.AccessPoint;
        foreach (string path in new[] { logs?.Hostapd, logs?.Dnsmasq }.OfType<string>())
        {
            LogTail tail = new(path, _options.Clock, OnAccessLine, why => Note("bench-fault", $"Observer A cannot read {path}: {why}"));
            _tails.Add(tail.RunAsync(_stop.Token));
        }
    }

    /// <summary>A line of the access point's or the DHCP server's log.</summary>
    internal void OnAccessLine(TimeSpan at, string line)
    {
        if (AccessLog.Parse(line) is { } told)
        {
            foreach (SlotSession slot in _slots.Values)
            {
                slot.OnAccess(at, told);
            }
        }
    }

    private void LookAtTheWallClock(TimeSpan now)
    {
        if (_wallClock.Look() is { } step)
        {
            Put(now.TotalSeconds, EventKinds.ClockStep, WallClockWatch.Told(step) + ".");
            foreach (SlotSession slot in _slots.Values)
            {
                slot.OnClockStep(_lastLook, now);
            }
        }

        _lastLook = now;
    }

    private void OnBlinded(TimeSpan from, TimeSpan until)
    {
        foreach (SlotSession slot in _slots.Values)
        {
            slot.OnBlinded(from, until);
        }
    }
}
