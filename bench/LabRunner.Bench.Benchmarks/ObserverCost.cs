using System.Globalization;
using LabRunner.Bench.Simulation;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Bench.Benchmarks;

/// <summary>
/// What it costs to watch a plug at the default cadences: the same virtual plugs alone and under the bench, on discrete-event time. The
/// difference is the bench: observers, console, classifier, ledger. System calls of real sockets and ttys are not in it.
/// </summary>
internal sealed class ObserverCost : IFigure
{
    private static readonly TimeSpan Watched = TimeSpan.FromMinutes(20);

    /// <inheritdoc/>
    public string Word => "observers";

    /// <inheritdoc/>
    public async Task MeasureAsync()
    {
        Console.WriteLine("Observer cost per plug at default cadence (share of one core at time scale 1; memory of the managed heap)");
        Console.WriteLine("plugs   model      watched    bench alone   memory per plug");
        await WatchedAsync(2);
        foreach (int plugs in new[] { 1, 8, 32, 64 })
        {
            (double watched, double memory) = await WatchedAsync(plugs);
            double alone = Alone(plugs);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{plugs,5}   {alone / plugs,7:0.000 %}   {watched / plugs,8:0.000 %}   {(watched - alone) / plugs,11:0.000 %}   {memory / plugs / 1024,10:0} KiB"));
        }
    }

    private static async Task<(double Cpu, double Memory)> WatchedAsync(int plugs)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await using SimulatedBench bench = await SimulatedBench.OpenAsync(new SimulationOptions
        {
            Plugs = [.. Enumerable.Range(1, plugs).Select(i => SimulatedBench.PlugNamed($"p{i}"))], Radio = RadioQuality.Ordinary,
        });
        TimeSpan began = Environment.CpuUsage.TotalTime;
        bench.Run(Watched);
        double cpu = (Environment.CpuUsage.TotalTime - began) / Watched;
        return (cpu, GC.GetTotalMemory(forceFullCollection: true) - before);
    }

    private static double Alone(int plugs)
    {
        Engine engine = new();
        foreach (int i in Enumerable.Range(1, plugs))
        {
            new VirtualPlug(SimulatedBench.PlugNamed($"p{i}"), 1, engine, new Nobody()).SetPower(true);
        }

        TimeSpan began = Environment.CpuUsage.TotalTime;
        engine.RunUntil(Watched);
        return (Environment.CpuUsage.TotalTime - began) / Watched;
    }

    /// <summary>A world in which nobody looks.</summary>
    private sealed class Nobody : IPlugOutside
    {
        public int UartBaud => 115_200;

        public void UartSent(TimeSpan at, ReadOnlyMemory<byte> bytes)
        {
        }

        public void ContactChanged(TimeSpan at, bool closed)
        {
        }

        public void LedChanged(TimeSpan at, bool lit)
        {
        }

        public void SelChanged(TimeSpan at, bool high)
        {
        }

        public void ReachableChanged(TimeSpan at, bool reachable)
        {
        }

        public void ServiceChanged(TimeSpan at, PlugService service, bool answers)
        {
        }

        public void BrokerPathChanged(TimeSpan at, BrokerPath path)
        {
        }

        public void LossChanged(TimeSpan at, double share)
        {
        }

        public void MqttConnect(TimeSpan at, string client, IReadOnlyList<string> subscriptions)
        {
        }

        public void MqttPublish(TimeSpan at, string topic, string payload, int qos, bool retain)
        {
        }

        public void MqttDisconnect(TimeSpan at)
        {
        }
    }
}
