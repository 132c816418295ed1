using System.Device.I2c;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>
/// A device on the harness's I2C bus. An address where nothing answers gives an <see cref="IOException"/>, as Linux's
/// i2c-dev does; a lost harness gives <see cref="Faults.BenchFaultException"/>. Thread safe.
/// </summary>
public sealed class HarnessI2cDevice : I2cDevice
{
    private readonly HarnessLink _link;

    internal HarnessI2cDevice(HarnessLink link, int address)
    {
        _link = link;
        ConnectionSettings = new I2cConnectionSettings(0, address);
    }

    /// <inheritdoc/>
    public override I2cConnectionSettings ConnectionSettings { get; }

    /// <inheritdoc/>
    public override byte ReadByte()
    {
        Span<byte> buffer = stackalloc byte[1];
        Read(buffer);
        return buffer[0];
    }

    /// <inheritdoc/>
    public override void Read(Span<byte> buffer) => WriteRead([], buffer);

    /// <inheritdoc/>
    public override void WriteByte(byte value) => Write([value]);

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer) => WriteRead(buffer, []);

    /// <inheritdoc/>
    public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer)
    {
        HarnessReply reply = _link.Request(new HarnessRequest
        {
            Op = HarnessProtocol.I2c, At = ConnectionSettings.DeviceAddress, Data = writeBuffer.ToArray(), Count = readBuffer.Length,
        });
        if (reply.Nack)
        {
            throw new IOException($"No device acknowledged I2C address 0x{ConnectionSettings.DeviceAddress:X2} (remote I/O error).");
        }

        reply.Data.CopyTo(readBuffer);
    }
}
