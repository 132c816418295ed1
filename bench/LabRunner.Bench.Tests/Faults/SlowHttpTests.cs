using System.Net;
using System.Net.Sockets;
using System.Text;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Bench.Tests.Resume;
using LabRunner.Bench.Tests.Session;
using LabRunner.Bench.Watch;
using LabRunner.Hardware.Drivers.Plugs;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Faults;

/// <summary>A DUT that answers HTTP one byte a second, over a real socket.</summary>
[Category("bench-faults")]
[CancelAfter(180_000)]
[Parallelizable(ParallelScope.Self)]
public sealed class SlowHttpTests
{
    private static readonly byte[] Reply = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"uptime_s\":1,\"build\":\"x\",\"ip\":\"1\",\"mac\":\"2\",\"chipset\":\"BL602\"}");

    [Test]
    public async Task Reply_OfAByteASecond_IsGivenUpAtItsLimitAndNamed(CancellationToken token)
    {
        string folder = Directory.CreateTempSubdirectory("slow-").FullName;
        LabClock clock = LabClock.Start(10);
        await using FakePlug plug = new(clock);
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task serving = ServeAsync(listener, clock, stop.Token);
        SlotHardware slot = FakeNight.Slot("p1", plug);
        slot = new SlotHardware
        {
            Entry = slot.Entry, Power = slot.Power, Console = slot.Console, Ping = slot.Ping, Button = slot.Button, RelaySense = slot.RelaySense,
            Plug = new OpenBekenPlug($"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", clock, RequestLimits.Http(clock)),
        };
        await using (BenchSession bench = await FakeNight.OpenAsync(folder, clock, [slot], options => options, token))
        {
            while ((await bench.GetIncidentsAsync("p1", TimeSpan.Zero, token)).Count == 0
                || !(await bench.GetStatusAsync("p1", token)).Observers.Any(o => o is { Observer: "Hs", State: "dead" }))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, token);
            }

            // A beat later the incident knows it too.
            await Task.Delay(TimeSpan.FromSeconds(5), clock, token);
            await bench.FinishAsync("completed", token);
        }

        await stop.CancelAsync();
        await serving;
        RunRecord run = RunReader.Read(folder);
        Directory.Delete(folder, recursive: true);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Incidents[0].Story, Does.Contain("small page"), "the web server is what is dead");
            Assert.That(run.Observations.Where(o => o is { Observer: "Hs", Alive: false }).Select(o => o.Detail), Has.All.Contains("no reply within"));
            Assert.That(run.Observations.Any(o => o is { Observer: "T", Alive: true }), Is.True, "it takes connections");
            Assert.That(run.Outcome, Is.EqualTo("completed"), "the night goes on and ends");
        }
    }

    private static async Task ServeAsync(TcpListener listener, LabClock clock, CancellationToken token)
    {
        try
        {
            while (true)
            {
                TcpClient client = await listener.AcceptTcpClientAsync(token);
                _ = DripAsync(client, clock, token);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private static async Task DripAsync(TcpClient client, LabClock clock, CancellationToken token)
    {
        using (client)
        {
            try
            {
                foreach (byte one in Reply)
                {
                    await client.GetStream().WriteAsync(new[] { one }, token);
                    await Task.Delay(TimeSpan.FromSeconds(1), clock, token);
                }
            }
            catch (Exception gone) when (gone is IOException or OperationCanceledException)
            {
                // Nobody waits for the rest.
            }
        }
    }
}
