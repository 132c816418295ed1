using System.Collections.Concurrent;
using System.Text;
using LabRunner.Bench.Api;
using LabRunner.Bench.Slots;
using LabRunner.Station.Consoles;

namespace LabRunner.Station.Benches;

/// <summary>Copies every console line of whatever bench is open into the station's stores, from the first line of its session to the last. Thread safe.</summary>
internal sealed class ConsoleKeeper : IDisposable
{
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, ConsoleStore> _stores = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Lines, long Bytes)> _read = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;
    private readonly ConcurrentDictionary<ConsoleStore, long> _full = [];
    private CancellationTokenSource _following = new();
    private List<Follower> _followers = [];
    private OpenBench? _bench;
    private DateTimeOffset? _left;

    /// <param name="options">Folders of the station.</param>
    /// <param name="slots">Slots that have a console.</param>
    /// <param name="clock">Wall clock of the machine.</param>
    /// <param name="warn">Told when the disk takes no more.</param>
    public ConsoleKeeper(StationOptions options, IEnumerable<string> slots, TimeProvider clock, Action<string> warn)
    {
        (_clock, _warn) = (clock, warn);
        DateTimeOffset now = clock.GetUtcNow();
        foreach (string slot in slots)
        {
            ConsoleStore store = new(Path.Combine(options.StateFolder, "consoles", slot));
            _stores[slot] = store;
            if (store.Last is not null)
            {
                store.Append(Rescued(slot, store, options));
                StoredLine last = store.Last;
                store.Append([(now, $"--- gap: the station was not running; its last line before this one is of {Leases.LeaseDesk.Time(last.At)}")]);
            }
        }
    }

    private IReadOnlyList<(DateTimeOffset At, string Text)> Rescued(string slot, ConsoleStore store, StationOptions options)
    {
        try
        {
            return LeftBehind.Of(slot, store, options.WatchFolder, options.RunsFolder);
        }
        catch (Exception unread) when (unread is IOException or UnauthorizedAccessException)
        {
            _warn($"What {slot} said in the last moment before the station ended cannot be read ({unread.Message.TrimEnd('.')}); it is in consoles/ of the newest watch or run.");
            return [];
        }
    }

    /// <summary>The store of a slot; null: it has no console.</summary>
    public ConsoleStore? Of(string slot) => _stores.GetValueOrDefault(slot);

    /// <summary>Lines and bytes of text kept since the station's start, by slot.</summary>
    public IReadOnlyList<(string Slot, long Lines, long Bytes)> Read
    {
        get
        {
            lock (_read)
            {
                return [.. _read.Select(r => (r.Key, r.Value.Lines, r.Value.Bytes))];
            }
        }
    }

    /// <summary>Follows a bench that was opened. Call <see cref="LeaveAsync"/> before the next.</summary>
    /// <param name="bench">The bench.</param>
    /// <param name="what">What it was opened for: a line of its own says so.</param>
    public void Follow(OpenBench bench, string what)
    {
        _bench = bench;
        _following = new CancellationTokenSource();
        _followers = [];
        DateTimeOffset now = _clock.GetUtcNow();
        foreach (SlotHardware hardware in bench.Slots.Where(s => s.Console is not null))
        {
            string slot = hardware.Entry.Name;
            if (Of(slot) is { } store)
            {
                Follower follower = new(slot);
                if (_left is { } left && (hardware.Power is null || hardware.Entry.KeepPower))
                {
                    // The others were off meanwhile and had nothing to say.
                    Keep(store, [(now, $"--- gap: not seen from {Leases.LeaseDesk.Time(left)} to {Leases.LeaseDesk.Time(now)}, while the bench changed hands")]);
                }

                Keep(store, [(now, $"--- {what}")]);
                follower.Work = Task.Run(() => FollowAsync(bench, store, follower, _following.Token));
                _followers.Add(follower);
            }
        }
    }

    /// <summary>Ends it when all that the consoles have said is kept. Nobody is followed: does nothing.</summary>
    public async Task LeaveAsync()
    {
        if (Interlocked.Exchange(ref _bench, null) is not { } bench)
        {
            return;
        }

        _left = _clock.GetUtcNow();
        using CancellationTokenSource limit = new(DrainLimit, TimeProvider.System);
        try
        {
            foreach (Follower follower in _followers)
            {
                long end = await bench.Session.MarkConsoleAsync(follower.Slot, limit.Token).ConfigureAwait(false);
                await follower.UntilAsync(end, limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            _warn("The last console lines of a session could not all be kept; they are in its run folder.");
        }

        await _following.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_followers.Select(f => f.Work)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _following.Dispose();
    }

    public void Dispose()
    {
        foreach (ConsoleStore store in _stores.Values)
        {
            store.Dispose();
        }
    }

    private async Task FollowAsync(OpenBench bench, ConsoleStore store, Follower follower, CancellationToken cancellationToken)
    {
        await foreach (IReadOnlyList<ConsoleText> lines in bench.Session.FollowConsoleAsync(follower.Slot, 0, cancellationToken).ConfigureAwait(false))
        {
            if (lines[0].Number > follower.Next)
            {
                Keep(store, [(_clock.GetUtcNow(), $"--- {lines[0].Number - follower.Next} lines came too fast for the station; they are in consoles/{follower.Slot}.log of the run folder")]);
            }

            Keep(store, lines.Select(l => (bench.Clock.UtcAt(l.At), l.Text)));
            Count(follower.Slot, lines);
            follower.Reach(lines[^1].Number + 1);
        }
    }

    private void Count(string slot, IReadOnlyList<ConsoleText> lines)
    {
        lock (_read)
        {
            (long before, long bytes) = _read.GetValueOrDefault(slot);
            _read[slot] = (before + lines.Count, bytes + lines.Sum(l => (long)Encoding.UTF8.GetByteCount(l.Text)));
        }
    }

    private void Keep(ConsoleStore store, IEnumerable<(DateTimeOffset At, string Text)> lines)
    {
        long first = store.Next;
        try
        {
            store.Append(lines);
            if (_full.TryRemove(store, out long missing))
            {
                store.Append([(_clock.GetUtcNow(), $"--- gap: the disk took no more; lines {missing} to {first - 1} are not all kept")]);
            }
        }
        catch (IOException failure)
        {
            // Said once: a full disk has no room for a sentence about each line.
            if (_full.TryAdd(store, first))
            {
                _warn($"Console lines cannot be kept ({failure.Message.TrimEnd('.')}); who looks sees the newest all the same. Free space, or choose another folder with --state.");
            }
        }
    }

    private sealed class Follower(string slot)
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _next;

        public string Slot => slot;

        public Task Work { get; set; } = Task.CompletedTask;

        public long Next => Interlocked.Read(ref _next);

        public void Reach(long next)
        {
            TaskCompletionSource moved;
            lock (_gate)
            {
                _next = next;
                (moved, _moved) = (_moved, new(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            moved.SetResult();
        }

        public async Task UntilAsync(long end, CancellationToken cancellationToken)
        {
            while (true)
            {
                Task moved;
                lock (_gate)
                {
                    if (_next >= end)
                    {
                        return;
                    }

                    moved = _moved.Task;
                }

                await moved.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
