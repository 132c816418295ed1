using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using LabRunner.Bench.Benchmarks;

namespace LabRunner.Station.Benchmarks;

/// <summary>CPU and memory of a station with 32 virtual plugs: idle (watched, off, nobody looks), and busy (all on, four viewers as the page is one).</summary>
internal sealed class LoadFigure : IFigure
{
    private const int Plugs = 32;
    private const int Viewers = 4;

    // An INA219 has sixteen addresses.
    private const int Rails = 16;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(20);

    public string Word => "load";

    public async Task MeasureAsync()
    {
        MeasuredStation station = new();
        await using (station.ConfigureAwait(false))
        {
            await File.WriteAllTextAsync(station.Inventory, Inventory()).ConfigureAwait(false);
            await station.StartAsync().ConfigureAwait(false);
            await Task.Delay(Settle, TimeProvider.System).ConfigureAwait(false);
            (double cpu, double megabytes) idle = await UseAsync(station).ConfigureAwait(false);
            using HttpClient client = station.Client();
            for (int i = 1; i <= Plugs; i++)
            {
                (await client.PostAsJsonAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"slots/p{i}/power"), UriKind.Relative), new { state = "on" }).ConfigureAwait(false)).EnsureSuccessStatusCode();
            }

            using CancellationTokenSource stop = new();
            Task[] viewers = [.. Enumerable.Range(1, Viewers).Select(i => Task.Run(() => ViewAsync(station, i, stop.Token)))];
            await Task.Delay(Settle, TimeProvider.System).ConfigureAwait(false);
            (double cpu, double megabytes) busy = await UseAsync(station).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(viewers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Console.WriteLine($"{$"station of {Plugs} virtual plugs, over {Length.TotalSeconds:0} s",-58}{"% of a core",12}{"MB",8}{"ratio",9}");
            Console.WriteLine($"{"idle: watched, off, nobody looks",-58}{idle.cpu,12:0.0}{idle.megabytes,8:0}{1.0,8:0.0}x");
            Console.WriteLine($"{$"busy: all on, {Viewers} viewers",-58}{busy.cpu,12:0.0}{busy.megabytes,8:0}{busy.cpu / idle.cpu,8:0.0}x");
        }
    }

    private static async Task<(double Cpu, double Megabytes)> UseAsync(MeasuredStation station)
    {
        (TimeSpan before, _) = station.Usage();
        long began = TimeProvider.System.GetTimestamp();
        await Task.Delay(Length, TimeProvider.System).ConfigureAwait(false);
        (TimeSpan after, long bytes) = station.Usage();
        return ((after - before) / TimeProvider.System.GetElapsedTime(began) * 100, bytes / 1e6);
    }

    /// <summary>What the page of a slot does: bench and slots each second, its samples, events and operations each third, and its console.</summary>
    private static async Task ViewAsync(MeasuredStation station, int slot, CancellationToken cancellationToken)
    {
        using HttpClient client = station.Client();
        Task console = Task.Run(
            async () =>
            {
                using Stream stream = await client.GetStreamAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"slots/p{slot}/console/stream?from=0"), UriKind.Relative), cancellationToken).ConfigureAwait(false);
                await stream.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);
        string[] seldom = [$"slots/p{slot}/samples?seconds=600", $"slots/p{slot}/events", $"operations?slot=p{slot}"];
        for (int beats = 0; !cancellationToken.IsCancellationRequested; beats++)
        {
            await client.GetByteArrayAsync(new Uri("bench", UriKind.Relative), cancellationToken).ConfigureAwait(false);
            await client.GetByteArrayAsync(new Uri("slots", UriKind.Relative), cancellationToken).ConfigureAwait(false);
            if (beats % 3 == 0)
            {
                await Task.WhenAll(seldom.Select(path => client.GetByteArrayAsync(new Uri(path, UriKind.Relative), cancellationToken))).ConfigureAwait(false);
            }

            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        await console.ConfigureAwait(false);
    }

    private static string Inventory()
    {
        StringBuilder text = new("""
            bench: measured
            mqtt: { broker: "${virtual.mqtt}" }
            resources:
              harness:     { kind: gpio, driver: harness, socket: "${virtual.harness}" }
              harness-pwm: { kind: pwm, driver: harness, socket: "${virtual.harness}" }
              harness-i2c: { kind: i2c, driver: harness, socket: "${virtual.harness}" }
            slots:

            """);
        for (int i = 0; i < Plugs; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $$$"""
                  p{{{i + 1}}}:
                    board: sm-028-v1.3-b17
                    supply: isolated-3v3
                    power:      { driver: gpio, chip: harness, line: {{{8 * i}}} }
                    button:     { driver: gpio, chip: harness, line: {{{(8 * i) + 3}}} }
                    relaySense: { driver: gpio, chip: harness, line: {{{(8 * i) + 4}}} }
                    console:    { driver: tty, path: "${virtual.p{{{i + 1}}}.tty}" }
                    pulses:     { driver: pwm, chip: harness-pwm, cf: {{{3 * i}}}, cf1Voltage: {{{(3 * i) + 1}}}, cf1Current: {{{(3 * i) + 2}}}, followsSel: true }
                    ping:       { driver: udp-echo, address: "${virtual.p{{{i + 1}}}.echo}" }
                    http: "${virtual.p{{{i + 1}}}.http}"
                    mqtt: obk_p{{{i + 1}}}

                """);
            if (i < Rails)
            {
                text.Append(CultureInfo.InvariantCulture, $"    rail:       {{ driver: ina219, bus: harness-i2c, address: 0x{0x40 + i:x2} }}\n");
            }
        }

        text.Append("virtual:\n  maxTimeScale: 100\n  plugs:\n");
        for (int i = 1; i <= Plugs; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"    p{i}: {{ version: \"1.18.158\" }}\n");
        }

        return text.ToString();
    }
}
