using System.Text.Json;
using LabRunner.Bench.Inventory;
using LabRunner.Station.Access;
using LabRunner.Station.Jobs;
using LabRunner.Station.Schedule;

namespace LabRunner.Station.Health;

/// <summary>
/// Which slots runs may have: all but those that failed their last health check. It outlives the station. Thread safe.
/// </summary>
internal sealed class Pool
{
    /// <summary>Stands for the machine beside the slots.</summary>
    public const string Machine = "(machine)";

    private readonly Lock _gate = new();
    private readonly string _file;
    private readonly StationSchedule _schedule;
    private readonly AuditLog _audit;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, HealthSight> _known;
    private readonly Dictionary<string, DateTimeOffset> _tried = [];
    private DateTimeOffset? _checked;
    private bool _wanted;

    /// <param name="stateFolder">State folder of the station.</param>
    /// <param name="inventory">The bench: of a slot that it has no more nobody can find that it is well again.</param>
    /// <param name="schedule">Says when slots are looked at, and when not.</param>
    /// <param name="audit">Told what leaves and what comes back.</param>
    /// <param name="clock">Wall clock of the machine.</param>
    public Pool(string stateFolder, BenchInventory inventory, StationSchedule schedule, AuditLog audit, TimeProvider clock)
    {
        (_file, _schedule, Rule, _audit, _clock) = (Path.Combine(stateFolder, "pool.json"), schedule, schedule.Health ?? HealthRule.Usual, audit, clock);
        HashSet<string> names = [Machine, .. inventory.Slots.Select(s => s.Name)];

        // Without a file, nobody has looked yet.
        _known = (StateFile.Read<Dictionary<string, HealthSight?>>(_file) ?? []).Where(h => h.Value is not null && names.Contains(h.Key)).ToDictionary(h => h.Key, h => h.Value!);
    }

    /// <summary>Told after every change.</summary>
    public event Action? Changed;

    /// <summary>When slots are looked at.</summary>
    public HealthRule Rule { get; }

    /// <summary>When all were looked at last since the station's start; null: not yet.</summary>
    public DateTimeOffset? Checked
    {
        get
        {
            lock (_gate)
            {
                return _checked;
            }
        }
    }

    /// <summary>The health of a slot, or of <see cref="Machine"/>.</summary>
    public HealthSight Of(string slot)
    {
        lock (_gate)
        {
            return _known.GetValueOrDefault(slot) ?? HealthSight.Unknown;
        }
    }

    /// <summary>Why a slot is out of the pool; null: it is in.</summary>
    public string? WhyOut(string slot) => Of(slot) is { State: HealthState.Bad, Text: var text } ? text : null;

    /// <summary>Somebody wants a check: it is made as soon as no run has the bench.</summary>
    public void Want()
    {
        lock (_gate)
        {
            _wanted = true;
        }

        Changed?.Invoke();
    }

    /// <summary>What is due to be looked at.</summary>
    /// <param name="forRun">The run that waits for it; null: none does.</param>
    /// <returns>Null: nothing.</returns>
    public HealthLook? Due(Job? forRun)
    {
        lock (_gate)
        {
            DateTimeOffset now = _clock.GetUtcNow();
            if (_wanted || (forRun is not null && Rule.Asks(forRun.Entry is not null) && (_checked is not { } at || IsOver(at, Rule.Fresh, now))))
            {
                return HealthLook.Everything;
            }

            // Nobody asked for it, so slots keep quiet in quiet hours; a look at the machine switches nothing.
            bool quiet = forRun is null && _schedule.QuietUntil(now) is not null;
            string[] bad =
            [
                .. _known.Where(h => h.Value.State == HealthState.Bad && ((_tried.TryGetValue(h.Key, out DateTimeOffset tried) ? tried : h.Value.Looked) is not { } at || IsOver(at, Rule.Again, now)))
                    .Select(h => h.Key).Where(name => name == Machine || !quiet),
            ];
            return bad.Length == 0 ? null : new HealthLook(bad);
        }
    }

    // A stamp ahead of the clock was made while that was wrong.
    private static bool IsOver(DateTimeOffset since, TimeSpan length, DateTimeOffset now) => since > now || now - since >= length;

    /// <summary>Keeps what a check found. What leaves the pool and what comes back is in the audit log.</summary>
    /// <param name="look">What was to be looked at.</param>
    /// <param name="found">By slot: in a word and a sentence; a null word: it could not be looked at.</param>
    /// <returns>A sentence for each that leaves or comes back.</returns>
    public IReadOnlyList<string> Put(HealthLook look, IReadOnlyDictionary<string, (HealthState? State, string Text)> found)
    {
        List<string> said = [];
        DateTimeOffset now = _clock.GetUtcNow();
        lock (_gate)
        {
            foreach ((string name, (HealthState? state, string text)) in found)
            {
                HealthSight before = _known.GetValueOrDefault(name) ?? HealthSight.Unknown;

                // What could not be looked at stays as it was, and is tried again when that is due.
                HealthSight after = state is { } seen ? new HealthSight(seen, text, before.State == seen ? before.Since : now, now) : before;
                _tried[name] = now;
                _known[name] = after;
                string what = name == Machine ? "The machine" : $"Slot {name}";
                string? change = (before.State, after.State) switch
                {
                    (not HealthState.Bad, HealthState.Bad) => $"{what} leaves the pool: {text}.",
                    (HealthState.Bad, HealthState.Good) => $"{what} is back in the pool: {text}.",
                    _ => null,
                };
                if (change is not null)
                {
                    said.Add(change);
                    _audit.Add(new AuditEntry(now, "the health check", "the health check", "station", $"pool {name}", AuditEntry.Own, change, null));
                }
            }

            if (look.All)
            {
                (_checked, _wanted) = (now, false);
            }

            StateFile.Write(_file, JsonSerializer.Serialize(_known, JsonSerializerOptions.Web));
        }

        Changed?.Invoke();
        return said;
    }
}
