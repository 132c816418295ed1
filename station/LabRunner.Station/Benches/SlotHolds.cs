using LabRunner.Hardware.Faults;

namespace LabRunner.Station.Benches;

/// <summary>Slots at which something long goes on: others are refused with what it is, and no run begins. Thread safe.</summary>
internal sealed class SlotHolds
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (string What, Task Over)> _held = new(StringComparer.Ordinal);

    /// <summary>Why no run may begin, one clause; null: nothing goes on.</summary>
    public string? Sentence
    {
        get
        {
            lock (_gate)
            {
                return _held.Count == 0 ? null : string.Join("; ", _held.Select(h => $"{h.Key}: {h.Value.What}"));
            }
        }
    }

    /// <summary>Ends when nothing goes on at a slot any more; null: nothing does.</summary>
    public Task? Over(string slot)
    {
        lock (_gate)
        {
            return _held.TryGetValue(slot, out (string What, Task Over) held) ? held.Over : null;
        }
    }

    /// <summary>Refuses a slot at which something goes on.</summary>
    /// <exception cref="BenchFaultException">Kind Lease.</exception>
    public void Demand(string slot)
    {
        lock (_gate)
        {
            if (_held.TryGetValue(slot, out (string What, Task Over) held))
            {
                throw new BenchFaultException(FaultKind.Lease, $"slot {slot}", held.What, "Wait for its end, or have it cancelled");
            }
        }
    }

    /// <summary>Something long begins at a slot.</summary>
    /// <param name="slot">Slot, free.</param>
    /// <param name="what">What others are told.</param>
    /// <param name="over">Ends with it.</param>
    public void Take(string slot, string what, Task over)
    {
        lock (_gate)
        {
            _held[slot] = (what, over);
        }
    }

    /// <summary>It is over.</summary>
    public void Release(string slot)
    {
        lock (_gate)
        {
            _held.Remove(slot);
        }
    }
}
