using System.Buffers.Binary;
using System.Text;
using LabRunner.Hardware.Lines;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>
/// The kernel's GPIO character device interface, version 2 (include/uapi/linux/gpio.h, Linux 5.10 and newer): requests as bytes. Pure, so that
/// the layout can be checked without a chip. Little endian, as every machine it runs on.
/// </summary>
internal static class GpioUapi
{
    public const int ChipInfoSize = 68;
    public const int LineInfoSize = 256;
    public const int RequestSize = 592;
    public const int ConfigSize = 272;
    public const int ValuesSize = 16;
    public const int EventSize = 48;

    public const uint GetChipInfo = (2u << 30) | (ChipInfoSize << 16) | 0xB401;
    public const uint GetLineInfo = (3u << 30) | (LineInfoSize << 16) | 0xB405;
    public const uint GetLine = (3u << 30) | (RequestSize << 16) | 0xB407;
    public const uint SetConfig = (3u << 30) | (ConfigSize << 16) | 0xB40D;
    public const uint GetValues = (3u << 30) | (ValuesSize << 16) | 0xB40E;
    public const uint SetValues = (3u << 30) | (ValuesSize << 16) | 0xB40F;

    private const int NameLength = 32;
    private const int ConfigOffset = 288;
    private const int LineCountOffset = 560;
    private const int BufferOffset = 564;
    private const int DescriptorOffset = 588;
    private const int AttributesOffset = 32;
    private const int AttributeSize = 24;
    private const uint OutputValuesAttribute = 2;
    private const uint DebounceAttribute = 3;

    /// <summary>GPIO_V2_LINE_FLAG_….</summary>
    [Flags]
    public enum LineFlags : ulong
    {
        None = 0,
        Used = 1,
        Input = 4,
        Output = 8,
        RisingEdge = 16,
        FallingEdge = 32,
        OpenDrain = 64,
        OpenSource = 128,
        PullUp = 256,
        PullDown = 512,
        BiasOff = 1024,
    }

    /// <summary>gpiochip_info.</summary>
    public static ChipFacts ReadChipInfo(ReadOnlySpan<byte> info) =>
        new(Name(info), Name(info[NameLength..]), BinaryPrimitives.ReadInt32LittleEndian(info[64..]));

    /// <summary>gpio_v2_line_info: the question.</summary>
    public static void WriteLineInfo(Span<byte> info, int line)
    {
        info[..LineInfoSize].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(info[64..], line);
    }

    /// <summary>gpio_v2_line_info: the answer.</summary>
    public static LineFacts ReadLineInfo(ReadOnlySpan<byte> info) =>
        new(Name(info), Name(info[NameLength..]), (LineFlags)BinaryPrimitives.ReadUInt64LittleEndian(info[72..]));

    /// <summary>
    /// gpio_v2_line_config of one line. The initial level of an output travels with its direction, so that it does not click; the debounce
    /// time is in whole microseconds.
    /// </summary>
    public static void WriteConfig(Span<byte> config, LineFlags flags, bool high, TimeSpan debounce)
    {
        config[..ConfigSize].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(config, (ulong)flags);
        int attributes = 0;
        if (flags.HasFlag(LineFlags.Output))
        {
            WriteAttribute(config, attributes++, OutputValuesAttribute, high ? 1UL : 0);
        }

        if (debounce > TimeSpan.Zero)
        {
            WriteAttribute(config, attributes++, DebounceAttribute, (uint)Math.Ceiling(debounce.TotalMicroseconds));
        }

        BinaryPrimitives.WriteInt32LittleEndian(config[8..], attributes);
    }

    /// <summary>gpio_v2_line_request of one line.</summary>
    public static void WriteRequest(Span<byte> request, int line, string consumer, LineFlags flags, bool high, TimeSpan debounce, int bufferedEvents)
    {
        request[..RequestSize].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(request, line);
        string name = consumer.Length < NameLength ? consumer : consumer[..(NameLength - 1)];
        Encoding.ASCII.GetBytes(name, request[256..]);
        WriteConfig(request[ConfigOffset..], flags, high, debounce);
        BinaryPrimitives.WriteInt32LittleEndian(request[LineCountOffset..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(request[BufferOffset..], bufferedEvents);
    }

    /// <summary>Descriptor of the line that the kernel put into the request.</summary>
    public static int ReadDescriptor(ReadOnlySpan<byte> request) => BinaryPrimitives.ReadInt32LittleEndian(request[DescriptorOffset..]);

    /// <summary>gpio_v2_line_values of one line.</summary>
    public static void WriteValues(Span<byte> values, bool high)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(values, high ? 1UL : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(values[8..], 1);
    }

    /// <summary>Level out of gpio_v2_line_values.</summary>
    public static bool ReadValue(ReadOnlySpan<byte> values) => (BinaryPrimitives.ReadUInt64LittleEndian(values) & 1) != 0;

    /// <summary>gpio_v2_line_event; time is CLOCK_MONOTONIC, the kernel's default.</summary>
    public static LineEdge ReadEvent(ReadOnlySpan<byte> raw) =>
        new(
            BinaryPrimitives.ReadInt32LittleEndian(raw[12..]),
            BinaryPrimitives.ReadUInt32LittleEndian(raw[8..]) == 1,
            BinaryPrimitives.ReadInt64LittleEndian(raw),
            BinaryPrimitives.ReadUInt32LittleEndian(raw[20..]));

    private static void WriteAttribute(Span<byte> config, int index, uint id, ulong value)
    {
        Span<byte> attribute = config[(AttributesOffset + (index * AttributeSize))..];
        BinaryPrimitives.WriteUInt32LittleEndian(attribute, id);
        BinaryPrimitives.WriteUInt64LittleEndian(attribute[8..], value);
        BinaryPrimitives.WriteUInt64LittleEndian(attribute[16..], 1);
    }

    private static string Name(ReadOnlySpan<byte> field)
    {
        ReadOnlySpan<byte> name = field[..NameLength];
        int end = name.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? name : name[..end]);
    }
}

/// <summary>What a chip says of itself.</summary>
/// <param name="Name">gpiochipN.</param>
/// <param name="Label">Name of the hardware, such as pinctrl-rp1.</param>
/// <param name="Lines">How many lines it has.</param>
internal readonly record struct ChipFacts(string Name, string Label, int Lines);

/// <summary>What a chip says of one of its lines.</summary>
/// <param name="Name">Name the board's firmware gave it; may be empty.</param>
/// <param name="Consumer">Who holds it; empty where nobody does.</param>
/// <param name="Flags">Used, direction and the rest.</param>
internal readonly record struct LineFacts(string Name, string Consumer, GpioUapi.LineFlags Flags);
