using System.Globalization;
using LabRunner.Bench.Simulation;
using LabRunner.Bench.Simulation.Tests;

namespace LabRunner.Bench.Benchmarks;

/// <summary>How long after the onset of a planted failure its class is confirmed, run time, at default cadences on an ordinary Wi-Fi.</summary>
internal sealed class ClassLatency : IFigure
{
    private const int Seeds = 10;

    /// <inheritdoc/>
    public string Word => "latency";

    /// <inheritdoc/>
    public async Task MeasureAsync()
    {
        Console.WriteLine("Onset to class, run seconds (where the onset of the cause is not known: from the first symptom)");
        Console.WriteLine("class                   planted            median      worst");
        foreach (PlantedCase planted in PlantedCases.All.Where(c => c.Class != PlantedCase.Nothing))
        {
            List<double> times = [];
            for (long seed = 1; seed <= Seeds; seed++)
            {
                PlayedCase played = await PlayedCase.PlayAsync(planted, seed, RadioQuality.Ordinary);
                if (played is { IsRight: true, ToClass: { } time })
                {
                    times.Add(time);
                }
            }

            times.Sort();
            Console.WriteLine(times.Count == 0
                ? $"{planted.Class,-23} {planted.Name,-18} not named right"
                : string.Create(CultureInfo.InvariantCulture, $"{planted.Class,-23} {planted.Name,-18} {times[times.Count / 2],6:0.0}     {times[^1],6:0.0}"));
        }
    }
}
