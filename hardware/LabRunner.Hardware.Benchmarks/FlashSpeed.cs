using LabRunner.Hardware.Tests.Flashing;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Benchmarks;

/// <summary>
/// 800 KB written to a virtual BL602 through a PTY at 2,000,000 baud. Paced: the virtual UART gives every byte its 10 bits, so the share of the
/// line's rate shows what is lost between two frames. Unpaced: the line costs nothing and the flash next to nothing, what is left is the host's own work.
/// </summary>
internal static class FlashSpeed
{
    public const string Name = "flash";

    private const int Bytes = 800 * 1024;
    private const int Frame = 2048;
    private const int Baud = 2_000_000;
    private const uint Address = 0x10000;

    // Programming 2,048 bytes takes 3.6 ms on the chip and so 0.09 ms here; faster still, the loader would fall asleep between two frames.
    private const double FastFlash = 40;

    public static void Print()
    {
        byte[] data = new byte[Bytes];
        new Chance(1, "flash speed").Fill(data);
        double paced = Backend.Wait(WriteAsync(data, 1, true));
        double unpaced = Backend.Wait(WriteAsync(data, FastFlash, false));
        double line = Bytes * 10.0 / Baud;
        Console.WriteLine($"{"BL602, 800 KB written at 2,000,000 baud, share of the line's rate, % (aim: 90)",-80}{line / paced * 100,10:0.0}");
        Console.WriteLine($"{"the same, KB/s of 195.3",-80}{Bytes / paced / 1024,10:0.0}");
        Console.WriteLine($"{"lost between two frames of 2,048 bytes, ms",-80}{(paced - (line * (Frame + 10) / Frame)) / (Bytes / Frame) * 1000,10:0.00}");
        Console.WriteLine($"{"host's own work a frame, line unpaced, ms",-80}{unpaced / (Bytes / Frame) * 1000,10:0.00}");
    }

    /// <summary>Machine seconds of the write, erasing not counted.</summary>
    private static async Task<double> WriteAsync(byte[] data, double scale, bool paced)
    {
        FlashBench bench = new(scale);
        await using (bench.ConfigureAwait(false))
        {
            bench.Plug.UartPaced = paced;
            return await bench.WithSessionAsync(async session =>
            {
                await session.EraseAsync(Address, data.Length, null, CancellationToken.None).ConfigureAwait(false);
                long started = TimeProvider.System.GetTimestamp();
                await session.WriteAsync(Address, data, null, CancellationToken.None).ConfigureAwait(false);
                return TimeProvider.System.GetElapsedTime(started).TotalSeconds;
            }).ConfigureAwait(false);
        }
    }
}
