using LabRunner.Hardware.Flashing;
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

    // Head and address of a frame, and the OK.
    private const int OverheadBytes = 10;
    private const uint Address = 0x10000;

    // Programming 2,048 bytes takes 3.6 ms on the chip and so 0.09 ms here; faster still, the loader would fall asleep between two frames.
    private const double FastFlash = 40;

    public static void Print()
    {
        byte[] data = new byte[Bytes];
        new Chance(1, "flash speed").Fill(data);
        List<double> paced = Backend.Wait(WriteAsync(data, 1, true));
        List<double> unpaced = Backend.Wait(WriteAsync(data, FastFlash, false));
        double line = Frame * 10.0 / Baud;
        double withRest = (Frame + OverheadBytes) * 10.0 / Baud;
        double median = Backend.Percentile([.. paced], 0.5);
        Tell("BL602, 800 KB written at 2,000,000 baud, share of the line's rate, % (aim: 90)", line / paced.Average() * 100);
        Tell("the same by the median frame, which other work on the machine disturbs less, %", line / median * 100);
        Tell("KB/s of 195.3", Frame / paced.Average() / 1024);
        Tell("lost between two frames of 2,048 bytes, median, ms", (median - withRest) * 1000);
        Tell("host and virtual chip together, a frame on an unpaced line, median, ms", Backend.Percentile(unpaced, 0.5) * 1000);
    }

    private static void Tell(string what, double value) => Console.WriteLine($"{what,-82}{value,10:0.00}");

    /// <summary>Machine seconds of each frame of the write, erasing not counted.</summary>
    private static async Task<List<double>> WriteAsync(byte[] data, double scale, bool paced)
    {
        FlashBench bench = new(scale);
        await using (bench.ConfigureAwait(false))
        {
            bench.Plug.UartPaced = paced;
            return await bench.WithSessionAsync(async session =>
            {
                await session.EraseAsync(Address, data.Length, null, CancellationToken.None).ConfigureAwait(false);
                Frames frames = new();
                await session.WriteAsync(Address, data, frames, CancellationToken.None).ConfigureAwait(false);
                return frames.Seconds;
            }).ConfigureAwait(false);
        }
    }

    /// <summary>Times from one frame's answer to the next one's.</summary>
    private sealed class Frames : IProgress<FlashProgress>
    {
        private long _last = TimeProvider.System.GetTimestamp();

        public List<double> Seconds { get; } = [];

        public void Report(FlashProgress value)
        {
            long now = TimeProvider.System.GetTimestamp();
            Seconds.Add(TimeProvider.System.GetElapsedTime(_last, now).TotalSeconds);
            _last = now;
        }
    }
}
