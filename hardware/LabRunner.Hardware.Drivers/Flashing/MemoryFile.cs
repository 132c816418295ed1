using System.Globalization;
using System.Runtime.InteropServices;
using LabRunner.Hardware.Drivers.Native;
using LabRunner.Hardware.Faults;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>A file in the memory of this process that programs it starts can write by its path: on no disk, and gone with this process. Linux. Not thread safe.</summary>
public sealed class MemoryFile : IDisposable
{
    private readonly SafeFileHandle _file;

    /// <summary>Makes one, empty.</summary>
    /// <param name="name">What the kernel calls it, for who looks into /proc.</param>
    /// <exception cref="BenchFaultException">Kind Machine: this process has no more files.</exception>
    public MemoryFile(string name)
    {
        int descriptor = Libc.MemoryFile(name, Libc.MemoryCloseOnExec);
        if (descriptor < 0)
        {
            throw new BenchFaultException(
                FaultKind.Machine, "this machine's memory", $"no file can be made in it ({Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())})", "Look at the limit of open files (ulimit -n)");
        }

        _file = new SafeFileHandle(descriptor, ownsHandle: true);
        Path = string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{descriptor}");
    }

    /// <summary>Path by which programs of this account open it.</summary>
    public string Path { get; }

    /// <summary>Bytes that were written.</summary>
    public long Length => RandomAccess.GetLength(_file);

    /// <summary>Its first bytes.</summary>
    /// <param name="count">How many, at most <see cref="Length"/>.</param>
    public byte[] Read(int count)
    {
        byte[] bytes = new byte[count];
        for (int done = 0; done < count;)
        {
            int more = RandomAccess.Read(_file, bytes.AsSpan(done), done);
            done += more > 0 ? more : throw new EndOfStreamException($"{Path} has {Length} bytes, and {count} were asked for.");
        }

        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
