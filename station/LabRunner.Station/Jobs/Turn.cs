using LabRunner.Bench.Inventory;
using LabRunner.Station.Benches;
using LabRunner.Station.Health;
using LabRunner.Station.Leases;
using LabRunner.Station.Schedule;

namespace LabRunner.Station.Jobs;

/// <summary>Whose turn it is: the first job of the queue that nothing holds up. Those that wait say why. Thread safe.</summary>
/// <param name="jobs">Queue.</param>
/// <param name="leases">Who has which slot.</param>
/// <param name="holds">Where something long goes on.</param>
/// <param name="inventory">The bench.</param>
/// <param name="pool">Which slots runs may have.</param>
/// <param name="schedule">Quiet hours.</param>
/// <param name="clock">Now.</param>
internal sealed class Turn(JobBook jobs, LeaseDesk leases, SlotHolds holds, BenchInventory inventory, Pool pool, StationSchedule schedule, TimeProvider clock)
{
    /// <summary>The job that is due; null: none.</summary>
    /// <param name="isInUse">A slot has power or pulses that a run would end, or somebody is at it.</param>
    public Job? Next(Func<string, bool> isInUse)
    {
        IReadOnlyList<SlotLease> taken = leases.All();
        DateTimeOffset? quiet = schedule.QuietUntil(clock.GetUtcNow());
        foreach (Job job in jobs.Queue())
        {
            if (Holdup(job, taken, quiet, isInUse) is not { } waits)
            {
                return job;
            }

            jobs.Change(job.Id, j => j.State == JobState.Queued ? j with { Text = waits } : j);
        }

        return null;
    }

    /// <summary>The job as it starts: without the slots that are out of the pool.</summary>
    public Job Begin(Job job)
    {
        IReadOnlyList<string> asked = Asked(job);
        string[] left = [.. asked.Where(s => pool.WhyOut(s) is null)];
        return left.Length == asked.Count ? job with { Text = null }
            : job with { Slots = left, Text = $"Without {string.Join(", ", asked.Except(left))}, out of the pool." };
    }

    private IReadOnlyList<string> Asked(Job job) => job.Slots ?? [.. inventory.Slots.Select(s => s.Name)];

    private string? OutOfPool(Job job) =>
        pool.WhyOut(Pool.Machine) is { } machine ? $"It waits: the machine is not fit for a run: {machine}. It is looked at again."
        : Asked(job).All(s => pool.WhyOut(s) is not null) ? $"It waits: none of its slots is in the pool ({string.Join("; ", Asked(job).Select(s => $"{s}: {pool.WhyOut(s)}"))}). They are looked at again."
        : null;

    /// <summary>Leases of the slots that it is to use, and of others while a run, which has the whole bench, would end what their owner has there.</summary>
    private string? Leased(Job job, IReadOnlyList<SlotLease> taken, Func<string, bool> isInUse)
    {
        IReadOnlyList<string> asked = Asked(job);
        foreach (SlotLease lease in taken.Where(l => l.Owner != job.Owner))
        {
            string Waits(IEnumerable<string> slots, string then) => $"It waits: {lease.Owner} has {string.Join(", ", slots)} for '{lease.Purpose}' until {LeaseDesk.Time(lease.Expires)}{then}.";
            if (lease.Slots.Intersect(asked).ToList() is { Count: > 0 } own)
            {
                return Waits(own, "");
            }

            if (lease.Slots.Where(isInUse).ToList() is { Count: > 0 } used)
            {
                return Waits(used, ", and uses it now; it may begin once that is off");
            }
        }

        return null;
    }

    private string? Holdup(Job job, IReadOnlyList<SlotLease> taken, DateTimeOffset? quiet, Func<string, bool> isInUse) =>
        Leased(job, taken, isInUse) is { } leased ? leased
        : holds.Sentence is { } held ? $"It waits: {held}."
        : quiet is { } until && !job.EvenInQuietHours ? $"It waits: quiet hours until {LeaseDesk.Time(until)}."
        : OutOfPool(job);
}
