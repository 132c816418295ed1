using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>
/// A plug's UART adapter: a raw PTY that exists whether the plug has power or not. As with a USB adapter, bytes go nowhere
/// while nobody has the port open, and what a reader left unread is gone when the next one opens. Thread safe.
/// </summary>
internal sealed unsafe class Pty : IDisposable
{
    // More than any glibc's struct termios (60 bytes on x86-64).
    private const int TermiosSpace = 256;
    private const int InotifyHeader = 16;

    private readonly Lock _gate = new();
    private readonly SafeFileHandle _slave;
    private readonly SafeFileHandle? _watch;
    private readonly string _link;
    private int _openers;
    private bool _disposed;

    /// <param name="link">Path of the symbolic link to the PTY; it must not exist.</param>
    /// <exception cref="IOException">The machine gives no PTY, or the link cannot be made.</exception>
    public Pty(string link)
    {
        _link = link;
        Master = Native.Own(Native.OpenPt(Native.ReadWrite | Native.NoControllingTty | Native.NonBlocking | Native.CloseOnExec), "posix_openpt");
        if (Native.GrantPt(Master) != 0 || Native.UnlockPt(Master) != 0)
        {
            throw Native.Failed("unlockpt");
        }

        byte* name = stackalloc byte[64];
        if (Native.PtsName(Master, name, 64) != 0)
        {
            throw Native.Failed("ptsname_r");
        }

        string path = Encoding.ASCII.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));

        // Held open, so that a reader who closes does not hang the line up.
        _slave = Native.Own(Native.Open(path, Native.ReadWrite | Native.NoControllingTty | Native.CloseOnExec), path);
        byte* termios = stackalloc byte[TermiosSpace];
        if (Native.GetTermios(_slave, termios) != 0)
        {
            throw Native.Failed(path);
        }

        Native.MakeRaw(termios);
        if (Native.SetTermios(_slave, Native.ApplyNow, termios) != 0)
        {
            throw Native.Failed(path);
        }

        _watch = WatchOpeners(path);
        File.CreateSymbolicLink(link, path);
    }

    /// <summary>Bytes a runner wrote are read from here (<see cref="PtyPump"/>).</summary>
    public SafeFileHandle Master { get; }

    /// <summary>Speed that the one who opened the port has set, baud; 0 when the kernel does not tell. A PTY itself paces nothing.</summary>
    public int Baud
    {
        get
        {
            uint* termios2 = stackalloc uint[Native.Termios2Words];
            return Native.Ioctl(Master, Native.GetTermios2, termios2) == 0 ? (int)termios2[Native.Termios2OutputSpeed] : 0;
        }
    }

    /// <summary>Sends bytes to whoever has the port open; never blocks, drops what nobody takes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_disposed || !HasReader())
            {
                return;
            }

            fixed (byte* start = bytes)
            {
                int done = 0;
                while (done < bytes.Length)
                {
                    nint written = Native.Write(Master, start + done, (nuint)(bytes.Length - done));
                    if (written > 0)
                    {
                        done += (int)written;
                    }
                    else if (Marshal.GetLastPInvokeError() != Native.ErrorInterrupted)
                    {
                        return;
                    }
                }
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _watch?.Dispose();
            _slave.Dispose();
            Master.Dispose();
            File.Delete(_link);
        }
    }

    private static SafeFileHandle? WatchOpeners(string path)
    {
        int descriptor = Native.InotifyInit(Native.NonBlocking | Native.CloseOnExec);
        if (descriptor < 0)
        {
            // The machine's limit of inotify instances: then every byte is written, and an opener finds old ones.
            return null;
        }

        SafeFileHandle watch = new(descriptor, ownsHandle: true);
        if (Native.InotifyAdd(watch, path, Native.InotifyOpen | Native.InotifyClose) < 0)
        {
            watch.Dispose();
            return null;
        }

        return watch;
    }

    /// <summary>
    /// Opens and closes are queued by the kernel as they happen, so that reading them here, before a write, is exact.
    /// </summary>
    private bool HasReader()
    {
        if (_watch is null)
        {
            return true;
        }

        bool everyoneLeft = false;
        byte* buffer = stackalloc byte[4096];
        nint length;
        while ((length = Native.Read(_watch, buffer, 4096)) > 0)
        {
            ReadOnlySpan<byte> events = new(buffer, (int)length);
            while (events.Length >= InotifyHeader)
            {
                bool opened = (BinaryPrimitives.ReadUInt32LittleEndian(events[4..]) & Native.InotifyOpen) != 0;
                _openers = Math.Max(0, _openers + (opened ? 1 : -1));
                everyoneLeft |= _openers == 0;
                events = events[(InotifyHeader + BinaryPrimitives.ReadInt32LittleEndian(events[12..]))..];
            }
        }

        if (everyoneLeft)
        {
            _ = Native.Flush(_slave, Native.FlushInput);
        }

        return _openers > 0;
    }
}
