using System.Runtime.InteropServices;
using LabRunner.Hardware.Drivers.Native;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>What is said to the kernel about one chip and its lines. Every refusal is an <see cref="IOException"/> that names chip and line.</summary>
internal sealed unsafe class CdevRequests : IDisposable
{
    // gpiolib allows 16 for each of the 64 lines a request can have, in a request of one line too.
    private const int BufferedEvents = 1024;

    private readonly IGpioKernel _kernel;
    private readonly string _consumer;
    private readonly int _chip;

    /// <exception cref="IOException">No such chip, or no right to it.</exception>
    public CdevRequests(string path, string consumer, IGpioKernel kernel)
    {
        (Path, _consumer, _kernel) = (path, consumer, kernel);
        _chip = _kernel.Open(path);
        if (_chip < 0)
        {
            throw Libc.Error(path);
        }

        byte* info = stackalloc byte[GpioUapi.ChipInfoSize];
        if (_kernel.Ioctl(_chip, GpioUapi.GetChipInfo, info) < 0)
        {
            IOException failure = Libc.Error($"{path} is no GPIO chip");
            _ = Libc.Close(_chip);
            throw failure;
        }

        Facts = GpioUapi.ReadChipInfo(new ReadOnlySpan<byte>(info, GpioUapi.ChipInfoSize));
    }

    public string Path { get; }

    public ChipFacts Facts { get; }

    /// <summary>What the chip says of a line.</summary>
    public LineFacts Ask(int line)
    {
        byte* info = stackalloc byte[GpioUapi.LineInfoSize];
        GpioUapi.WriteLineInfo(new Span<byte>(info, GpioUapi.LineInfoSize), line);
        return _kernel.Ioctl(_chip, GpioUapi.GetLineInfo, info) < 0
            ? throw Libc.Error($"{Path} line {line}")
            : GpioUapi.ReadLineInfo(new ReadOnlySpan<byte>(info, GpioUapi.LineInfoSize));
    }

    /// <summary>The refusal of a line that somebody holds.</summary>
    public IOException Busy(int line, LineFacts facts) => new($"{Path} line {line} is in use by '{facts.Consumer}'");

    /// <summary>Requests a line as it is: its direction stays.</summary>
    public void RequestAsIs(CdevLine line) => Request(line, GpioUapi.LineFlags.None, false, TimeSpan.Zero);

    /// <summary>Requests a line in a mode, or changes the mode of a requested one. The level counts for outputs.</summary>
    public void Configure(CdevLine line, System.Device.Gpio.PinMode mode, bool high)
    {
        if (line.Descriptor < 0)
        {
            Request(line, line.Flags(mode), high, line.Debounce(mode));
        }
        else
        {
            byte* config = stackalloc byte[GpioUapi.ConfigSize];
            GpioUapi.WriteConfig(new Span<byte>(config, GpioUapi.ConfigSize), line.Flags(mode), high, line.Debounce(mode));
            if (_kernel.Ioctl(line.Descriptor, GpioUapi.SetConfig, config) < 0)
            {
                throw Libc.Error($"{Path} line {line.Number}: set mode");
            }
        }

        line.Mode = mode;
    }

    public bool Read(CdevLine line)
    {
        byte* values = stackalloc byte[GpioUapi.ValuesSize];
        GpioUapi.WriteValues(new Span<byte>(values, GpioUapi.ValuesSize), false);
        Exchange(line, GpioUapi.GetValues, values, "read");
        return GpioUapi.ReadValue(new ReadOnlySpan<byte>(values, GpioUapi.ValuesSize));
    }

    public void Write(CdevLine line, bool high)
    {
        byte* values = stackalloc byte[GpioUapi.ValuesSize];
        GpioUapi.WriteValues(new Span<byte>(values, GpioUapi.ValuesSize), high);
        Exchange(line, GpioUapi.SetValues, values, "write");
    }

    /// <summary>Closes the chip; requested lines stay requested until their descriptors are closed.</summary>
    public void Dispose() => _ = Libc.Close(_chip);

    private void Exchange(CdevLine line, uint request, byte* values, string doing)
    {
        if (_kernel.Ioctl(line.Descriptor, request, values) < 0)
        {
            throw Libc.Error($"{Path} line {line.Number}: {doing}");
        }
    }

    private void Request(CdevLine line, GpioUapi.LineFlags flags, bool high, TimeSpan debounce)
    {
        byte* request = stackalloc byte[GpioUapi.RequestSize];
        string consumer = line.Settings.Consumer is { } who ? $"{_consumer} {who}" : _consumer;
        GpioUapi.WriteRequest(new Span<byte>(request, GpioUapi.RequestSize), line.Number, consumer, flags, high, debounce, BufferedEvents);
        if (_kernel.Ioctl(_chip, GpioUapi.GetLine, request) < 0)
        {
            // Somebody was faster since the line was asked about.
            int errno = Marshal.GetLastPInvokeError();
            throw errno == Libc.EBUSY ? Busy(line.Number, Ask(line.Number)) : Libc.Error($"{Path} line {line.Number}: request", errno);
        }

        line.Descriptor = GpioUapi.ReadDescriptor(new ReadOnlySpan<byte>(request, GpioUapi.RequestSize));
    }
}
