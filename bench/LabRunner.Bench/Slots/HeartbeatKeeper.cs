using System.Globalization;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;

namespace LabRunner.Bench.Slots;

/// <summary>
/// Keeps a heartbeat going while the bench may act and its watch goes on. Once silent it stays so: a relay that came back by itself would give power
/// to slots behind their backs. Thread safe.
/// </summary>
public sealed class HeartbeatKeeper : IAsyncDisposable
{
    /// <summary>Between two edges, machine time: a relay does not follow the run's clock.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    /// <summary>A watch that said nothing for so long hangs; as long as the guard waits for a runner.</summary>
    public static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(10);

    private readonly IHeartbeat _line;
    private readonly Interlocks _interlocks;
    private readonly TimeProvider _machine;
    private readonly Action<string> _silent;
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private long? _seen;
    private bool _ended;

    /// <summary>Beats from now on.</summary>
    /// <param name="line">The line; not owned.</param>
    /// <param name="interlocks">A bench that is stopped has no heartbeat.</param>
    /// <param name="machine">The machine's clock.</param>
    /// <param name="silent">Told, a clause, why it fell silent though nobody stopped the bench. At most once, from any thread.</param>
    public HeartbeatKeeper(IHeartbeat line, Interlocks interlocks, TimeProvider machine, Action<string> silent)
    {
        (_line, _interlocks, _machine, _silent) = (line, interlocks, machine, silent);
        _timer = machine.CreateTimer(_ => Beat(), null, TimeSpan.Zero, Every);
    }

    /// <summary>The watch goes on. From the first call on it is expected to say so at least every <see cref="HungAfter"/>.</summary>
    public void WatchGoesOn()
    {
        lock (_gate)
        {
            _seen = _machine.GetTimestamp();
        }
    }

    /// <summary>The watch ends in good order: it is not waited for any more.</summary>
    public void WatchEnds()
    {
        lock (_gate)
        {
            _seen = null;
        }
    }

    /// <summary>No further edge.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _ended = true;
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
    }

    private void Beat()
    {
        string why;
        lock (_gate)
        {
            _ended |= _interlocks.Stopped is not null;
            if (_ended)
            {
                return;
            }

            if (_seen is { } seen && _machine.GetElapsedTime(seen) >= HungAfter)
            {
                why = string.Create(CultureInfo.InvariantCulture, $"the watch of the bench stood still for {HungAfter.TotalSeconds:0} s");
            }
            else
            {
                try
                {
                    _line.Beat();
                    return;
                }
                catch (BenchFaultException failure)
                {
                    why = failure.Problem;
                }
            }

            _ended = true;
        }

        _silent(why);
    }
}
