using System.Net;
using System.Net.Sockets;

namespace LabRunner.Bench.Hosting.Lending;

/// <summary>
/// A network that takes nothing more and says nothing of it. Whoever waits for an answer would wait for ever, and whoever sends for a quarter of
/// an hour: the kernel ends such a connection sooner.
/// </summary>
public static class SilentNetwork
{
    /// <summary>Ends a connection whose other end acknowledges nothing for so long, whether anything is sent or not.</summary>
    /// <param name="socket">A TCP socket.</param>
    /// <param name="limit">How long, at least 3 s.</param>
    public static void Limit(Socket socket, TimeSpan limit)
    {
        // The first question of the kernel after half of it, and three in the other half.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, Math.Max(1, (int)(limit / 2).TotalSeconds));
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Math.Max(1, (int)(limit / 6).TotalSeconds));
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        if (OperatingSystem.IsLinux())
        {
            // TCP_USER_TIMEOUT of tcp(7), ms: for what was sent and not acknowledged, which the questions above are not asked for. IPPROTO_TCP is 6.
            socket.SetRawSocketOption(6, 18, BitConverter.GetBytes((int)limit.TotalMilliseconds));
        }
    }

    /// <summary>HTTP over a network that may fall silent: what it takes away is an <see cref="HttpRequestException"/>, or in the middle of an answer an <see cref="IOException"/>.</summary>
    /// <param name="limit">As for <see cref="Limit"/>; half of it for a connection to be made.</param>
    public static SocketsHttpHandler Over(TimeSpan limit) => new()
    {
        ConnectCallback = async (context, token) =>
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using CancellationTokenSource late = new(limit / 2, TimeProvider.System);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, token);
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, either.Token).ConfigureAwait(false);

                // Not before: each further address of a name is tried with a new socket of the kernel, which has none of it.
                Limit(socket, limit);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (OperationCanceledException) when (!token.IsCancellationRequested)
            {
                socket.Dispose();
                throw new SocketException((int)SocketError.TimedOut);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
