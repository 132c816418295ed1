using LabRunner.Bench.Api;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Session;

/// <summary>
/// Lets the slots of a plan's entry wait for each other. All that are still in the run must wait before anybody goes on, so that what is done
/// to the air then wrongs nobody. Where they wait for different moments, because a test ended early at one of them, the moment that most wait
/// for is first. Thread safe.
/// </summary>
/// <param name="slotsOf">Slots that an entry of the plan is for, in the inventory's order.</param>
internal sealed class Rendezvous(Func<int, IReadOnlyList<string>> slotsOf)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _present = new(StringComparer.Ordinal);
    private readonly List<Waiting> _waiting = [];

    /// <summary>The slot will come: its suites run.</summary>
    public void Expect(string slot)
    {
        lock (_gate)
        {
            _present.Add(slot);
        }
    }

    /// <summary>The slot waits no more, but comes again: its suite host has gone and is followed by another.</summary>
    public void Withdraw(string slot)
    {
        lock (_gate)
        {
            _waiting.RemoveAll(w => w.Slot == slot);
        }
    }

    /// <summary>The slot comes no more: its suites are over.</summary>
    public void Leave(string slot)
    {
        lock (_gate)
        {
            _present.Remove(slot);
            _waiting.RemoveAll(w => w.Slot == slot);
            MeetAll();
        }
    }

    /// <summary>Waits for the moment.</summary>
    /// <param name="slot">Slot.</param>
    /// <param name="what">The moment.</param>
    /// <param name="cancellationToken">Ends the wait; the others wait on for the slot.</param>
    /// <returns>The meeting, the same object for all who are there.</returns>
    /// <exception cref="BenchFaultException">Kind Configuration: no suites of the slot run, so that nobody would wait for it in turn.</exception>
    public async Task<Meeting> ArriveAsync(string slot, Gathering what, CancellationToken cancellationToken)
    {
        if (what.Entry is null)
        {
            return new Meeting([slot]);
        }

        Waiting here = new(slot, what);
        lock (_gate)
        {
            if (!_present.Contains(slot))
            {
                throw new BenchFaultException(
                    FaultKind.Configuration, $"slot {slot}", "slots come together in a night only, and its suites are not run by one", "Play the plan with ./lab night, or take 'together' out of it");
            }

            _waiting.RemoveAll(w => w.Slot == slot);
            _waiting.Add(here);
            MeetAll();
        }

        try
        {
            return await here.Met.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                _waiting.Remove(here);
            }

            throw;
        }
    }

    private void MeetAll()
    {
        foreach (int entry in _waiting.Select(w => w.What.Entry!.Value).Distinct().ToArray())
        {
            Meet(entry);
        }
    }

    private void Meet(int entry)
    {
        string[] expected = [.. slotsOf(entry).Where(_present.Contains)];
        Waiting[] here = [.. _waiting.Where(w => w.What.Entry == entry)];
        if (!expected.All(slot => here.Any(w => w.Slot == slot)))
        {
            return;
        }

        // Grouping and ordering keep the order of arrival, which decides where as many wait for one moment as for another.
        IEnumerable<Waiting> open = here.Any(w => !w.What.Closing) ? here.Where(w => !w.What.Closing) : here;
        Waiting[] together = [.. open.GroupBy(w => w.What).OrderByDescending(group => group.Count()).First()];
        Meeting meeting = new([.. expected.Where(slot => together.Any(w => w.Slot == slot))]);
        foreach (Waiting one in together)
        {
            _waiting.Remove(one);
            one.Met.SetResult(meeting);
        }
    }

    private sealed record Waiting(string Slot, Gathering What)
    {
        // Who goes on must not do so under the lock.
        public TaskCompletionSource<Meeting> Met { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>Slots at one moment. Thread safe.</summary>
/// <param name="slots">In the inventory's order.</param>
internal sealed class Meeting(IReadOnlyList<string> slots)
{
    private readonly Lock _gate = new();
    private Task<TimeSpan>? _act;

    /// <summary>Who is there.</summary>
    public IReadOnlyList<string> Slots => slots;

    /// <summary>Does once, for the first who comes here, what all wait for.</summary>
    /// <returns>When it was over.</returns>
    public Task<TimeSpan> ActAsync(Func<Task<TimeSpan>> act)
    {
        lock (_gate)
        {
            return _act ??= act();
        }
    }
}
