using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace LabRunner.Hardware.Network;

/// <summary>
/// Makes a socket as silent as a peer that is gone without a word: no power, no network, no FIN. A closed port would answer with a reset, which no
/// dead peer does; a classic BPF filter that takes nothing has the kernel drop SYNs and segments before it acknowledges them, and needs no right on
/// a kernel that is not hardened. Linux only. Thread safe.
/// </summary>
public static class SilentSocket
{
    private const int SocketLevel = 1;
    private const int AttachFilter = 26;
    private const int DetachFilter = 27;

    // struct sock_filter { code = BPF_RET | BPF_K, jt, jf, k = 0 }: "take 0 bytes of it". Never moved, since the kernel gets its address.
    private static readonly ulong[] TakeNothing = CreateProgram();

    /// <summary>Drops everything that arrives from now on.</summary>
    /// <exception cref="IOException">The kernel refuses the filter to this account.</exception>
    /// <exception cref="SocketException">The socket is closed.</exception>
    public static void Silence(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Program program = new() { Length = 1, Filter = Marshal.UnsafeAddrOfPinnedArrayElement(TakeNothing, 0) };
        try
        {
            socket.SetRawSocketOption(SocketLevel, AttachFilter, MemoryMarshal.AsBytes(new ReadOnlySpan<Program>(in program)));
        }
        catch (SocketException denied) when (denied.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new IOException("this machine's kernel is hardened and lets only root silence a socket (SO_ATTACH_FILTER), without which a dead peer cannot be played; run as root here", denied);
        }
    }

    /// <summary>Hears again.</summary>
    /// <exception cref="SocketException">The socket is closed, or was not silent.</exception>
    public static void Hear(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        int unused = 0;
        socket.SetRawSocketOption(SocketLevel, DetachFilter, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in unused)));
    }

    /// <summary>Closes with a reset.</summary>
    public static void Abort(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed or never connected: there is nobody to reset.
        }

        socket.Dispose();
    }

    private static ulong[] CreateProgram()
    {
        ulong[] program = GC.AllocateArray<ulong>(1, pinned: true);
        program[0] = 0x06;
        return program;
    }

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Program
    {
        public ushort Length;
        public nint Filter;
    }
}
