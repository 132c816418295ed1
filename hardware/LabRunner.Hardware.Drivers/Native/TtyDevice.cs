using System.Globalization;
using System.Runtime.InteropServices;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Faults;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Hardware.Drivers.Native;

/// <summary>Opening, locking and setting a tty node. Every failure is a bench fault that names the path and what to do.</summary>
internal static unsafe class TtyDevice
{
    // struct termios2 of asm-generic/termbits.h: four 32-bit flag words, c_line, 19 control characters, two speeds.
    private const uint GetTermios2 = 0x802C542A;
    private const uint SetTermios2 = 0x402C542B;
    private const uint SetTermios2WhenSent = 0x402C542C;
    private const int TermiosWords = 11;
    private const int ControlWord = 2;
    private const int ControlCharacters = 17;
    private const int MinCharacters = 6;
    private const int ReadTime = 5;
    private const int InputSpeedWord = 9;
    private const int OutputSpeedWord = 10;

    // CBAUD | CSIZE | CSTOPB | PARENB | PARODD | HUPCL | CIBAUD | CRTSCTS
    private const uint ControlToClear = 0x100F | 0x30 | 0x40 | 0x100 | 0x200 | 0x400 | 0x100F0000 | 0x80000000;

    // BOTHER (any speed) | CS8 | CREAD | CLOCAL
    private const uint ControlToSet = 0x1000 | 0x30 | 0x80 | 0x800;

    private const string Ptys = "/dev/pts/";
    private const uint Exclusive = 0x540C;
    private const uint GetModem = 0x5415;
    private const uint SetModemBits = 0x5416;
    private const uint ClearModemBits = 0x5417;
    private const uint GetCounters = 0x545D;
    private const int Dtr = 2;
    private const int Rts = 4;

    /// <summary>Opens the node and takes the exclusive lock; without waiting for a carrier.</summary>
    /// <exception cref="BenchFaultException">Kind Serial.</exception>
    public static SafeFileHandle OpenLocked(string place, string path)
    {
        if (new FileInfo(path).LinkTarget is { } node && node.StartsWith(Ptys, StringComparison.Ordinal) && IsOlder(path, node))
        {
            throw new BenchFaultException(
                FaultKind.Serial, place, $"{path} leads to {node}, which was made after it: the PTY that it was made for is gone", "Start again what makes the port, and its link with it");
        }

        SafeFileHandle tty = new(Libc.Open(path, Libc.ReadWrite | Libc.NoControllingTty | Libc.NonBlocking | Libc.CloseOnExec), ownsHandle: true);
        int error = tty.IsInvalid ? Marshal.GetLastPInvokeError() : 0;

        // TIOCEXCL does not bind root and would outlive a killed owner on a PTY, so an advisory lock is the arbiter.
        if (error == 0 && Libc.Lock(tty, Libc.LockExclusive | Libc.LockNonBlocking) < 0)
        {
            error = Marshal.GetLastPInvokeError();
            error = error == Libc.EAGAIN ? Libc.EBUSY : error;
        }

        if (error != 0)
        {
            tty.Dispose();
            throw OpenFault(place, path, error);
        }

        return tty;
    }

    /// <summary>
    /// The number of a PTY is given anew as soon as it is free: a link that its maker left behind when it was killed leads to whoever got the
    /// number next, who would then find its own port in use. A PTY's change time is that of its making (reading and writing set the other two).
    /// </summary>
    private static bool IsOlder(string link, string node)
    {
        return Time(node, 0, Libc.StatxChanged) is { } made && Time(link, Libc.LinkItself, Libc.StatxModified) is { } linked && made > linked + 1;

        static double? Time(string path, int flags, int at)
        {
            byte* stat = stackalloc byte[Libc.StatxBytes];
            return Libc.Statx(Libc.CurrentFolder, path, flags, Libc.Times, stat) == 0 ? *(long*)(stat + at) + (*(uint*)(stat + at + sizeof(long)) / 1e9) : null;
        }
    }

    /// <summary>Sets raw 8N1 without flow control. Nothing already received is thrown away.</summary>
    /// <exception cref="BenchFaultException">Kind Serial: not a tty, or it refuses the speed.</exception>
    public static void SetRaw(string place, string path, SafeFileHandle tty, int baud)
    {
        uint* termios = stackalloc uint[TermiosWords];
        if (Libc.Ioctl(tty, GetTermios2, termios) < 0)
        {
            throw OpenFault(place, path, Marshal.GetLastPInvokeError());
        }

        termios[0] = 0;
        termios[1] = 0;
        termios[3] = 0;
        termios[ControlWord] = (termios[ControlWord] & ~ControlToClear) | ControlToSet;
        byte* bytes = (byte*)termios;
        bytes[ControlCharacters + ReadTime] = 0;
        bytes[ControlCharacters + MinCharacters] = 1;
        Apply(place, path, tty, baud, termios, SetTermios2);
    }

