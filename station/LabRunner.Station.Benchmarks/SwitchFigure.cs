using System.Diagnostics;
using System.Globalization;
using LabRunner.Bench.Benchmarks;

namespace LabRunner.Station.Benchmarks;

/// <summary>From the start of <c>labrunner power p1 on</c> to the edge, which a command of the slot's driver stamps: alone, and through a station.</summary>
internal sealed class SwitchFigure : IFigure
{
    private const int Rounds = 15;

    public string Word => "switch";

    public async Task MeasureAsync()
    {
        MeasuredStation station = new();
        await using (station.ConfigureAwait(false))
        {
            string edge = Path.Combine(station.Folder, "edge");
            await File.WriteAllTextAsync(station.Inventory, $$"""
                bench: measured
                slots:
                  p1:
                    board: sm-028-v1.3-b17
                    supply: isolated-3v3
                    power: { driver: command, on: "date +%s%N > {{edge}}", off: "true" }
                """).ConfigureAwait(false);
            double alone = await MedianAsync(station, edge, ["power", "p1", "on", "--for", "10ms", "--bench", station.Inventory]).ConfigureAwait(false);
            await station.StartAsync().ConfigureAwait(false);
            double through = await MedianAsync(station, edge, ["power", "p1", "on", "--bench", station.Inventory]).ConfigureAwait(false);
            Console.WriteLine($"{"from the start of labrunner to the edge, median of " + Rounds,-58}{"ms",10}{"ratio",12}");
            Console.WriteLine($"{"without a station: lease, guard, driver",-58}{alone,10:0}{1.0,11:0.00}x");
            Console.WriteLine($"{"through a station",-58}{through,10:0}{through / alone,11:0.00}x");
        }
    }

    private static async Task<double> MedianAsync(MeasuredStation station, string edge, string[] verb)
    {
        double[] milliseconds = new double[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            using (Process off = Process.Start(station.Command("power", "p1", "off", "--bench", station.Inventory))!)
            {
                await off.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
                await off.WaitForExitAsync().ConfigureAwait(false);
            }

            File.Delete(edge);
            double began = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            using Process process = Process.Start(station.Command(verb))!;
            await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
            await process.WaitForExitAsync().ConfigureAwait(false);
            milliseconds[i] = (double.Parse(await File.ReadAllTextAsync(edge).ConfigureAwait(false), CultureInfo.InvariantCulture) / 1e6) - began;
        }

        Array.Sort(milliseconds);
        return milliseconds[Rounds / 2];
    }
}
