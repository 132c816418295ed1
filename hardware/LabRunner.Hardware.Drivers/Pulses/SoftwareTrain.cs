using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Pulses;

namespace LabRunner.Hardware.Drivers.Pulses;

/// <summary>One output of <see cref="SoftwarePulses"/>: when its next edge is due and what comes after it. Times are machine time stamps. Not thread safe.</summary>
internal sealed class SoftwareTrain(BenchLine line) : IDisposable
{
    private long _grid;
    private bool _high;
    private bool _second;
    private bool _pendingSecond;
    private PulseFault? _fault;
    private int _every;
    private int _left;
    private int _times;
    private bool _disposed;

    public long Period { get; private set; }

    public long Width { get; private set; }

    public long Emitted { get; private set; }

    public PulseFaultCount Faults { get; private set; }

    /// <summary>Time of the next edge; never when stopped.</summary>
    public long Due { get; private set; } = long.MaxValue;

    /// <summary>A new period counts from the last pulse, so that a slow train that is changed often still emits.</summary>
    public void Set(long period, long width, long now)
    {
        long last = Period == 0 ? now : _grid;
        (Period, Width, _pendingSecond) = (period, period == 0 ? 0 : width, false);
        _grid = last;
        if (period == 0)
        {
            _fault = null;
        }

        if (!_high)
        {
            Due = period == 0 ? long.MaxValue : Math.Max(now, last + period);
        }
    }

    public void Plan(PulseFault? fault, int every, int times) => (_fault, _every, _left, _times) = (fault, every, every, times);

    /// <summary>Makes the edge that is due.</summary>
    public void Edge(long now)
    {
        if (!_high)
        {
            line.Write(true);
            _high = true;
            Emitted++;
            if (!_second)
            {
                // The grid holds whatever is late; after a stop of the whole machine it begins anew.
                _grid = now - Due > Period ? now : Due;
            }

            Due = now + Width;
            return;
        }

        line.Write(false);
        _high = false;
        if (Period == 0)
        {
            Due = long.MaxValue;
            return;
        }

        long next = _grid + Period;
        if (!_second)
        {
            next += Next();
        }

        _second = _pendingSecond;
        _pendingSecond = false;
        Due = _second ? now + Width : Math.Max(now + Width, next);
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            using (line)
            {
                line.Write(false);
            }
        }
    }

    /// <summary>What a fault on purpose adds to the time of the next pulse; a doubled pulse asks for its second.</summary>
    private long Next()
    {
        if (_fault is null || --_left > 0)
        {
            return 0;
        }

        PulseFault fault = _fault.Value;
        _left = _every;
        if (_times > 0 && --_times == 0)
        {
            _fault = null;
        }

        if (fault == PulseFault.Doubled)
        {
            Faults = Faults with { Doubled = Faults.Doubled + 1 };
            _pendingSecond = true;
            return 0;
        }

        Faults = Faults with { Missing = Faults.Missing + 1 };
        return Period;
    }
}
