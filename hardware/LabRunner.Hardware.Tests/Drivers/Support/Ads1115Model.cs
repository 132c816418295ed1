namespace LabRunner.Hardware.Tests.Drivers.Support;

/// <summary>Registers of an ADS1115 (SBAS444): a write with OS set converts; OS reads 0 once and then 1. Steps of ±4.096 V.</summary>
internal sealed class Ads1115Model : IDisposable
{
    private readonly IReadOnlyDictionary<int, double> _pins;
    private bool _busy;

    public Ads1115Model(IReadOnlyDictionary<int, double> pins)
    {
        _pins = pins;
        Registers[0] = 0;
        Registers[1] = 0x8583;
        Registers.Written = OnWritten;
        Registers.Reading = OnReading;
    }

    public Registers Registers { get; } = [];

    /// <summary>Input that somebody else selects while a conversion runs.</summary>
    public int? StolenBy { get; init; }

    /// <summary>How often that happens.</summary>
    public int Thefts { get; set; }

    public bool NeverReady { get; init; }

    public void Dispose() => (Registers.Written, Registers.Reading) = (null, null);

    private void OnWritten(byte register, ushort value)
    {
        if (register == 1 && (value & 0x8000) != 0)
        {
            Convert(value);
            _busy = true;
        }
    }

    private void OnReading(byte register)
    {
        if (register != 1)
        {
            return;
        }

        if (StolenBy is { } other && Thefts > 0)
        {
            Thefts--;
            Registers[1] = (ushort)((Registers[1] & 0x0FFF) | 0x4000 | (other << 12));
            Convert(Registers[1]);
        }

        Registers[1] = (ushort)(_busy || NeverReady ? Registers[1] & 0x7FFF : Registers[1] | 0x8000);
        _busy = false;
    }

    private void Convert(ushort config)
    {
        int input = ((config >> 12) & 7) - 4;
        Registers[0] = (ushort)(short)Math.Round(Math.Clamp(_pins.GetValueOrDefault(input) / 125e-6, short.MinValue, short.MaxValue));
    }
}
