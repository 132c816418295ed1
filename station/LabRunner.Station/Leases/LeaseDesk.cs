using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using LabRunner.Hardware.Faults;

namespace LabRunner.Station.Leases;

/// <summary>A slot that somebody keeps for himself.</summary>
/// <param name="Id">16 hexadecimal digits.</param>
/// <param name="Owner">Who.</param>
/// <param name="Slots">Which slots.</param>
/// <param name="Purpose">What for.</param>
/// <param name="Taken">Since when, wall time.</param>
/// <param name="Expires">Until when, wall time.</param>
public sealed record SlotLease(string Id, string Owner, IReadOnlyList<string> Slots, string Purpose, DateTimeOffset Taken, DateTimeOffset Expires);

/// <summary>
/// Who has which slot of the station's bench. Leases outlive the station, since people do too. The machine's own lease (that the station has
/// the bench) is the bench owner's. Thread safe.
/// </summary>
internal sealed class LeaseDesk
{
    /// <summary>Longest lease.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    private readonly Lock _gate = new();
    private readonly string _file;
    private readonly TimeProvider _clock;
    private readonly string _bench;
    private List<SlotLease> _leases = [];

    /// <param name="stateFolder">State folder of the station.</param>
    /// <param name="clock">Wall clock of the machine.</param>
    /// <param name="bench">What the verbs call the bench.</param>
    public LeaseDesk(string stateFolder, TimeProvider clock, string bench)
    {
        (_file, _clock, _bench) = (Path.Combine(stateFolder, "leases.json"), clock, bench);
        _leases = [.. (StateFile.Read<List<SlotLease?>>(_file) ?? []).OfType<SlotLease>().Where(l => l is { Id: not null, Owner: not null, Slots: not null })];
    }

    /// <summary>Told after every change.</summary>
    public event Action? Changed;

    /// <summary>Leases in force.</summary>
    public IReadOnlyList<SlotLease> All()
    {
        lock (_gate)
        {
            return [.. _leases.Where(l => l.Expires > _clock.GetUtcNow())];
        }
    }

    /// <summary>The lease of a slot; null: nobody has it.</summary>
    public SlotLease? Of(string slot) => All().FirstOrDefault(l => l.Slots.Contains(slot));

    /// <summary>Takes slots. Whoever has one already takes it again with the new end.</summary>
    /// <exception cref="BenchFaultException">Kind Lease: somebody else has one of them; the sentence says who, for what and until when.</exception>
    public SlotLease Take(string owner, IReadOnlyList<string> slots, string purpose, TimeSpan length)
    {
        SlotLease lease;
        lock (_gate)
        {
            DateTimeOffset now = _clock.GetUtcNow();
            foreach (string slot in slots)
            {
                Demand(slot, owner);
            }

            lease = new(RandomNumberGenerator.GetHexString(16, lowercase: true), owner, slots, purpose, now, now + length);
            Keep([.. Without(l => l.Owner == owner, slots), lease]);
        }

        Changed?.Invoke();
        return lease;
    }

    /// <summary>Refuses who may not touch a slot.</summary>
    /// <exception cref="BenchFaultException">Kind Lease: somebody else has it.</exception>
    public void Demand(string slot, string owner)
    {
        if (Of(slot) is { } lease && lease.Owner != owner)
        {
            throw new BenchFaultException(
                FaultKind.Lease, $"slot {slot}", $"{lease.Owner} has it for '{lease.Purpose}' until {Time(lease.Expires)}",
                $"Wait, take another slot, or ask {lease.Owner}; an administrator takes it back: ./lab lease break {lease.Id} --bench {_bench}");
        }
    }

    /// <summary>Ends a lease.</summary>
    /// <returns>It; null: there is none.</returns>
    public SlotLease? End(string id)
    {
        SlotLease? ended;
        lock (_gate)
        {
            ended = All().FirstOrDefault(l => l.Id == id);
            if (ended is not null)
            {
                Keep([.. _leases.Where(l => l.Id != id)]);
            }
        }

        Changed?.Invoke();
        return ended;
    }

    /// <summary>Wall time for a sentence.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private IEnumerable<SlotLease> Without(Func<SlotLease, bool> whose, IReadOnlyList<string> slots) => All()
        .Select(l => whose(l) ? l with { Slots = [.. l.Slots.Except(slots)] } : l)
        .Where(l => l.Slots.Count > 0);

    private void Keep(List<SlotLease> leases)
    {
        StateFile.Write(_file, JsonSerializer.Serialize(leases, JsonSerializerOptions.Web));
        _leases = leases;
    }
}
