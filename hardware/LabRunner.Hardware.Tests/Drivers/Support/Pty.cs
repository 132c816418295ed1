using System.Runtime.InteropServices;
using System.Text;
using LabRunner.Hardware.Drivers.Native;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Hardware.Tests.Drivers.Support;

/// <summary>A pseudo terminal: the test holds the master and plays the device on the other end of the cable.</summary>
internal sealed unsafe partial class Pty : IDisposable
{
    private const int OutputSpeedWord = 10;

    // A handle and no number: who still waits on it when it is closed must not read what comes to the next terminal of this number.
    private readonly SafeFileHandle _master;

    public Pty()
    {
        _master = new(OpenMaster(Libc.ReadWrite | Libc.NoControllingTty | Libc.NonBlocking | Libc.CloseOnExec), ownsHandle: true);
        byte* name = stackalloc byte[128];
        if (_master.IsInvalid || Grant(_master) != 0 || Unlock(_master) != 0 || Name(_master, name, 128) != 0)
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
    public void Dispose() => _master.Dispose();

    private void Wait(short what, CancellationToken cancellationToken)
    {
        while (!Poll(what))
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private bool Poll(short what)
    {
        bool held = false;
        try
        {
            _master.DangerousAddRef(ref held);
            Libc.PollEntry entry = new() { Descriptor = (int)_master.DangerousGetHandle(), Events = what };
            return Libc.Poll(&entry, 1, 50) > 0 && (entry.Returned & what) != 0;
        }
        finally
        {
            if (held)
            {
                _master.DangerousRelease();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int Grant(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int Unlock(SafeFileHandle master);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static partial int Name(SafeFileHandle master, byte* buffer, nuint length);
}
