using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>
/// Makes a socket as silent as a plug without power. A closed port would answer with a reset, which no dead plug does; a
/// classic BPF filter that takes nothing has the kernel drop SYNs and segments without a word, and needs no right on a kernel that is not hardened.
/// </summary>
internal static unsafe class Silence
{
    private const int SocketLevel = 1;
    private const int AttachFilter = 26;
    private const int DetachFilter = 27;

    // struct sock_filter { code = BPF_RET | BPF_K, jt, jf, k = 0 }: "take 0 bytes of it".
    private const ulong TakeNothing = 0x06;

    /// <summary>Drops everything that arrives from now on.</summary>
    /// <exception cref="IOException">The kernel refuses the filter to this account.</exception>
    public static void Attach(Socket socket)
    {
        ulong filter = TakeNothing;
        Program program = new() { Length = 1, Filter = &filter };
        try
        {
            socket.SetRawSocketOption(SocketLevel, AttachFilter, new ReadOnlySpan<byte>(&program, sizeof(Program)));
        }
        catch (SocketException denied) when (denied.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new IOException("this machine's kernel is hardened and lets only root silence a socket (SO_ATTACH_FILTER), without which a dead plug cannot be played; run virtual plugs as root here", denied);
        }
    }

    /// <summary>Hears again.</summary>
    public static void Detach(Socket socket)
    {
        int unused = 0;
        socket.SetRawSocketOption(SocketLevel, DetachFilter, new ReadOnlySpan<byte>(&unused, sizeof(int)));
    }

    /// <summary>Closes with a reset.</summary>
    public static void Abort(Socket socket)
    {
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

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Program
    {
        public ushort Length;
        public ulong* Filter;
    }
}
