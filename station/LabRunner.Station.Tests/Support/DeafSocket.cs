using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace LabRunner.Station.Tests.Support;

/// <summary>
/// A socket whose machine is gone, as the other end sees it: a filter of the kernel drops what arrives before TCP sees it, so that nothing is
/// acknowledged and nothing refused. It takes no rights.
/// </summary>
internal static class DeafSocket
{
    // SOL_SOCKET, SO_ATTACH_FILTER and SO_DETACH_FILTER of socket(7).
    private const int Level = 1, Attach = 26, Detach = 27;

    /// <summary>Nothing reaches it any more; a listener is not knocked at.</summary>
    public static void Deafen(this Socket socket)
    {
        // One struct sock_filter: BPF_RET with 0, "keep no byte". The struct sock_fprog before it: their number, and after padding where they are.
        nint program = Marshal.AllocHGlobal(8);
        try
        {
            Marshal.WriteInt64(program, 0x06);
            Span<byte> filter = stackalloc byte[16];
            BinaryPrimitives.WriteInt64LittleEndian(filter, 1);
            BinaryPrimitives.WriteInt64LittleEndian(filter[8..], program);
            socket.SetRawSocketOption(Level, Attach, filter);
        }
        finally
        {
            Marshal.FreeHGlobal(program);
        }
    }

    /// <summary>It is reached again.</summary>
    public static void Hear(this Socket socket) => socket.SetRawSocketOption(Level, Detach, new byte[4]);
}
