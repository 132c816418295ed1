using System.Device.I2c;

namespace LabRunner.Hardware.Tests.Gpio;

/// <summary>Registers and pins of an MCP23017 after power-on (DS20001952, chapter 3): IOCON.BANK = 0, all lines inputs. Thread safe.</summary>
internal sealed class RegisterModel : I2cDevice
{
    private const int Iodir = 0x00;
    private const int Gpinten = 0x04;
    private const int Gppu = 0x0C;
    private const int Intf = 0x0E;
    private const int Gpio = 0x12;
    private const int Olat = 0x14;

    private readonly Lock _gate = new();
    private readonly byte[] _registers = new byte[0x16];
    private byte _pointer;
    private int _outside;
    private int _driven;
    private int _compared;
    private bool _asserted;

    public RegisterModel() => (_registers[0], _registers[1]) = (0xFF, 0xFF);

    /// <summary>"14 0200": register and 16-bit value of each write of a pair.</summary>
    public List<string> Writes { get; } = [];

    /// <summary>Lines that are tied to ground.</summary>
    public int Shorted { get; set; }

    public bool Gone { get; set; }

    /// <summary>Told when INTA is asserted (true) or let go.</summary>
    public Action<bool>? Interrupt { get; set; }

    public override I2cConnectionSettings ConnectionSettings { get; } = new(1, 0x20);

    public bool Level(int line)
    {
        lock (_gate)
        {
            return (Levels() & (1 << line)) != 0;
        }
    }

    public void Drive(int line, bool high)
    {
        lock (_gate)
        {
            _driven |= 1 << line;
            _outside = high ? _outside | (1 << line) : _outside & ~(1 << line);
            Compare();
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (_gate)
        {
            Answer();
            _pointer = buffer[0];
            for (int i = 1; i < buffer.Length; i++)
            {
                int register = buffer[0] + i - 1;
                _registers[register is Gpio or Gpio + 1 ? register + 2 : register] = buffer[i];
            }

            if (buffer.Length == 3)
            {
                Writes.Add($"{buffer[0]:X2} {buffer[2]:X2}{buffer[1]:X2}");
            }

            Compare();
        }
    }

    public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer)
    {
        lock (_gate)
        {
            Answer();
            int levels = Levels();
            for (int i = 0; i < readBuffer.Length; i++)
            {
                int register = writeBuffer[0] + i;
                readBuffer[i] = register switch { Gpio => (byte)levels, Gpio + 1 => (byte)(levels >> 8), _ => _registers[register] };
                if (register is Gpio or Gpio + 1)
                {
                    _compared = levels;
                }
            }

            Compare();
        }
    }

    /// <summary>Reads on from the register that was named last.</summary>
    public override void Read(Span<byte> buffer) => WriteRead([_pointer], buffer);

    private int Pair(int register) => _registers[register] | (_registers[register + 1] << 8);

    private int Levels()
    {
        int inputs = (_outside & _driven) | (Pair(Gppu) & ~_driven);
        return ((Pair(Iodir) & inputs) | (~Pair(Iodir) & Pair(Olat))) & 0xFFFF & ~Shorted;
    }

    private void Compare()
    {
        int changed = (Levels() ^ _compared) & Pair(Gpinten);
        (_registers[Intf], _registers[Intf + 1]) = ((byte)changed, (byte)(changed >> 8));
        if (_asserted != (changed != 0))
        {
            _asserted = !_asserted;
            Interrupt?.Invoke(_asserted);
        }
    }

    private void Answer()
    {
        if (Gone)
        {
            throw new IOException("Error 121. Remote I/O error");
        }
    }
}
