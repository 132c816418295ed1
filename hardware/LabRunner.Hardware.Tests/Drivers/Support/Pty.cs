using System.Runtime.InteropServices;
using System.Text;
using LabRunner.Hardware.Drivers.Native;

namespace LabRunner.Hardware.Tests.Drivers.Support;

/// <summary>A pseudo terminal: the test holds the master and plays the device on the other end of the cable.</summary>
internal sealed unsafe partial class Pty : IDisposable
{
    private const int OutputSpeedWord = 10;
    private readonly int _master;
    private bool _closed;

    public Pty()
    {
        _master = OpenMaster(Libc.ReadWrite | Libc.NoControllingTty | Libc.NonBlocking | Libc.CloseOnExec);
        byte* name = stackalloc byte[128];
        if (_master < 0 || Grant(_master) != 0 || Unlock(_master) != 0 || Name(_master, name, 128) != 0)
        {
            throw Libc.Error("no pseudo terminal");
        }

        Path = Encoding.ASCII.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
    }

    public string Path { get; }

    /// <summary>Speed that the kernel has for the terminal.</summary>
    public int Baud
    {
        get
        {
            uint* termios = stackalloc uint[11];
            return Libc.Ioctl(_master, 0x802C542A, termios) == 0 ? (int)termios[OutputSpeedWord] : -1;
        }
    }

    /// <summary>Sends all bytes; blocks while the port's side is full.</summary>
    public void Send(ReadOnlySpan<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            Wait(Libc.PollOut, cancellationToken);
            fixed (byte* data = bytes)
            {
                nint count = Libc.Write(_master, data, (nuint)bytes.Length);
                bytes = bytes[(int)Math.Max(0, count)..];
            }
        }
    }

    /// <summary>Receives so many bytes.</summary>
    public byte[] Receive(int length, CancellationToken cancellationToken)
    {
        byte[] received = new byte[length];
        for (int at = 0; at < length;)
        {
            Wait(Libc.PollIn, cancellationToken);
            fixed (byte* data = received)
            {
                at += (int)Math.Max(0, Libc.Read(_master, data + at, (nuint)(length - at)));
            }
        }

        return received;
    }

    /// <summary>Pulls the plug.</summary>
    public void Dispose()
    {
        if (!_closed)
        {
            _closed = true;
            _ = Libc.Close(_master);
        }
    }

    private void Wait(short what, CancellationToken cancellationToken)
    {
        Libc.PollEntry entry = new() { Descriptor = _master, Events = what };
        while (Libc.Poll(&entry, 1, 50) <= 0 || (entry.Returned & what) == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int Grant(int master);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int Unlock(int master);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static partial int Name(int master, byte* buffer, nuint length);
}
