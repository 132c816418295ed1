using System.Buffers.Binary;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>
/// The register file of an INA219 (TI SBOS448) with a 0.1 Ω shunt on the plug's supply rail. It is fed by the bench, so it
/// answers while the plug is off. Not thread safe: used on the engine's thread only.
/// </summary>
internal sealed class Ina219Registers(Func<RailReading> rail)
{
    private const double ShuntOhms = 0.1;
    private const ushort ResetConfiguration = 0x399F;
    private ushort _configuration = ResetConfiguration;
    private ushort _calibration;
    private byte _pointer;

    /// <summary>One transaction: a write of a pointer (and two bytes for a register), then a read of the pointed register.</summary>
    public byte[] Transfer(ReadOnlySpan<byte> written, int count)
    {
        if (written.Length > 0)
        {
            _pointer = written[0];
        }

        if (written.Length >= 3)
        {
            Store(BinaryPrimitives.ReadUInt16BigEndian(written[1..3]));
        }

        byte[] answer = new byte[count];
        Span<byte> register = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(register, Load());
        for (int i = 0; i < count; i++)
        {
            // The chip repeats its last byte pair while the master keeps clocking.
            answer[i] = register[i % 2];
        }

        return answer;
    }

    private void Store(ushort value)
    {
        if (_pointer == 0)
        {
            bool reset = (value & 0x8000) != 0;
            _configuration = reset ? ResetConfiguration : value;
            _calibration = reset ? (ushort)0 : _calibration;
        }
        else if (_pointer == 5)
        {
            // Bit 0 of the calibration register cannot be set.
            _calibration = (ushort)(value & 0xFFFE);
        }
    }

    private ushort Load() => _pointer switch
    {
        0 => _configuration,
        1 => (ushort)Shunt(),
        2 => (ushort)((BusUnits() << 3) | 0x2),
        3 => (ushort)Math.Clamp(Math.Abs(Current()) * BusUnits() / 5000, 0, ushort.MaxValue),
        4 => (ushort)(short)Math.Clamp(Current(), short.MinValue, short.MaxValue),
        5 => _calibration,
        _ => 0,
    };

    /// <summary>10 µV a bit, limited by the gain (40, 80, 160 or 320 mV).</summary>
    private short Shunt()
    {
        int limit = 4000 << ((_configuration >> 11) & 0x3);
        double units = rail().Current.Value * ShuntOhms / 10e-6;
        return (short)Math.Clamp(Math.Round(units), -limit, limit);
    }

    /// <summary>4 mV a bit, limited by the bus range (16 or 32 V).</summary>
    private int BusUnits()
    {
        int limit = (_configuration & 0x2000) != 0 ? 8000 : 4000;
        return (int)Math.Clamp(Math.Round(rail().Voltage.Value / 4e-3), 0, limit);
    }

    private int Current() => Shunt() * _calibration / 4096;
}
