using System.Buffers.Binary;
using System.Device.I2c;
using System.Globalization;
using System.Text;

namespace LabRunner.Hardware.Tests.KernelLab;

/// <summary>
/// A Microchip MCP2221 (USB to I2C, data sheet DS20005565) as the kernel's own driver hid-mcp2221 knows it, played through /dev/uhid: a real
/// /dev/i2c-N with I2C_RDWR, whose chips are models of this process. Its four GPIO lines are not used. Gone with its disposal, as if pulled.
/// </summary>
internal sealed class UsbI2cBridge : IDisposable
{
    private const string Device = "/dev/uhid";
    private const string Adapters = "/sys/bus/i2c/devices";
    private const int ReportSize = 64;

    // linux/uhid.h: u32 type, then the packed payload of that type.
    private const uint Destroy = 1;
    private const uint Stop = 3;
    private const uint Output = 6;
    private const uint Create = 11;
    private const uint Input = 12;
    private const int EventSize = 4 + 128 + 64 + 64 + 2 + 2 + (4 * 4) + 4096;
    private const int OutputSizeAt = 4 + 4096;
    private const ushort BusUsb = 3;
    private const uint Microchip = 0x04D8;
    private const uint Mcp2221 = 0x00DD;

    // Commands and states of the data sheet's chapter 3.
    private const byte Status = 0x10;
    private const byte GetData = 0x40;
    private const byte GpioGet = 0x51;
    private const byte GetSettings = 0x61;
    private const byte Write = 0x90;
    private const byte Read = 0x91;
    private const byte ReadAfterRestart = 0x93;
    private const byte WriteWithoutStop = 0x94;
    private const byte AddressNack = 0x25;
    private const byte ReadComplete = 0x55;
    private const byte LastAddressNacked = 0x40;
    private const int Piece = 60;

    // One vendor page with an input and an output report of 64 bytes, as the chip describes itself.
    private static readonly byte[] Descriptor =
    [
        0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08, 0x95, ReportSize,
        0x09, 0x01, 0x81, 0x02, 0x95, ReportSize, 0x09, 0x01, 0x91, 0x02, 0xC0,
    ];

    private static int _made;

    private readonly IReadOnlyDictionary<int, I2cDevice> _chips;
    private readonly FileStream _device;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<byte> _read = new();
    private byte[] _pending = [];
    private bool _nacked;
    private volatile bool _pulled;

