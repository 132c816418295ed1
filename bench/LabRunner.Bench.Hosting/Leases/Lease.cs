using LabRunner.Hardware.Faults;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Bench.Hosting.Leases;

/// <summary>
/// A run's lease, renewed every 2 s of machine time until it is disposed. The kernel ends it with the process; a guard that still switches
/// outputs off then holds it until it is done. Thread safe.
/// </summary>
public sealed class Lease : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly LeaseBook _book;
    private readonly string _name;
    private readonly LeaseRecord _record;
    private readonly SafeFileHandle _live;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<BenchFaultException> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _renewing;
    private int _disposed;

    internal Lease(LeaseBook book, string name, LeaseRecord record, SafeFileHandle live, TimeProvider clock)
    {
        (_book, _name, _record, _live, _clock) = (book, name, record, live, clock);
        _renewing = Task.Run(RenewAsync);
    }

    /// <summary>16 hexadecimal digits.</summary>
    public string Id => _record.Id;

    /// <summary>Ends when the lease was broken or could not be kept: the run must make its slots safe and end.</summary>
    public Task<BenchFaultException> Lost => _lost.Task;

    /// <summary>File whose lock says that the holder lives; a guard locks it too.</summary>
    internal string LockFile => _book.Folder.At(LeaseScan.LockOf(_name));

    /// <summary>Lets go. Does not throw: a lease that cannot be given back in order ends with the process.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await _book.EndAsync(_name, _live).ConfigureAwait(false);
        }
        catch (BenchFaultException)
        {
            _live.Dispose();
        }

        _stop.Dispose();
    }

    private async Task RenewAsync()
    {
        TimeSpan renewed = LeaseBook.Monotonic(_clock);
        while (true)
        {
            await Task.Delay(Every, _clock, _stop.Token).ConfigureAwait(false);
            string? lost;
            try
            {
                lost = await _book.RenewAsync(_name, _record).ConfigureAwait(false);
                renewed = LeaseBook.Monotonic(_clock);
            }
            catch (BenchFaultException fault)
            {
                // A full disk or a gate that hangs: it is tried again as long as others still believe in this lease.
                lost = LeaseBook.Monotonic(_clock) - renewed > LeaseBook.Silence ? fault.Problem : null;
            }

            if (lost is not null)
            {
                _lost.TrySetResult(new BenchFaultException(
                    FaultKind.Lease, $"bench '{_record.Bench}', {string.Join(", ", _record.Slots)}", $"the lease of this run is lost: {lost}",
                    "Its slots are made safe; start again when they are free ('./lab lease list')"));
                return;
            }
        }
    }
}
