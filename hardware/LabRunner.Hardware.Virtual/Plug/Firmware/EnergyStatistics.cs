namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>SetupEnergyStats: energy per interval over the last samples; volatile (drv_bl_shared.c).</summary>
internal sealed class EnergyStatistics
{
    private double _sinceStamp;
    private double[] _samples = [];

    public bool Enabled { get; private set; }

    public bool Json { get; private set; }

    public int IntervalSeconds { get; private set; } = 60;

    public int SampleCount { get; private set; } = 60;

    public int Index { get; private set; }

    public double LastHourWattHours { get; private set; }

    public IReadOnlyList<double> Samples => _samples;

    /// <summary>Sets up with the firmware's clamps: 10 to 900 s, 10 to 180 samples.</summary>
    public void SetUp(bool enabled, int interval, int count, bool json)
    {
        Enabled = enabled;
        IntervalSeconds = Math.Clamp(interval, 10, 900);
        SampleCount = Math.Clamp(count, 10, 180);
        Json = json;
        Index = 0;
        LastHourWattHours = 0;
        _sinceStamp = 0;
        _samples = enabled ? new double[SampleCount] : [];
    }

    /// <summary>Adds one update; true when an interval is complete.</summary>
    public bool Add(double seconds, double wattHours)
    {
        if (!Enabled)
        {
            return false;
        }

        _sinceStamp += seconds;
        bool complete = _sinceStamp >= IntervalSeconds;
        if (complete)
        {
            LastHourWattHours = _samples.Sum();
            Array.Copy(_samples, 0, _samples, 1, _samples.Length - 1);
            _samples[0] = 0;
            _sinceStamp = 0;
            Index++;
        }

        _samples[0] += wattHours;
        return complete;
    }
}
