using System.Diagnostics;
using System.Globalization;
using LabRunner.Reports.Formats;

namespace LabRunner.Reports.Benchmarks;

/// <summary>Draws the full report in a process of its own: time from its start to its end, its largest resident memory, size of the page.</summary>
internal static class DrawFigure
{
    /// <summary>What the child process does.</summary>
    internal static int Draw(string folder)
    {
        long started = TimeProvider.System.GetTimestamp();
        ReportRenderer.Render(folder);
        double seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds:0.000} {self.PeakWorkingSet64} {self.TotalProcessorTime.TotalSeconds:0.000}"));
        return 0;
    }

    /// <summary>Measures the night alone.</summary>
    internal static async Task MeasureAsync(string folder, Figures figures)
    {
        (double seconds, double megabytes, double processor) = await BetterAsync(folder).ConfigureAwait(false);
        figures.Add("report of 8 plugs, 12 h at 1 Hz, 300 incidents", seconds, 5, "s");
        Figures.Compare("  processor time of it, start of the process included", processor, "clock", seconds, "s");
        figures.Add("largest memory of the process", megabytes, 300, "MB");
        figures.Add("page", new FileInfo(Path.Combine(folder, "report", "index.html")).Length / 1e6, 3, "MB");
    }

    /// <summary>The same night with others beside it, whose incidents and rates it is held against: first as journals alone, then as nights leave them, with their summaries.</summary>
    internal static async Task MeasureWithNeighboursAsync(string folder, IReadOnlyList<string> neighbours, Figures figures)
    {
        (double undrawn, _, double undrawnBusy) = await BetterAsync(folder).ConfigureAwait(false);
        foreach (string neighbour in neighbours)
        {
            await OnceAsync(neighbour).ConfigureAwait(false);
        }

        (double drawn, double megabytes, double drawnBusy) = await BetterAsync(folder).ConfigureAwait(false);
        figures.Add($"the same with {neighbours.Count} nights beside it", drawn, 5, "s");
        Figures.Compare("  processor time of it", drawnBusy, "clock", drawn, "s");
        figures.Add("  largest memory of the process", megabytes, 300, "MB");
        figures.Add($"the same where none of the {neighbours.Count} was ever drawn", undrawn, 5, "s");
        Figures.Compare("  processor time of it", undrawnBusy, "clock", undrawn, "s");
    }

    /// <summary>The better of two runs, since another process may have the machine.</summary>
    private static async Task<(double Seconds, double Megabytes, double Processor)> BetterAsync(string folder)
    {
        (double seconds, double megabytes, double processor) = await OnceAsync(folder).ConfigureAwait(false);
        (double again, double peak, double busy) = await OnceAsync(folder).ConfigureAwait(false);
        return (Math.Min(seconds, again), Math.Min(megabytes, peak), Math.Min(processor, busy));
    }

    private static async Task<(double Seconds, double Megabytes, double Processor)> OnceAsync(string folder)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true };
        start.ArgumentList.Add("draw");
        start.ArgumentList.Add(folder);
        using Process child = Process.Start(start)!;
        string said = await child.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await child.WaitForExitAsync().ConfigureAwait(false);
        double[] told = [.. said.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(t => double.Parse(t, CultureInfo.InvariantCulture))];
        return (told[0], told[1] / 1e6, told[2]);
    }
}
