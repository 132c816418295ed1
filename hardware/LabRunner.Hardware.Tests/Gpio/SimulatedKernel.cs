using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Drivers.Native;

namespace LabRunner.Hardware.Tests.Gpio;

/// <summary>
/// A GPIO chip in this process behind the kernel's own bytes: it answers the ioctls of one chip and writes events into pipes, so that the
/// driver's poll(2) and read(2) are real. It knows pulls, open drain and open source, who holds a line, and a buffer of 1,024 edges a line
/// that throws the oldest away.
/// </summary>
internal sealed unsafe class SimulatedKernel(int lines) : IGpioKernel
{
    private const int Buffered = 1024;

    // FIONREAD
    private const uint BytesWaiting = 0x541B;

    private readonly Lock _gate = new();
    private readonly SimulatedLine[] _lines = [.. Enumerable.Range(0, lines).Select(_ => new SimulatedLine())];

    /// <summary>Levels a line had, in order.</summary>
    public List<bool> Levels(int line) => _lines[line].Levels;

    public bool this[int line] => _lines[line].Level;

    public string Consumer(int line) => _lines[line].Held ? _lines[line].Consumer : "";

    public void Name(int line, string name) => _lines[line].Name = name;

    /// <summary>Somebody else takes a line.</summary>
    public void Hold(int line, string consumer) => (_lines[line].Consumer, _lines[line].HeldOutside) = (consumer, true);

    /// <summary>Drives a line from outside, weakly.</summary>
    public void Pull(int line, bool high)
    {
        lock (_gate)
        {
            _lines[line].Pull = high;
            _lines[line].Settle(line);
        }
    }

    public int Open(string path) => Libc.EventDescriptor(0, Libc.CloseOnExec);

    public int Ioctl(int descriptor, uint request, byte* argument)
    {
        lock (_gate)
        {
            switch (request)
            {
                case GpioUapi.GetChipInfo:
                    Span<byte> chip = new(argument, GpioUapi.ChipInfoSize);
                    chip.Clear();
                    Encoding.ASCII.GetBytes("gpiochip0").CopyTo(chip);
                    Encoding.ASCII.GetBytes("simulated").CopyTo(chip[32..]);
                    BinaryPrimitives.WriteInt32LittleEndian(chip[64..], _lines.Length);
                    return 0;
                case GpioUapi.GetLineInfo:
                    return Info(new Span<byte>(argument, GpioUapi.LineInfoSize));
                case GpioUapi.GetLine:
                    return Request(new Span<byte>(argument, GpioUapi.RequestSize));
            }

            int number = Array.FindIndex(_lines, line => line.Descriptor == descriptor && line.Held);
            if (number < 0)
            {
                return Fail(9);
            }

            SimulatedLine held = _lines[number];
            Span<byte> bytes = new(argument, request == GpioUapi.SetConfig ? GpioUapi.ConfigSize : GpioUapi.ValuesSize);
            switch (request)
            {
                case GpioUapi.SetConfig:
                    held.Configure(bytes);
                    break;
                case GpioUapi.SetValues when held.Flags.HasFlag(GpioUapi.LineFlags.Output):
                    held.Value = GpioUapi.ReadValue(bytes);
                    break;
                case GpioUapi.GetValues:
                    GpioUapi.WriteValues(bytes, held.Level);
                    return 0;
                default:
                    return Fail(Libc.EPERM);
            }

            held.Settle(number);
            return 0;
        }
    }

    private static int Fail(int errno)
    {
        Marshal.SetLastPInvokeError(errno);
        return -1;
    }

    private int Info(Span<byte> info)
    {
        SimulatedLine line = _lines[BinaryPrimitives.ReadInt32LittleEndian(info[64..])];
        Encoding.ASCII.GetBytes(line.Name).CopyTo(info);
        Encoding.ASCII.GetBytes(line.Held ? line.Consumer : "").CopyTo(info[32..]);
        BinaryPrimitives.WriteUInt64LittleEndian(info[72..], (ulong)(line.Held ? line.Flags | GpioUapi.LineFlags.Used : line.Flags & ~GpioUapi.LineFlags.Used));
        return 0;
    }