    /// <summary>Plugs it in. An address without a chip is not acknowledged; nor is one whose chip throws IOException.</summary>
    /// <exception cref="FileNotFoundException">No kernel lab.</exception>
    public UsbI2cBridge(IReadOnlyDictionary<int, I2cDevice> chips)
    {
        if (!IsOffered)
        {
            throw new FileNotFoundException($"This kernel has no {Device} or no hid-mcp2221: run the tests of category kernel-lab by './lab test kernel-lab'.");
        }

        _chips = chips;
        _device = new FileStream(Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        Serial = string.Create(CultureInfo.InvariantCulture, $"lab-{Environment.ProcessId}-{Interlocked.Increment(ref _made)}");
        byte[] create = new byte[EventSize];
        BinaryPrimitives.WriteUInt32LittleEndian(create, Create);
        Encoding.ASCII.GetBytes("MCP2221 of the kernel lab", create.AsSpan(4));
        Encoding.ASCII.GetBytes(Serial, create.AsSpan(4 + 128 + 64));
        Span<byte> identity = create.AsSpan(4 + 128 + 64 + 64);
        BinaryPrimitives.WriteUInt16LittleEndian(identity, (ushort)Descriptor.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(identity[2..], BusUsb);
        BinaryPrimitives.WriteUInt32LittleEndian(identity[4..], Microchip);
        BinaryPrimitives.WriteUInt32LittleEndian(identity[8..], Mcp2221);
        Descriptor.CopyTo(identity[20..]);
        _device.Write(create);
        _thread = new Thread(Serve) { IsBackground = true, Name = "usb i2c bridge" };
        _thread.Start();
    }

    /// <summary>True where the kernel has what this needs: in the kernel lab.</summary>
    public static bool IsOffered => File.Exists(Device) && Directory.Exists("/sys/bus/hid/drivers/mcp2221");

    /// <summary>What tells this bridge from another.</summary>
    public string Serial { get; }

    /// <summary>Waits until the kernel has made the bus and asked all that it asks by itself: pulled before, it would wait for answers.</summary>
    /// <returns>N of /dev/i2c-N.</returns>
    public async Task<int> BusAsync(CancellationToken cancellationToken)
    {
        await _settled.Task.WaitAsync(cancellationToken);
        while (true)
        {
            foreach (DirectoryInfo adapter in new DirectoryInfo(Adapters).GetDirectories("i2c-*"))
            {
                // The adapter's parent is the HID device, whose uevent tells its serial number.
                string parent = Path.Combine(Path.GetDirectoryName(adapter.ResolveLinkTarget(returnFinalTarget: true)!.FullName)!, "uevent");
                if (File.Exists("/dev/" + adapter.Name) && File.Exists(parent) && File.ReadLines(parent).Contains("HID_UNIQ=" + Serial))
                {
                    return int.Parse(adapter.Name.AsSpan(4), CultureInfo.InvariantCulture);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Pulls it out.</summary>
    public void Dispose()
    {
        if (!_pulled)
        {
            _pulled = true;
            byte[] destroy = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(destroy, Destroy);
            _device.Write(destroy);
            _thread.Join();
            _device.Dispose();
        }
    }

    private void Serve()
    {
        byte[] told = new byte[EventSize];
        byte[] answer = new byte[4 + 2 + ReportSize];
        BinaryPrimitives.WriteUInt32LittleEndian(answer, Input);
        BinaryPrimitives.WriteUInt16LittleEndian(answer.AsSpan(4), ReportSize);
        while (_device.Read(told) > 0)
        {
            switch (BinaryPrimitives.ReadUInt32LittleEndian(told))
            {
                case Stop:
                    return;
                case Output when !_pulled:
                    Span<byte> report = answer.AsSpan(6);
                    report.Clear();
                    Answer(told.AsSpan(4, BinaryPrimitives.ReadUInt16LittleEndian(told.AsSpan(OutputSizeAt))), report);
                    _device.Write(answer);
                    break;
            }
        }
    }

    private void Answer(ReadOnlySpan<byte> command, Span<byte> report)
    {
        report[0] = command[0];
        switch (command[0])
        {
            case Status:
                report[3] = command[3];
                report[20] = _nacked ? LastAddressNacked : (byte)0;
                _nacked &= command[2] != Status;
                break;
            case Write:
                Transfer(command, chip => chip.Write(_pending));
                break;
            case WriteWithoutStop:
                _pending = Payload(command);
                break;
            case Read or ReadAfterRestart:
                bool restart = command[0] == ReadAfterRestart;
                byte[] read = new byte[Length(command)];
                _read.Clear();
                Transfer(command[..4], chip =>
                {
                    if (restart)
                    {
                        chip.WriteRead(_pending, read);
                    }
                    else
                    {
                        chip.Read(read);
                    }

                    foreach (byte value in read)
                    {
                        _read.Enqueue(value);
                    }
                });
                break;
            case GetData when _nacked:
                report[2] = AddressNack;
                break;
            case GetData:
                report[2] = ReadComplete;
                report[3] = (byte)Math.Min(Piece, _read.Count);
                for (int i = 0; i < report[3]; i++)
                {
                    report[4 + i] = _read.Dequeue();
                }

                break;
            case GetSettings:
                // All zero: no analogue channels, so this is the last of its questions.
                _settled.TrySetResult();
                break;
            case GpioGet:
                // "Not a GPIO": the four lines serve something else.
                report[2..10].Fill(0xEE);
                break;
        }
    }

    private void Transfer(ReadOnlySpan<byte> command, Action<I2cDevice> transfer)
    {
        if (command.Length > 4)
        {
            _pending = Payload(command);
        }

        try
        {
            _nacked = !_chips.TryGetValue(command[3] >> 1, out I2cDevice? chip);
            if (chip is not null)
            {
                transfer(chip);
            }
        }
        catch (IOException)
        {
            _nacked = true;
        }
    }

    private static int Length(ReadOnlySpan<byte> command) => BinaryPrimitives.ReadUInt16LittleEndian(command[1..]);

    /// <summary>One report's worth: the chips of a bench are written a few bytes at a time.</summary>
    private static byte[] Payload(ReadOnlySpan<byte> command) => command.Slice(4, Length(command)).ToArray();
}
