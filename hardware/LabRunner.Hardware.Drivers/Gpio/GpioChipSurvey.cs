using LabRunner.Hardware.Drivers.Native;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>A line as its chip describes it.</summary>
/// <param name="Offset">Number of the line on its chip; on a Raspberry Pi's main chip the BCM number.</param>
/// <param name="Name">Name that the machine's description gives it, empty for none.</param>
/// <param name="Consumer">Who holds it, empty for none.</param>
/// <param name="Used">True: the kernel or another process holds it.</param>
public sealed record GpioLineFacts(int Offset, string Name, string Consumer, bool Used);

/// <summary>A chip as it describes itself.</summary>
/// <param name="Label">Name of the hardware, such as pinctrl-rp1.</param>
/// <param name="Lines">All its lines, by offset.</param>
public sealed record GpioChipFacts(string Label, IReadOnlyList<GpioLineFacts> Lines);

/// <summary>
/// Asks GPIO chips what they are (GPIO_GET_CHIPINFO_IOCTL and GPIO_V2_GET_LINEINFO_IOCTL of include/uapi/linux/gpio.h). No line is requested
/// and none changes. Thread safe.
/// </summary>
public static unsafe class GpioChipSurvey
{
    /// <summary>Asks a chip.</summary>
    /// <param name="path">Its node, such as /dev/gpiochip0.</param>
    /// <exception cref="IOException">No such node, no right to it, or it is no GPIO chip.</exception>
    public static GpioChipFacts Read(string path)
    {
        int chip = Libc.Open(path, Libc.ReadOnly | Libc.CloseOnExec);
        if (chip < 0)
        {
            throw Libc.Error(path);
        }

        try
        {
            byte* info = stackalloc byte[GpioUapi.LineInfoSize];
            if (Libc.Ioctl(chip, GpioUapi.GetChipInfo, info) < 0)
            {
                throw Libc.Error($"{path} is no GPIO chip");
            }

            ChipFacts facts = GpioUapi.ReadChipInfo(new ReadOnlySpan<byte>(info, GpioUapi.ChipInfoSize));
            GpioLineFacts[] lines = new GpioLineFacts[facts.Lines];
            for (int offset = 0; offset < lines.Length; offset++)
            {
                GpioUapi.WriteLineInfo(new Span<byte>(info, GpioUapi.LineInfoSize), offset);
                if (Libc.Ioctl(chip, GpioUapi.GetLineInfo, info) < 0)
                {
                    throw Libc.Error($"{path} line {offset}");
                }

                LineFacts line = GpioUapi.ReadLineInfo(new ReadOnlySpan<byte>(info, GpioUapi.LineInfoSize));
                lines[offset] = new(offset, line.Name, line.Consumer, line.Flags.HasFlag(GpioUapi.LineFlags.Used));
            }

            return new(facts.Label, lines);
        }
        finally
        {
            _ = Libc.Close(chip);
        }
    }
}
