using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Virtual.Plug.Board;

/// <summary>Pulse outputs of the meter chip or of an injector in its place: each counts frequency × time exactly, with the fraction carried.</summary>
internal sealed class PulseTrains
{
    private readonly double[] _hertz = new double[3];
    private readonly double[] _emitted = new double[3];
    private TimeSpan _at;

    public void Set(PulseChannel channel, double hertz, TimeSpan now)
    {
        Advance(now);
        _hertz[(int)channel] = hertz;
    }

    /// <summary>The meter chip on a load.</summary>
    public void FollowLoad(double volts, double watts, double powerFactor, VirtualChipGain gain, TimeSpan now)
    {
        Bl0937Frequencies hertz = new Bl0937Model().ToFrequencies(
            new Volts(volts), new Amperes(volts > 0 ? watts / volts / powerFactor : 0), new Watts(watts));
        Set(PulseChannel.Cf, hertz.Cf.Value * gain.Watts, now);
        Set(PulseChannel.Cf1Voltage, hertz.Cf1Voltage.Value * gain.Volts, now);
        Set(PulseChannel.Cf1Current, hertz.Cf1Current.Value * gain.Amperes, now);
    }

    /// <summary>Whole pulses since the beginning.</summary>
    public long Count(PulseChannel channel, TimeSpan now)
    {
        Advance(now);
        // Sums of products lose at most a few 1e-12 of a pulse: without this a window of exactly n pulses could read n-1.
        return (long)Math.Floor(_emitted[(int)channel] + 1e-6);
    }

    private void Advance(TimeSpan now)
    {
        double seconds = (now - _at).TotalSeconds;
        _at = now;
        for (int i = 0; i < 3; i++)
        {
            _emitted[i] += _hertz[i] * seconds;
        }
    }
}
