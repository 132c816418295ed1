using System.Diagnostics;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Benchmarks;

/// <summary>A driver under measurement.</summary>
internal sealed class Backend : IDriverContext
{
    private readonly Func<ConsoleOptions, IDriverContext, IConsolePort> _make;

    private Backend(Func<ConsoleOptions, IDriverContext, IConsolePort> make) => _make = make;

    public static Backend Own { get; } = new((options, context) => new NativeTty(options, context));

    public static Backend System { get; } = new((options, context) => new SystemSerial(options, context));

    public string Place => "benchmark";

    public LabClock Clock { get; } = LabClock.Start();

    public IReadOnlyDictionary<string, string> Facts { get; } = new Dictionary<string, string>();

    /// <summary>CPU time of this process so far.</summary>
    public static TimeSpan Used
    {
        get
        {
            using Process process = Process.GetCurrentProcess();
            return process.TotalProcessorTime;
        }
    }

    public T Resource<T>(string name)
        where T : class => throw new NotSupportedException(name);

    public ISerialPort Open(string path) => Wait(_make(new ConsoleOptions { Path = path, Baud = 2_000_000 }, this).OpenAsync(CancellationToken.None));

    public static void Close(ISerialPort port) => Wait(Done(port.DisposeAsync()));

    public static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    public static double Percentile(List<double> values, double share)
    {
        values.Sort();
        return values[(int)Math.Min(values.Count - 1, values.Count * share)];
    }

    private static async Task<bool> Done(ValueTask task)
    {
        await task.ConfigureAwait(false);
        return true;
    }
}
