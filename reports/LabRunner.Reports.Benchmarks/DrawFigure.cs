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

    /// <summary>Measures; the better of two runs, since another process may have the machine.</summary>
    internal static async Task MeasureAsync(string folder, Figures figures)
    {
        double seconds = double.MaxValue;
        double megabytes = double.MaxValue;
        double processor = double.MaxValue;
        for (int i = 0; i < 2; i++)
        {
            (double took, double peak, double busy) = await OnceAsync(folder).ConfigureAwait(false);
            (seconds, megabytes, processor) = (Math.Min(seconds, took), Math.Min(megabytes, peak), Math.Min(processor, busy));
        }

        figures.Add("report of 8 plugs, 12 h at 1 Hz, 300 incidents", seconds, 5, "s");
        Figures.Compare("  processor time of it, start of the process included", processor, "clock", seconds, "s");
        figures.Add("largest memory of the process", megabytes, 300, "MB");
        figures.Add("page", new FileInfo(Path.Combine(folder, "report", "index.html")).Length / 1e6, 3, "MB");
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
