using System.Device.I2c;
using LabRunner.Hardware.Drivers.Resources;

namespace LabRunner.Hardware.Tests.Drivers.Support;

/// <summary>A chip of 16-bit registers on a bus of its own; a register that is not there does not answer.</summary>
internal sealed class Registers : Dictionary<byte, ushort>, II2cBus
{
    public int Address { get; private set; }

    /// <summary>Called with every register written, after it is stored.</summary>
    public Action<byte, ushort>? Written { get; set; }

    /// <summary>Called before a register is read.</summary>
    public Action<byte>? Reading { get; set; }

    public I2cDevice Open(int address)
    {
        Address = address;
        return new Device(this);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Device(Registers registers) : I2cDevice
    {
        private byte _register;

        public override I2cConnectionSettings ConnectionSettings { get; } = new(1, 0x40);

        public override void Read(Span<byte> buffer)
        {
            registers.Reading?.Invoke(_register);
            ushort value = registers.TryGetValue(_register, out ushort known) ? known : throw new IOException("remote I/O error");
            (buffer[0], buffer[1]) = ((byte)(value >> 8), (byte)value);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _register = buffer[0];
            if (buffer.Length == 3)
            {
                registers[_register] = (ushort)((buffer[1] << 8) | buffer[2]);
                registers.Written?.Invoke(_register, registers[_register]);
            }
        }

        public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer)
        {
            Write(writeBuffer);
            Read(readBuffer);
        }
    }
}
