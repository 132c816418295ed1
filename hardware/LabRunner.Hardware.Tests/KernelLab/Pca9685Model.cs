using System.Device.I2c;

namespace LabRunner.Hardware.Tests.KernelLab;

/// <summary>Registers of a PCA9685 (NXP data sheet, tables 5 to 8) after power-on, with auto-increment; sixteen outputs of 4,096 steps. Thread safe.</summary>
internal sealed class Pca9685Model : I2cDevice
{
    private const int Prescale = 0xFE;
    private const int FirstOutput = 0x06;
    private const int Outputs = 16;
    private const int AllOutputs = 0xFA;
    private const byte FullBit = 0x10;
    private const double OscillatorHertz = 25e6;
    private const int Steps = 4096;

    private readonly Lock _gate = new();
    private readonly byte[] _registers = new byte[256];
    private byte _pointer;

    public Pca9685Model()
    {
        (_registers[0], _registers[1], _registers[Prescale]) = (0x11, 0x04, 0x1E);
        for (int output = 0; output < Outputs; output++)
        {
            _registers[FirstOutput + (4 * output) + 3] = FullBit;
        }
    }

    public override I2cConnectionSettings ConnectionSettings { get; } = new(1, 0x40);

    /// <summary>Period of all outputs.</summary>
    public TimeSpan Period
    {
        get
        {
            lock (_gate)
            {
                return TimeSpan.FromSeconds(Steps * (_registers[Prescale] + 1) / OscillatorHertz);
            }
        }
    }

    /// <summary>Steps of 4,096 that an output is high.</summary>
    public int High(int output)
    {
        lock (_gate)
        {
            ReadOnlySpan<byte> registers = _registers.AsSpan(FirstOutput + (4 * output), 4);
            int on = ((registers[1] & 0x0F) << 8) | registers[0];
            int off = ((registers[3] & 0x0F) << 8) | registers[2];
            return (registers[3] & FullBit) != 0 ? 0 : (registers[1] & FullBit) != 0 ? Steps : (off - on + Steps) % Steps;
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_gate)
        {
            _pointer = buffer[0];
            foreach (byte value in buffer[1..])
            {
                if (_pointer is >= AllOutputs and < AllOutputs + 4)
                {
                    for (int output = 0; output < Outputs; output++)
                    {
                        _registers[FirstOutput + (4 * output) + _pointer - AllOutputs] = value;
                    }
                }

                _registers[_pointer++] = value;
            }
        }
    }

    public override void Read(Span<byte> buffer)
    {
        lock (_gate)
        {
            foreach (ref byte value in buffer)
            {
                value = _registers[_pointer++];
            }
        }
    }

    public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer)
    {
        lock (_gate)
        {
            Write(writeBuffer);
            Read(readBuffer);
        }
    }
}
