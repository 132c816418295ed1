using System.Runtime.InteropServices;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Benchmarks;

/// <summary>Sixteen DUTs that all talk at 200 kB a second. The CPU time of the thread that plays them is left out.</summary>
internal static unsafe partial class Fleet
{
    private const int Ports = 16;
    private const int LinesPerTurn = 64;
    private const int ThreadCpuTime = 3;

    // 64 lines of 64 bytes each turn: 200 kB a second.
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(LinesPerTurn * 64 / 200_000.0);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    /// <summary>Lines that were lost or came twice, over all benchmarks.</summary>
    public static int Lost { get; set; }

    public static double Share(Backend backend)
    {
        Pty[] peers = [.. Enumerable.Range(0, Ports).Select(_ => new Pty())];
        ISerialPort[] ports = [.. peers.Select(peer => backend.Open(peer.Path))];
        LineReader[] readers = [.. ports.Select(_ => new LineReader())];
        Task[] reading = [.. readers.Zip(ports, (reader, port) => Task.Run(() => reader.ReadAsync(port)))];
        TimeSpan used = Backend.Used;
        long started = TimeProvider.System.GetTimestamp();
        TimeSpan talking = default;
        int turns = (int)(Long / Turn);
        Thread talker = new(() => talking = Talk(peers, turns));
        talker.Start();
        talker.Join();
        Task.WaitAll(reading);
        TimeSpan took = TimeProvider.System.GetElapsedTime(started);
        double share = (Backend.Used - used - talking) / took;
        Lost += readers.Sum(reader => reader.Broken + Math.Abs(reader.Lines - (turns * LinesPerTurn)));
        if (took > Long * 1.1)
        {
            Console.WriteLine($"  (took {took.TotalSeconds:0.0} s instead of {Long.TotalSeconds:0}: the machine was too busy for 16 x 200 kB/s)");
        }

        Array.ForEach(ports, Backend.Close);
        Array.ForEach(peers, peer => peer.Dispose());
        return share * 100;
    }

    /// <returns>CPU time of the talking thread.</returns>
    private static TimeSpan Talk(Pty[] peers, int turns)
    {
        using ManualResetEventSlim never = new();
        long started = TimeProvider.System.GetTimestamp();
        for (int turn = 0; turn < turns; turn++)
        {
            byte[] lines = [.. Enumerable.Range(turn * LinesPerTurn, LinesPerTurn).SelectMany(n => LineReader.Line(n, n == (turns * LinesPerTurn) - 1))];
            foreach (Pty peer in peers)
            {
                peer.Send(lines, CancellationToken.None);
            }

            TimeSpan ahead = (Turn * (turn + 1)) - TimeProvider.System.GetElapsedTime(started);
            if (ahead > TimeSpan.Zero)
            {
                never.Wait(ahead);
            }
        }

        long* time = stackalloc long[2];
        return GetTime(ThreadCpuTime, time) == 0 ? TimeSpan.FromSeconds(time[0]) + TimeSpan.FromTicks(time[1] / 100) : default;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, long* time);
}
