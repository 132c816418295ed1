using LabRunner.Bench.Hosting.Leases;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Processes;

/// <summary>
/// The owner's hold on the small process that keeps the promise "off is safe" (<see cref="GuardDuty"/>): it is told twice a second that
/// the owner lives, and when it dies or hangs itself, a new one is started and the owner is told. Thread safe.
/// </summary>
public sealed class Guard : IAsyncDisposable
{
    private const int MostStarts = 3;

    private readonly GuardOrder _order;
    private readonly LabClock _clock;
    private readonly Action<string> _note;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<BenchFaultException> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _keeping;
    private GuardLink? _link;
    private int _tool;

    private Guard(GuardOrder order, LabClock clock, Action<string> note, GuardLink link)
    {
        (_order, _clock, _note, _link) = (order, clock, note, link);
        _keeping = Task.Run(KeepAsync);
    }

    /// <summary>Ends when the bench is unguarded and no new guard could be started: the run must end.</summary>
    public Task<BenchFaultException> Lost => _lost.Task;

    /// <summary>Starts a guard for a bench and waits until it is armed.</summary>
    /// <param name="files">The bench.</param>
    /// <param name="variables">Values of its inventory's variables.</param>
    /// <param name="slots">Slots of the run; null: all.</param>
    /// <param name="runFolder">Run folder: the guard writes what it did into guard.log there.</param>
    /// <param name="lease">The run's lease, which the guard holds too; null: none.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="note">Told when a guard died and when the bench is guarded again, a sentence each; called on any thread.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="BenchFaultException">It did not arm.</exception>
    public static async Task<Guard> StartAsync(
        BenchFiles files, IReadOnlyDictionary<string, string> variables, IReadOnlyList<string>? slots, string runFolder, Lease? lease, LabClock clock,
        Action<string> note, CancellationToken cancellationToken)
    {
        GuardOrder order = GuardOrder.For(files, variables, slots, runFolder, lease?.LockFile);
        return new Guard(order, clock, note, await GuardLink.StartAsync(order, clock, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Names the process group of a program of others that must not outlive this process; 0: there is none any more.</summary>
    public void SetTool(int group)
    {
        Volatile.Write(ref _tool, group);
        _link?.SetTool(group);
    }

    /// <summary>The owner has made everything safe itself: the guard ends without touching an output.</summary>
    public async Task DisarmAsync()
    {
        await StopAsync().ConfigureAwait(false);
        if (_link is { } link)
        {
            await link.DisarmAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Closes the pipe: a guard that was not disarmed switches off now. Waits at most some seconds for it.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        if (_link is { } link)
        {
            _link = null;
            await link.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task KeepAsync()
    {
        while (_link is { } link && await link.KeepAsync(_stop.Token).ConfigureAwait(false) is { } why)
        {
            _link = null;
            _note($"The guard process is gone ({why}); a new one is started.");
            await link.KillAsync().ConfigureAwait(false);
            _link = await RestartAsync().ConfigureAwait(false);
        }
    }

    private async Task<GuardLink?> RestartAsync()
    {
        for (int attempt = 1; !_stop.IsCancellationRequested; attempt++)
        {
            try
            {
                GuardLink link = await GuardLink.StartAsync(_order, _clock, _stop.Token).ConfigureAwait(false);
                link.SetTool(Volatile.Read(ref _tool));
                _note("The bench is guarded again.");
                return link;
            }
            catch (BenchFaultException fault) when (attempt == MostStarts)
            {
                _lost.TrySetResult(fault);
                return null;
            }
            catch (Exception failure) when (failure is BenchFaultException or OperationCanceledException)
            {
                // Tried again, or the run is over.
            }
        }

        return null;
    }
}
