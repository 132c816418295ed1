using System.Net.Sockets;

namespace LabRunner.Suites.Common;

/// <summary>A connection whose client says nothing, as the client sees it.</summary>
internal static class OpenConnection
{
    /// <summary>
    /// Has the kernel ask the other end: one that has reset, or whose last word was lost, knows nothing of the connection and says so. Nothing is sent to its
    /// program.
    /// </summary>
    public static void AskWhetherItStands(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 6);
    }

    /// <summary>True: the other end has neither closed nor reset it. What it answered is read and dropped.</summary>
    public static bool IsHeld(Socket socket)
    {
        byte[] dropped = new byte[4096];
        try
        {
            // Readable with nothing to read is the end of the connection.
            while (socket.Poll(TimeSpan.Zero, SelectMode.SelectRead))
            {
                if (socket.Receive(dropped) == 0)
                {
                    return false;
                }
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
