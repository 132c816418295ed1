using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>What the harness wires to one plug. Called on the engine's thread only.</summary>
internal interface IHarnessPlug
{
    /// <summary>Slot name, for messages.</summary>
    string Name { get; }

    /// <summary>Drives one of <see cref="HarnessLines.Power"/> to <see cref="HarnessLines.Button"/>.</summary>
    void Drive(int line, bool high);

    /// <summary>Level of one of <see cref="HarnessLines.Contact"/> to <see cref="HarnessLines.Sel"/>.</summary>
    bool Sense(int line);

    /// <summary>Feeds pulses; 0 Hz stops them.</summary>
    void SetPulses(PulseChannel channel, Hertz frequency);

    /// <summary>Lowers the supply rail for a time; no time ends a dip that lasts.</summary>
    void DipRail(double volts, TimeSpan lasts);

    /// <summary>Pulses fed on a channel since the bench started.</summary>
    long EmittedPulses(PulseChannel channel);

    /// <summary>What its load takes now, and has taken.</summary>
    HarnessLoad Load { get; }

    /// <summary>Supply rail now.</summary>
    RailReading Rail { get; }
}
