using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Units;
using LabRunner.Hardware.Virtual;
using LabRunner.Hardware.Virtual.Harness;

namespace LabRunner.Hardware.Tests.Host;

/// <summary>A plug whose contact follows its power line, and which remembers what it was told.</summary>
internal sealed class FakeHarnessPlug(string name) : IHarnessPlug
{
    private readonly bool[] _driven = new bool[HarnessLines.PerPlug];

    public string Name => name;

    public List<(PulseChannel Channel, double Hertz)> Pulses { get; } = [];

    public RailReading Rail { get; set; }

    public HarnessLoad Load => new(230, 0.25, 57.5, 1.5);

    public void Drive(int line, bool high) => _driven[line] = high;

    public bool Sense(int line) => line == HarnessLines.Contact && _driven[HarnessLines.Power];

    public bool Driven(int line) => _driven[line];

    public List<(double Volts, TimeSpan Lasts)> Dips { get; } = [];

    public void DipRail(double volts, TimeSpan lasts) => Dips.Add((volts, lasts));

    public void SetPulses(PulseChannel channel, Hertz frequency) => Pulses.Add((channel, frequency.Value));

    public long EmittedPulses(PulseChannel channel) => 1000 + (int)channel;
}
