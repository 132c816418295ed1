using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Drivers.Plugs;

/// <summary>How far an upload is and how long the device has taken nothing. Thread safe.</summary>
internal sealed class OtaProgress(LabClock clock, TimeSpan stallLimit)
{
    private readonly Lock _gate = new();
    private TimeSpan _last = clock.Elapsed;
    private TimeSpan _longest;
    private long _bytes;

    /// <summary>Bytes of the file taken by the socket.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Longest time without progress.</summary>
    public TimeSpan LongestStall
    {
        get
        {
            lock (_gate)
            {
                return _longest;
            }
        }
    }

    /// <summary>Time until the limit is reached if nothing moves; zero or less when it is.</summary>
    public TimeSpan Left
    {
        get
        {
            lock (_gate)
            {
                return _last + stallLimit - clock.Elapsed;
            }
        }
    }

    /// <summary>Something moved.</summary>
    public void Step(int bytes)
    {
        lock (_gate)
        {
            TimeSpan now = clock.Elapsed;
            _longest = now - _last > _longest ? now - _last : _longest;
            _last = now > _last ? now : _last;
            _bytes += bytes;
        }
    }

    /// <summary>The client waits no longer, however long it meant to.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _last = clock.Elapsed;
        }
    }

    /// <summary>The client itself waits until then: no stall of the device.</summary>
    public void Hold(TimeSpan until)
    {
        lock (_gate)
        {
            TimeSpan now = clock.Elapsed;
            _longest = now - _last > _longest ? now - _last : _longest;
            _last = until > _last ? until : _last;
        }
    }
}
