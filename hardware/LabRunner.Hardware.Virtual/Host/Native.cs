using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>The few calls of glibc that .NET does not offer. Linux only; constants are those of x86-64, arm64 and arm.</summary>
internal static unsafe partial class Native
{
    public const int ReadWrite = 2;
    public const int NoControllingTty = 0x100;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int FlushInput = 0;
    public const int ApplyNow = 0;
    public const short PollIn = 1;
    public const uint InotifyOpen = 0x20;
    public const uint InotifyClose = 0x18;
    public const int ErrorAgain = 11;
    public const int ErrorInterrupted = 4;

    public const int Termios2Words = 11;
    public const int Termios2OutputSpeed = 10;

    // asm-generic/termbits.h: TCGETS2.
    public const nuint GetTermios2 = 0x802C542A;

    private const string C = "libc";

    [LibraryImport(C, EntryPoint = "posix_openpt", SetLastError = true)]
    public static partial int OpenPt(int flags);

    [LibraryImport(C, EntryPoint = "grantpt", SetLastError = true)]
    public static partial int GrantPt(SafeFileHandle master);

    [LibraryImport(C, EntryPoint = "unlockpt", SetLastError = true)]
    public static partial int UnlockPt(SafeFileHandle master);

    [LibraryImport(C, EntryPoint = "ptsname_r", SetLastError = true)]
    public static partial int PtsName(SafeFileHandle master, byte* name, nuint length);

    [LibraryImport(C, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport(C, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(SafeFileHandle file, nuint request, uint* argument);

    [LibraryImport(C, EntryPoint = "tcgetattr", SetLastError = true)]
    public static partial int GetTermios(SafeFileHandle tty, byte* termios);

    [LibraryImport(C, EntryPoint = "cfmakeraw")]
    public static partial void MakeRaw(byte* termios);

    [LibraryImport(C, EntryPoint = "tcsetattr", SetLastError = true)]
    public static partial int SetTermios(SafeFileHandle tty, int when, byte* termios);

    [LibraryImport(C, EntryPoint = "tcflush", SetLastError = true)]
    public static partial int Flush(SafeFileHandle tty, int queue);

    [LibraryImport(C, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle handle, byte* buffer, nuint count);

    [LibraryImport(C, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle handle, byte* buffer, nuint count);

    [LibraryImport(C, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport(C, EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, TimeSpec* limit, void* signals);

    [LibraryImport(C, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport(C, EntryPoint = "inotify_init1", SetLastError = true)]
    public static partial int InotifyInit(int flags);

    [LibraryImport(C, EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int InotifyAdd(SafeFileHandle inotify, string path, uint mask);

    [LibraryImport(C, EntryPoint = "setsid", SetLastError = true)]
    public static partial int NewSession();

    /// <summary>Wraps what a call returned.</summary>
    /// <exception cref="IOException">It returned an error.</exception>
    public static SafeFileHandle Own(int descriptor, string what) =>
        descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failed(what);

    public static IOException Failed(string what) =>
        new($"{what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    /// <summary>struct timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
