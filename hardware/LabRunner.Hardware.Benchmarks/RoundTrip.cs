using System.IO.Pipelines;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Benchmarks;

/// <summary>A command of 8 bytes, echoed by a thread at the other end: what a flashing tool waits for at every step.</summary>
internal static class RoundTrip
{
    private const int Rounds = 2000;
    private const int WarmUp = 200;
    private static readonly Dictionary<Backend, List<double>> Taken = [];

    public static double Median(Backend backend) => Backend.Percentile(Times(backend), 0.5);

    public static double Tail(Backend backend) => Backend.Percentile(Times(backend), 0.99);

    private static List<double> Times(Backend backend)
    {
        if (!Taken.TryGetValue(backend, out List<double>? times))
        {
            Taken[backend] = times = Backend.Wait(MeasureAsync(backend));
        }

        return times;
    }

    private static async Task<List<double>> MeasureAsync(Backend backend)
    {
        using Pty peer = new();
        ISerialPort port = backend.Open(peer.Path);
        Thread echo = new(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                peer.Send(peer.Receive(8, CancellationToken.None), CancellationToken.None);
            }
        });
        echo.Start();
        List<double> times = [];
        byte[] command = new byte[8];
        for (int i = 0; i < Rounds; i++)
        {
            long started = TimeProvider.System.GetTimestamp();
            await port.WriteAsync(command, CancellationToken.None).ConfigureAwait(false);
            ReadResult reply = await port.Input.ReadAtLeastAsync(8).ConfigureAwait(false);
            port.Input.AdvanceTo(reply.Buffer.End);
            if (i >= WarmUp)
            {
                times.Add(TimeProvider.System.GetElapsedTime(started).TotalMicroseconds);
            }
        }

        echo.Join();
        Backend.Close(port);
        return times;
    }
}
