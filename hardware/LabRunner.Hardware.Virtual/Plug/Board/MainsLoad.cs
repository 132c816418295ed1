using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Virtual.Plug.Board;

/// <summary>What the load on the plug's output takes from the mains: a reference meter before the plug reads it.</summary>
internal sealed class MainsLoad
{
    private double _volts;
    private double _amperes;
    private double _watts;
    private double _wattHours;
    private TimeSpan _at;

    public void Follow(double volts, double watts, double powerFactor, TimeSpan now)
    {
        Advance(now);
        _volts = volts;
        _watts = watts;
        _amperes = volts > 0 ? watts / volts / powerFactor : 0;
    }

    public ReferenceReading At(TimeSpan now)
    {
        Advance(now);
        return new ReferenceReading(new Volts(_volts), new Amperes(_amperes), new Watts(_watts), new WattHours(_wattHours));
    }

    private void Advance(TimeSpan now)
    {
        _wattHours += _watts * (now - _at).TotalHours;
        _at = now;
    }
}
