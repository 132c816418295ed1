using System.Buffers.Binary;
using System.Device.I2c;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Sensing;

/// <summary>A chip of 16-bit registers, most significant byte first, with faults that name it. Thread safe.</summary>
internal sealed class I2cRegisters : IDisposable
{
    private readonly Lock _gate = new();
    private readonly IDriverContext _context;
    private readonly string _chip;
    private readonly string _bus;
    private readonly int _address;
    private readonly FaultKind _kind;

    /// <exception cref="BenchFaultException">No such bus.</exception>
    public I2cRegisters(IDriverContext context, string chip, string bus, int address, FaultKind kind)
    {
        (_context, _chip, _bus, _address, _kind) = (context, chip, bus, address, kind);
        Device = Guard(_ => context.Resource<II2cBus>(bus).Open(address));
    }

    /// <summary>The device, for whoever wants more of it.</summary>
    public I2cDevice Device { get; }

    /// <summary>Reads or writes with nobody else in between.</summary>
    /// <exception cref="BenchFaultException">The chip did not answer.</exception>
    public T Guard<T>(Func<I2cRegisters, T> operation)
    {
        try
        {
            lock (_gate)
            {
                return operation(this);
            }
        }
        catch (Exception failure) when (failure is not BenchFaultException)
        {
            throw Fault($"did not answer: {failure.Message.TrimEnd('.')}", failure);
        }
    }

    /// <summary>A fault that names the chip.</summary>
    public BenchFaultException Fault(string what, Exception? cause = null) => new(
        _kind, _context.Place, $"the {_chip} at 0x{_address:X2} on '{_bus}' {what}", "Check its supply, wires and strap pins ('i2cdetect -y 1' lists the addresses that answer)", cause);

    /// <summary>Reads a register.</summary>
    public ushort Read(byte register)
    {
        Span<byte> reply = stackalloc byte[2];
        Device.WriteRead([register], reply);
        return BinaryPrimitives.ReadUInt16BigEndian(reply);
    }

    /// <summary>Writes a register.</summary>
    public void Write(byte register, ushort value) => Device.Write([register, (byte)(value >> 8), (byte)value]);

    /// <inheritdoc/>
    public void Dispose() => Device.Dispose();
}
