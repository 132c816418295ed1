using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Benchmarks;

/// <summary>Consoles of silent DUTs, read all the time.</summary>
internal static class Idle
{
    private const int Ports = 8;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(5);

    public static double SharePerPort(Backend backend)
    {
        Pty[] peers = [.. Enumerable.Range(0, Ports).Select(_ => new Pty())];
        ISerialPort[] ports = [.. peers.Select(peer => backend.Open(peer.Path))];
        Task[] reading = [.. ports.Select(port => port.Input.ReadAsync().AsTask())];
        using ManualResetEventSlim never = new();
        never.Wait(TimeSpan.FromMilliseconds(200));
        TimeSpan used = Backend.Used;
        long started = TimeProvider.System.GetTimestamp();
        never.Wait(Long);
        double share = (Backend.Used - used) / TimeProvider.System.GetElapsedTime(started) / Ports;
        Array.ForEach(ports, Backend.Close);
        Task.WaitAll(reading);
        Array.ForEach(peers, peer => peer.Dispose());
        return share * 100;
    }
}
