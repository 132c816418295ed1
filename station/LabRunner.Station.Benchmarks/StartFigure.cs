using System.Diagnostics;
using LabRunner.Bench.Benchmarks;

namespace LabRunner.Station.Benchmarks;

/// <summary>How long a verb takes from the start of its process to its end, as shares of the aim.</summary>
internal sealed class StartFigure : IFigure
{
    private const int Rounds = 21;
    private const double AimMilliseconds = 150;

    public string Word => "start";

    public async Task MeasureAsync()
    {
        MeasuredStation none = new();
        await using (none.ConfigureAwait(false))
        {
            Console.WriteLine($"{"start of a verb, median of " + Rounds,-58}{"ms",10}{"of 150 ms",12}");
            foreach (string[] verb in new[] { new[] { "--version" }, ["power", "--help"], ["lease", "list", "--json"] })
            {
                double[] milliseconds = new double[Rounds];
                for (int i = 0; i < Rounds; i++)
                {
                    long began = TimeProvider.System.GetTimestamp();
                    using Process process = Process.Start(none.Command(verb))!;
                    await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
                    await process.WaitForExitAsync().ConfigureAwait(false);
                    milliseconds[i] = TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
                }

                Array.Sort(milliseconds);
                Console.WriteLine($"{"labrunner " + string.Join(' ', verb),-58}{milliseconds[Rounds / 2],10:0}{milliseconds[Rounds / 2] / AimMilliseconds,11:0.00}x");
            }
        }
    }
}
