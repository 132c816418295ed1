namespace LabRunner.Hardware.Virtual.Plug.Board;

/// <summary>
/// Temperature inside the plug's housing: one thermal mass that losses heat and the room cools (typical figures, not measured). Exact at any
/// time, since it is a pure function of when the losses changed. Not thread safe: used on the engine's thread only.
/// </summary>
internal sealed class Housing
{
    /// <summary>The room, °C.</summary>
    public const double Room = 23;

    private const double KelvinPerWatt = 12;
    private const double OwnWatts = 0.5;

    // Relay contact, shunt and pins.
    private const double PathOhms = 0.008;
    private static readonly TimeSpan Constant = TimeSpan.FromMinutes(8);

    private double _celsius = Room;
    private double _watts;
    private TimeSpan _at;

    /// <summary>°C at a virtual time not before the newest change.</summary>
    public double At(TimeSpan now)
    {
        double end = Room + (KelvinPerWatt * _watts);
        return end + ((_celsius - end) * Math.Exp(-(now - _at) / Constant));
    }

    /// <summary>The losses change.</summary>
    /// <param name="powered">Mains present.</param>
    /// <param name="amperes">Current through the contact.</param>
    /// <param name="now">Virtual time.</param>
    public void Follow(bool powered, double amperes, TimeSpan now)
    {
        (_celsius, _at) = (At(now), now);
        _watts = powered ? OwnWatts + (amperes * amperes * PathOhms) : 0;
    }
}
