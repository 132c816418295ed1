using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Benchmarks;

/// <summary>A boot log as fast as the kernel takes it: how long until its last line is matched.</summary>
internal static class BootLog
{
    private const int LogBytes = 220 * 1024;
    // The first rounds are the compiler's: it replaces the code of a hot loop while that runs.
    private const int WarmUp = 5;
    private const int Rounds = WarmUp + 15;

    public static double ToMatchedLine(Backend backend)
    {
        using Pty peer = new();
        ISerialPort port = backend.Open(peer.Path);
        int lines = LogBytes / 64;
        byte[] log = [.. Enumerable.Range(0, lines).SelectMany(n => LineReader.Line(n, n == lines - 1))];
        List<double> times = [];
        for (int round = 0; round < Rounds; round++)
        {
            LineReader reader = new();
            Task reading = Task.Run(() => reader.ReadAsync(port));
            long started = TimeProvider.System.GetTimestamp();
            peer.Send(log, CancellationToken.None);
            reading.GetAwaiter().GetResult();
            if (round >= WarmUp)
            {
                times.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
            }

            Fleet.Lost += reader.Broken + Math.Abs(reader.Lines - lines);
        }

        Backend.Close(port);
        return Backend.Percentile(times, 0.5);
    }
}
