using System.Globalization;
using System.Text;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>What an exception was.</summary>
/// <param name="Code">Exception code.</param>
/// <param name="Message">Its text.</param>
/// <param name="Mcause">mcause, hexadecimal.</param>
/// <param name="Mepc">mepc, hexadecimal.</param>
/// <param name="Mtval">mtval, hexadecimal.</param>
internal sealed record CrashKind(int Code, string Message, string Mcause, string Mepc, string Mtval)
{
    /// <summary>Load access fault as in issue #1292.</summary>
    public static CrashKind LoadAccessFault { get; } = new(5, "Load access fault", "38000005", "2308b834", "c202d41c");

    /// <summary>RISC-V exception code 2.</summary>
    public static CrashKind IllegalInstruction { get; } = new(2, "Illegal instruction", "38000002", "23045a1c", "00000000");

    /// <summary>RISC-V exception code 7.</summary>
    public static CrashKind StoreAccessFault { get; } = new(7, "Store access fault", "38000007", "2302c6e0", "7ff80000");
}

/// <summary>Prints the dump of SDK bl_irq.c: registers, cause, backtrace, core dump blocks until the watchdog bites.</summary>
internal sealed class CrashDump(PlugFirmware firmware, BootScope hardware)
{
    public void Print(CrashKind kind)
    {
        StringBuilder text = new();
        text.Append("Current task sp data:\r\n");
        uint seed = uint.Parse(kind.Mepc, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        text.Append(CultureInfo.InvariantCulture, $"RA: {seed + 0x1e:x8}, mstatus: 80007880\r\n");
        foreach ((string name, int count) in new[] { ("A", 8), ("T", 7), ("S", 8), ("S", 4) })
        {
            int first = name == "S" && count == 4 ? 8 : 0;
            text.AppendJoin(", ", Enumerable.Range(first, count).Select(i => string.Create(
                CultureInfo.InvariantCulture, $"{name}{i}: {(seed * (uint)(i + name[0])) ^ 0x4201_0000u:x8}")));
            text.Append("\r\n");
        }

        text.Append("Exception Entry--->>>\r\n");
        text.Append(CultureInfo.InvariantCulture, $"mcause {kind.Mcause}, mepc {kind.Mepc}, mtval {kind.Mtval}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Exception code: {kind.Code}\r\n  msg: {kind.Message}\r\n");
        firmware.Log.Raw(text.ToString());
        hardware.After(40, () => firmware.Log.Raw(
            $"backtrace task : httpd\r\nbacktrace sp: 4201d0f0\r\nbacktrace: 0x{kind.Mepc}\r\nbacktrace: 0x2308ba52\r\nbacktrace: 0x23012f7e\r\n"
            + "-+-+-+- BFLB COREDUMP v0.0.1 +-+-+-+\r\n"));
        Block(0);
    }

    private void Block(int number) => hardware.After(100, () =>
    {
        byte[] memory = new byte[192];
        for (int i = 0; i < memory.Length; i++)
        {
            memory[i] = (byte)((number * 31) + (i * 7));
        }

        firmware.Log.Raw(string.Create(CultureInfo.InvariantCulture, $"-+-+-+- data@{0x4200_0000 + (number * 192):x8} -+-+-+-\r\n")
            + Convert.ToBase64String(memory) + "\r\n");
        Block(number + 1);
    });
}