    /// <summary>Changes the speed only, after what was written has left; blocks until then.</summary>
    /// <exception cref="BenchFaultException">Kind Serial: the port refuses the speed.</exception>
    /// <exception cref="IOException">The port is gone.</exception>
    public static void SetBaud(string place, string path, SafeFileHandle tty, int baud)
    {
        uint* termios = stackalloc uint[TermiosWords];
        if (Libc.Ioctl(tty, GetTermios2, termios) < 0)
        {
            throw Libc.Error($"{path}: change of speed");
        }

        termios[ControlWord] = (termios[ControlWord] & ~0x100F100Fu) | 0x1000;
        Apply(place, path, tty, baud, termios, SetTermios2WhenSent);
    }

    /// <summary>A PTY has no modem lines and refuses to read them.</summary>
    public static bool HasModemLines(SafeFileHandle tty)
    {
        int lines;
        return Libc.Ioctl(tty, GetModem, &lines) == 0;
    }

    /// <summary>True after an unplug or hang-up.</summary>
    public static bool IsGone(SafeFileHandle tty)
    {
        Libc.PollEntry entry = new() { Descriptor = (int)tty.DangerousGetHandle() };
        return Libc.Poll(&entry, 1, 0) > 0 && (entry.Returned & Libc.PollGone) != 0;
    }

    /// <summary>Refuses further opens of the port to everybody but root, programs that know no locks among them.</summary>
    public static void RefuseOthers(SafeFileHandle tty) => _ = Libc.Ioctl(tty, Exclusive, null);

    /// <summary>The counters of the port since an earlier reading; zero where it has none or is gone.</summary>
    public static LineErrors Errors(SafeFileHandle tty, LineErrors before)
    {
        // struct serial_icounter_struct of linux/serial.h: cts, dsr, rng, dcd, rx, tx, frame, overrun, parity, brk, buf_overrun, nine reserved.
        int* counters = stackalloc int[20];
        return Libc.Ioctl(tty, GetCounters, counters) < 0 ? default
            : new((long)counters[7] + counters[10] - before.Overruns, counters[6] - before.Framing, counters[9] - before.Breaks);
    }

    /// <summary>Sets DTR and RTS; null leaves one as it is.</summary>
    /// <exception cref="IOException">The port is gone.</exception>
    public static void SetModemLines(string path, SafeFileHandle tty, bool? dtr, bool? rts)
    {
        int set = (dtr == true ? Dtr : 0) | (rts == true ? Rts : 0);
        int clear = (dtr == false ? Dtr : 0) | (rts == false ? Rts : 0);
        if ((clear != 0 && Libc.Ioctl(tty, ClearModemBits, &clear) < 0) || (set != 0 && Libc.Ioctl(tty, SetModemBits, &set) < 0))
        {
            throw Libc.Error($"{path}: modem lines");
        }
    }

    /// <summary>The fault of a node that cannot be opened.</summary>
    public static BenchFaultException OpenFault(string place, string path, int errno)
    {
        (string problem, string remedy) = errno switch
        {
            Libc.ENOENT or Libc.ENODEV or Libc.ENXIO or Libc.EIO => (
                $"there is no serial device {path}",
                "Check the cable, list the ports with 'ls -l /dev/serial/by-id' and give the one of this slot as path"),
            Libc.EACCES or Libc.EPERM => (
                $"no right to open {path}",
                "Add the user to the group that owns it ('ls -l' shows it, usually dialout) and log in again"),
            Libc.EBUSY => (
                $"{path} is in use by {new TtyHolder().Find(path) ?? $"another process ('sudo fuser -v {path}' names it)"}",
                "Close it there; two slots must not share a port"),
            Libc.ENOTTY => (
                $"{path} is not a serial device",
                "Give the path of a tty; 'ls -l /dev/serial/by-id' lists the ports"),
            _ => (
                $"{path} cannot be used: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})",
                "Unplug and plug the adapter, then look at 'dmesg'"),
        };
        return new BenchFaultException(FaultKind.Serial, place, problem, remedy);
    }

    private static void Apply(string place, string path, SafeFileHandle tty, int baud, uint* termios, uint request)
    {
        termios[InputSpeedWord] = (uint)baud;
        termios[OutputSpeedWord] = (uint)baud;
        if (Libc.Ioctl(tty, request, termios) < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            throw error is Libc.EIO or Libc.ENODEV ? Libc.Error($"{path}: change of speed", error) : Refused(Marshal.GetPInvokeErrorMessage(error));
        }

        // An adapter that cannot make a speed takes the nearest it can, and says so only here.
        if (Libc.Ioctl(tty, GetTermios2, termios) == 0 && Math.Abs(termios[OutputSpeedWord] - (double)baud) > baud * ConsoleOptions.SpeedTolerance)
        {
            throw Refused(string.Create(CultureInfo.InvariantCulture, $"the nearest it makes is {termios[OutputSpeedWord]}"));
        }

        BenchFaultException Refused(string why) => new(
            FaultKind.Serial, place, $"{path} does not take {baud} baud: {why}", "Use an adapter that has this speed, or another baud");
    }
}
