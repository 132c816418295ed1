using System.Device.I2c;
#if IOT_DEVICE_BINDINGS
using Iot.Device.Mcp23xxx;
#endif

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>
/// The registers of an MCP23017 as pairs of 8 bits: bit n is line n, port A low. Register numbers are those of IOCON.BANK = 0 (DS20001952,
/// table 3-5), the power-on setting, in which the two ports of a register are neighbours. Not thread safe.
/// </summary>
/// <remarks>Built with UseIotDeviceBindings, the bytes go through Iot.Device.Bindings' Mcp23017 instead of the bus directly.</remarks>
internal sealed class Mcp23017Registers(I2cDevice device) : IDisposable
{
    public const byte Direction = 0x00;
    public const byte InterruptEnable = 0x04;
    public const byte InterruptCompare = 0x08;
    public const byte Configuration = 0x0A;
    public const byte PullUp = 0x0C;
    public const byte Port = 0x12;
    public const byte Latch = 0x14;

    // MIRROR: INTA tells both ports. ODR = 0 and INTPOL = 0: push-pull, active low.
    private const byte Mirror = 0x40;

#if IOT_DEVICE_BINDINGS
    private readonly Mcp23017 _chip = new(device);
#endif

    /// <summary>
    /// What the driver relies on, whatever an earlier owner left: no inversion, interrupts off, compare with the previous level. Directions
    /// and latches stay, so that an output that is on does not click off and on.
    /// </summary>
    /// <exception cref="IOException">The chip does not answer.</exception>
    public void Reset()
    {
        WriteOne(Configuration, Mirror);
        Write(0x02, 0);
        Write(InterruptEnable, 0);
        Write(InterruptCompare, 0);
    }

#if IOT_DEVICE_BINDINGS
    public ushort Read(byte register) => _chip.ReadUInt16((Register)(register / 2));

    public void Write(byte register, ushort value) => _chip.WriteUInt16((Register)(register / 2), value);

    private void WriteOne(byte register, byte value) => _chip.WriteByte((Register)(register / 2), value, Iot.Device.Mcp23xxx.Port.PortA);

    public void Dispose() => _chip.Dispose();
#else
    /// <exception cref="IOException">The chip does not answer.</exception>
    public ushort Read(byte register)
    {
        Span<byte> reply = stackalloc byte[2];
        device.WriteRead([register], reply);
        return (ushort)(reply[0] | (reply[1] << 8));
    }

    /// <exception cref="IOException">The chip does not answer.</exception>
    public void Write(byte register, ushort value) => device.Write([register, (byte)value, (byte)(value >> 8)]);

    private void WriteOne(byte register, byte value) => device.Write([register, value]);

    public void Dispose() => device.Dispose();
#endif
}