    private int Request(Span<byte> request)
    {
        int number = BinaryPrimitives.ReadInt32LittleEndian(request);
        SimulatedLine line = _lines[number];
        if (line.Held)
        {
            return Fail(Libc.EBUSY);
        }

        line.Consumer = Encoding.ASCII.GetString(request[256..288]).TrimEnd('\0');
        int* pipe = stackalloc int[2];
        if (Pipe(pipe, Libc.CloseOnExec | Libc.NonBlocking) < 0)
        {
            throw Libc.Error("pipe2");
        }

        line.Take(pipe[0], pipe[1]);
        line.Configure(request[288..560]);
        line.Settle(number);
        BinaryPrimitives.WriteInt32LittleEndian(request[588..], pipe[0]);
        return 0;
    }

    [DllImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static extern int Pipe(int* ends, int flags);

    private sealed class SimulatedLine
    {
        private int _write = -1;
        private uint _sequence;

        public string Name { get; set; } = "";

        public string Consumer { get; set; } = "";

        public bool HeldOutside { get; set; }

        public int Descriptor { get; private set; } = -1;

        public GpioUapi.LineFlags Flags { get; private set; } = GpioUapi.LineFlags.Input;

        public bool Value { get; set; }

        public bool Pull { get; set; }

        public bool Level { get; private set; }

        public List<bool> Levels { get; } = [false];

        /// <summary>The reading end is open: the driver closes it to give the line back.</summary>
        public bool Held
        {
            get
            {
                Libc.PollEntry entry = new() { Descriptor = _write };
                return HeldOutside || (_write >= 0 && Libc.Poll(&entry, 1, 0) >= 0 && (entry.Returned & 8) == 0);
            }
        }

        public void Take(int read, int write)
        {
            if (_write >= 0)
            {
                _ = Libc.Close(_write);
            }

            (Descriptor, _write, _sequence) = (read, write, 0);
        }

        public void Configure(ReadOnlySpan<byte> config)
        {
            GpioUapi.LineFlags flags = (GpioUapi.LineFlags)BinaryPrimitives.ReadUInt64LittleEndian(config);
            if ((flags & (GpioUapi.LineFlags.Input | GpioUapi.LineFlags.Output)) != 0)
            {
                Flags = flags;
            }

            Pull = Flags.HasFlag(GpioUapi.LineFlags.PullUp) || (Pull && !Flags.HasFlag(GpioUapi.LineFlags.PullDown));
            if (flags.HasFlag(GpioUapi.LineFlags.Output))
            {
                Value = (config[40] & 1) != 0;
            }
        }

        public void Settle(int number)
        {
            bool driven = Flags.HasFlag(GpioUapi.LineFlags.Output)
                && !(Flags.HasFlag(GpioUapi.LineFlags.OpenDrain) && Value) && !(Flags.HasFlag(GpioUapi.LineFlags.OpenSource) && !Value);
            bool level = driven ? Value : Pull;
            if (level == Level)
            {
                return;
            }

            Level = level;
            Levels.Add(level);
            if (Flags.HasFlag(level ? GpioUapi.LineFlags.RisingEdge : GpioUapi.LineFlags.FallingEdge) && Held)
            {
                byte[] raw = new byte[GpioUapi.EventSize];
                BinaryPrimitives.WriteInt64LittleEndian(raw, TimeProvider.System.GetTimestamp());
                BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(8), level ? 1u : 2u);
                BinaryPrimitives.WriteInt32LittleEndian(raw.AsSpan(12), number);
                BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(20), ++_sequence);
                MakeRoom();
                fixed (byte* first = raw)
                {
                    _ = Libc.Write(_write, first, GpioUapi.EventSize);
                }
            }
        }

        /// <summary>Both ends are this process's: the oldest event of a full buffer is read away here.</summary>
        private void MakeRoom()
        {
            int waiting;
            if (Libc.Ioctl(Descriptor, BytesWaiting, &waiting) == 0 && waiting >= Buffered * GpioUapi.EventSize)
            {
                byte* oldest = stackalloc byte[GpioUapi.EventSize];
                _ = Libc.Read(Descriptor, oldest, GpioUapi.EventSize);
            }
        }
    }
}
