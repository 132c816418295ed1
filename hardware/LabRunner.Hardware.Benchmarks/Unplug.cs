using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Native;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Tests.Consoles;

namespace LabRunner.Hardware.Benchmarks;

/// <summary>
/// A real ftdi_sio port of the kernel lab, pulled while it is read: from the moment at which the kernel itself logs the disconnect, and from the
/// command that pulls it, to the end of the input.
/// </summary>
internal static partial class Unplug
{
    // The first rounds are the compiler's, which meets the exception's way for the first time.
    private const int WarmUp = 2;
    private const int Rounds = WarmUp + 15;
    private const string KernelsWords = "USB disconnect";
    private const int ReadAll = 3;
    private const string Port = "usb:0403:6001";
    private const string Monitor = "LABRUNNER_LAB_QMP";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private static readonly Dictionary<Backend, (List<double> Kernel, List<double> Command)> Taken = [];

    /// <summary>True in the kernel lab.</summary>
    public static bool IsOffered => Environment.GetEnvironmentVariable(Monitor) is not null;

    public static double AfterKernel(Backend backend) => Backend.Percentile(Times(backend).Kernel, 0.5);

    public static double AfterKernelAtWorst(Backend backend) => Backend.Percentile(Times(backend).Kernel, 1);

    public static double AfterCommand(Backend backend) => Backend.Percentile(Times(backend).Command, 0.5);

    private static (List<double> Kernel, List<double> Command) Times(Backend backend)
    {
        if (!Taken.TryGetValue(backend, out (List<double>, List<double>) times))
        {
            Taken[backend] = times = Backend.Wait(MeasureAsync(backend));
        }

        return times;
    }

    private static async Task<(List<double> Kernel, List<double> Command)> MeasureAsync(Backend backend)
    {
        using CancellationTokenSource limit = new(Limit, TimeProvider.System);
        using QmpClient qmp = await QmpClient.ConnectAsync(Environment.GetEnvironmentVariable(Monitor)!, limit.Token).ConfigureAwait(false);
        (List<double> kernel, List<double> command) = ([], []);
        for (int round = 0; round < Rounds; round++)
        {
            ISerialPort port = backend.Open(Port);
            Task<long> end = Task.Run(() => EndAsync(port));
            double origin = KernelOrigin();
            long pulled = TimeProvider.System.GetTimestamp();
            await qmp.PullAsync(limit.Token).ConfigureAwait(false);
            long ended = await end.WaitAsync(limit.Token).ConfigureAwait(false);
            if (round >= WarmUp)
            {
                command.Add(TimeProvider.System.GetElapsedTime(pulled, ended).TotalMilliseconds);
                kernel.Add((Seconds(ended) - origin - (KernelStamp(KernelsWords) ?? throw new IOException($"the kernel did not log '{KernelsWords}'"))) * 1000);
            }

            Backend.Close(port);
            await PlugAsync(qmp, limit.Token).ConfigureAwait(false);
        }

        return (kernel, command);
    }

    private static async Task<long> EndAsync(ISerialPort port)
    {
        try
        {
            while (true)
            {
                port.Input.AdvanceTo((await port.Input.ReadAsync().ConfigureAwait(false)).Buffer.End);
            }
        }
        catch (IOException)
        {
            return TimeProvider.System.GetTimestamp();
        }
    }

    /// <summary>Plugs it in and waits until the kernel has made a port of it.</summary>
    private static async Task PlugAsync(QmpClient qmp, CancellationToken cancellationToken)
    {
        // QEMU lets go of the line's other end a moment after the device.
        while (!await qmp.TryPlugAsync(cancellationToken).ConfigureAwait(false))
        {
            await Task.Delay(Step, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        while (!IsThere())
        {
            await Task.Delay(Step, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsThere()
    {
        try
        {
            return File.Exists(new UsbTty().Resolve("kernel lab", Port));
        }
        catch (BenchFaultException)
        {
            return false;
        }
    }

    /// <summary>What the kernel's log calls 0, on the clock of this process: from a line written to it between two looks at that clock.</summary>
    private static double KernelOrigin()
    {
        string marker = $"labrunner {Guid.NewGuid()}";
        using FileStream log = new("/dev/kmsg", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        byte[] line = Encoding.ASCII.GetBytes(marker + "\n");
        long before = TimeProvider.System.GetTimestamp();
        log.Write(line);
        long after = TimeProvider.System.GetTimestamp();
        return ((Seconds(before) + Seconds(after)) / 2) - (KernelStamp(marker) ?? throw new IOException("the kernel did not log the marker"));
    }

    /// <summary>Seconds at which the kernel logged these words last.</summary>
    private static double? KernelStamp(string words)
    {
        byte[] log = new byte[1 << 20];
        int length = ReadLog(ReadAll, log, log.Length);

        // "<6>[   66.037453] usb 1-1: USB disconnect, device number 2"
        string? line = Encoding.UTF8.GetString(log, 0, Math.Max(length, 0)).Split('\n').LastOrDefault(line => line.Contains(words, StringComparison.Ordinal));
        return line is null ? null : double.Parse(line.Split('[', ']')[1], CultureInfo.InvariantCulture);
    }

    private static double Seconds(long timestamp) => (double)timestamp / TimeProvider.System.TimestampFrequency;

    [LibraryImport("libc", EntryPoint = "klogctl")]
    private static partial int ReadLog(int action, [Out] byte[] buffer, int length);
}
