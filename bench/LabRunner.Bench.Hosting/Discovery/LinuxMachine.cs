using System.ComponentModel;
using System.Device.I2c;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using LabRunner.Hardware.Drivers.Gpio;

namespace LabRunner.Bench.Hosting.Discovery;

/// <summary>This machine. Linux, 64 bit; elsewhere the system calls' answers are null.</summary>
public sealed partial class LinuxMachine : IMachine
{
    private const int FirstI2cAddress = 0x08;
    private const int LastI2cAddress = 0x77;
    private static readonly TimeSpan ProgramLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public MachineFiles Files { get; } = new("/");

    /// <inheritdoc/>
    public GpioChipAnswer AskGpioChip(string path)
    {
        GpioChipFacts facts = GpioChipSurvey.Read(path);
        return new(facts.Label, [.. facts.Lines.Select(line => new GpioLineAnswer(line.Offset, line.Name, line.Consumer, line.Used))]);
    }

    /// <inheritdoc/>
    public unsafe NodeOwner? Owner(string path)
    {
        // struct statx (linux/stat.h) has the same layout on every machine: uid at 20, gid at 24, mode at 28 of 256 bytes.
        const int CurrentFolder = -100;
        const uint BasicStats = 0x7FF;
        byte* answer = stackalloc byte[256];
        return Statx(CurrentFolder, path, 0, BasicStats, answer) == 0
            ? new NodeOwner(*(uint*)(answer + 20), *(uint*)(answer + 24), *(ushort*)(answer + 28) & 0xFFFu)
            : null;
    }

    /// <inheritdoc/>
    public unsafe DiskRoom? Room(string folder)
    {
        // struct statvfs of 64-bit Linux: eleven 64-bit words; f_frsize 1, f_bavail 4, f_files 5, f_favail 7, f_flag 9.
        const ulong ReadOnlyFlag = 1;
        ulong* answer = stackalloc ulong[32];
        byte* node = stackalloc byte[256];
        if (nint.Size != 8 || StatVfs(folder, answer) != 0 || Statx(-100, folder, 0, 0x7FF, node) != 0)
        {
            return null;
        }

        // stx_dev_major and stx_dev_minor at 136 and 140.
        string device = string.Create(CultureInfo.InvariantCulture, $"{*(uint*)(node + 136)}:{*(uint*)(node + 140)}");
        return new DiskRoom((long)(answer[4] * answer[1]), answer[5] == 0 ? null : (long)answer[7], (answer[9] & ReadOnlyFlag) != 0, device);
    }

    /// <inheritdoc/>
    public unsafe bool? ClockSynchronised()
    {
        // adjtimex(2) with modes 0 only reads; it returns TIME_ERROR while STA_UNSYNC is set.
        const int TimeError = 5;
        byte* timex = stackalloc byte[512];
        new Span<byte>(timex, 512).Clear();
        int state = AdjustTime(timex);
        return state < 0 ? null : state != TimeError;
    }

    /// <inheritdoc/>
    public async Task<ProgramAnswer?> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["LC_ALL"] = "C";
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using CancellationTokenSource limit = new(ProgramLimit, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> error = process.StandardError.ReadToEndAsync(either.Token);
            string output = await process.StandardOutput.ReadToEndAsync(either.Token).ConfigureAwait(false);
            string told = await error.ConfigureAwait(false);
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
            return new ProgramAnswer(process.ExitCode, output.Trim(), told.Trim());
        }
        catch (Exception failure) when (failure is Win32Exception or IOException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            if (process is { HasExited: false })
            {
                process.Kill(entireProcessTree: true);
            }

            process?.Dispose();
        }
    }

    /// <inheritdoc/>
    public async Task<bool> ConnectsAsync(string host, int port, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(ConnectLimit, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using TcpClient client = new();
        try
        {
            await client.ConnectAsync(host, port, either.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is SocketException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> LoopbackWorksAsync(CancellationToken cancellationToken)
    {
        try
        {
            using TcpListener listener = new(IPAddress.Loopback, 0);
            listener.Start();
            return await ConnectsAsync("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> ProbeI2c(int bus)
    {
        List<int> found = [];
        for (int address = FirstI2cAddress; address <= LastI2cAddress; address++)
        {
            string held = string.Create(CultureInfo.InvariantCulture, $"/sys/bus/i2c/devices/{bus}-{address:x4}/driver");
            if (Files.Exists(held))
            {
                continue;
            }

            using I2cDevice device = I2cDevice.Create(new I2cConnectionSettings(bus, address));
            try
            {
                _ = device.ReadByte();
                found.Add(address);
            }
            catch (IOException failure) when (Files.Exists($"/dev/i2c-{bus}") && failure is not FileNotFoundException)
            {
                // Nobody acknowledged this address.
            }
        }

        return found;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int folder, string path, int flags, uint mask, byte* answer);

    [LibraryImport("libc", EntryPoint = "statvfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatVfs(string path, ulong* answer);

    [LibraryImport("libc", EntryPoint = "adjtimex", SetLastError = true)]
    private static unsafe partial int AdjustTime(byte* timex);
}
