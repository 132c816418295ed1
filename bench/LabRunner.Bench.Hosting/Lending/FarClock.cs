using LabRunner.Bench.Rpc;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;
using StreamJsonRpc;

namespace LabRunner.Bench.Hosting.Lending;

/// <summary>
/// A run's clock on another machine than the owner's: the owner's time is asked for over the connection, and is known to within half of a
/// round trip. Asked again and again, since two machines' clocks go apart by some seconds in a night.
/// </summary>
internal sealed class FarClock : IAsyncDisposable
{
    // The shortest of several is the one that waited for nobody.
    private const int Questions = 8;
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly IFarBench _bench;
    private readonly LabClock _owners;
    private readonly ClockTie _tie;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _again;
    private TimeSpan _told;

    private FarClock(IFarBench bench, string origin, LabClock owners, Reading first)
    {
        (_bench, _owners, _tie, _told) = (bench, owners, new ClockTie(first.Correction), first.RoundTrip);
        Clock = LabClock.Parse(origin, _tie);
        _again = AskAgainAsync();
    }

    /// <summary>The run's clock.</summary>
    public LabClock Clock { get; }

    /// <summary>Asks for the owner's time.</summary>
    /// <param name="bench">The owner.</param>
    /// <param name="origin">Origin of its clock, as <see cref="LabClock.ToEnvironment"/> says it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchFaultException">The connection ended.</exception>
    public static async Task<FarClock> OpenAsync(IFarBench bench, string origin, CancellationToken cancellationToken)
    {
        LabClock owners = LabClock.Parse(origin);
        Reading first = await AskAsync(bench, owners, cancellationToken).ConfigureAwait(false);
        await bench.TellRoundTripAsync(first.RoundTrip, cancellationToken).ConfigureAwait(false);
        return new FarClock(bench, origin, owners, first);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _again.ConfigureAwait(false);
        _stop.Dispose();
    }

    /// <summary>Goes over to what a reading says, where the clock cannot be right by it.</summary>
    /// <returns>True: it was not.</returns>
    internal static bool Take(ClockTie tie, Reading reading, long now)
    {
        // Within half of a round trip nobody knows better, and following each reading would be following its chance.
        bool isWrong = Math.Abs(reading.Correction - tie.At(now)) > reading.RoundTrip.Ticks * 100 / 2;
        if (isWrong)
        {
            tie.Correct(reading.Correction, now);
        }

        return isWrong;
    }

    private static async Task<Reading> AskAsync(IFarBench bench, LabClock owners, CancellationToken cancellationToken)
    {
        Reading? best = null;
        for (int i = 0; i < Questions; i++)
        {
            long sent = TimeProvider.System.GetTimestamp();
            TimeSpan at = await bench.GetTimeAsync(cancellationToken).ConfigureAwait(false);
            long trip = TimeProvider.System.GetTimestamp() - sent;
            if (best is null || trip < best.RoundTrip.Ticks * 100)
            {
                // The owner looked at its clock somewhere between: half way is wrong by no more than half of it.
                best = new Reading(owners.ToMonotonicNanoseconds(at) - (sent + (trip / 2)), TimeSpan.FromTicks(trip / 100));
            }
        }

        return best!;
    }

    private async Task AskAgainAsync()
    {
        while (true)
        {
            await Task.Delay(Every, TimeProvider.System, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            try
            {
                Reading reading = await AskAsync(_bench, _owners, _stop.Token).ConfigureAwait(false);
                Take(_tie, reading, TimeProvider.System.GetTimestamp());
                if (reading.RoundTrip > _told * 2 || reading.RoundTrip < _told / 2)
                {
                    _told = reading.RoundTrip;
                    await _bench.TellRoundTripAsync(_told, _stop.Token).ConfigureAwait(false);
                }
            }
            catch (Exception ended) when (ended is BenchFaultException or OperationCanceledException or ObjectDisposedException or RemoteRpcException)
            {
                // The connection is over: whoever uses the bench is told.
                return;
            }
        }
    }

    /// <summary>What a round trip told.</summary>
    /// <param name="Correction">Nanoseconds from this machine's clock to the owner's.</param>
    /// <param name="RoundTrip">Machine time.</param>
    internal sealed record Reading(long Correction, TimeSpan RoundTrip);
}
