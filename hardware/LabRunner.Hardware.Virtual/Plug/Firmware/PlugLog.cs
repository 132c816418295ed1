using System.Text;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>Log levels of logging.c.</summary>
internal enum LogLevel
{
    None = 0,
    Error = 1,
    Warn = 2,
    Info = 3,
    Debug = 4,
    ExtraDebug = 5,
}

/// <summary>Log of the application: "Level:FEATURE:text" lines to the UART and to the 4,096-byte ring that /logs drains.</summary>
internal sealed class PlugLog(PlugFirmware firmware)
{
    /// <summary>Ring size; what a reader is too late for is lost without a mark.</summary>
    public const int RingBytes = 4096;

    /// <summary>Features in the order of their bits; a name outside the list is always logged.</summary>
    public static IReadOnlyList<string> FeatureNames { get; } =
    [
        "HTTP", "MQTT", "CFG", "HTTP_CLIENT", "OTA", "PINS", "MAIN", "GEN", "API", "LFS", "CMD", "NTP", "TuyaMCU", "I2C", "EnergyMeter",
        "EVENT", "DGR", "DDP", "RAW",
    ];

    private const int LongestLine = 1024;
    private readonly StringBuilder _ring = new();

    public int Level { get; set; } = (int)LogLevel.Info;

    /// <summary>logdelay: every log call sleeps this long.</summary>
    public TimeSpan Delay { get; set; }

    public uint Features { get; set; } = 0xFFFFFFFF;

    /// <summary>Lines of the running command, for /cmd_tool.</summary>
    public List<string>? Capture { get; set; }

    public void Info(string feature, string text) => Write(LogLevel.Info, feature, text);

    public void Warn(string feature, string text) => Write(LogLevel.Warn, feature, text);

    public void Error(string feature, string text) => Write(LogLevel.Error, feature, text);

    public void Debug(string feature, string text) => Write(LogLevel.Debug, feature, text);

    public void Write(LogLevel level, string feature, string text)
    {
        if ((int)level > Level || !Wanted(feature))
        {
            return;
        }

        string line = $"{level}:{feature}:{text}";
        if (line.Length > LongestLine - 2)
        {
            line = line[..(LongestLine - 2)];
        }

        line += "\r\n";
        Capture?.Add(line);
        _ring.Append(line);
        if (_ring.Length > RingBytes)
        {
            _ring.Remove(0, _ring.Length - RingBytes);
        }

        Raw(line);
    }

    private bool Wanted(string feature)
    {
        for (int i = 0; i < FeatureNames.Count; i++)
        {
            if (FeatureNames[i] == feature)
            {
                return (Features & (1u << i)) != 0;
            }
        }

        return true;
    }

    /// <summary>Bytes to the UART only: banner, printf of the SDK, crash dumps.</summary>
    public void Raw(string text) => firmware.Plug.UartSend(Encoding.UTF8.GetBytes(text));

    /// <summary>Takes what is in the ring: each byte is given once.</summary>
    public string Drain()
    {
        string text = _ring.ToString();
        _ring.Clear();
        return text;
    }
}
