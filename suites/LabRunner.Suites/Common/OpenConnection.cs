using System.Net.Sockets;

namespace LabRunner.Suites.Common;

/// <summary>A connection whose client says nothing, as the client sees it.</summary>
internal static class OpenConnection
{
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
