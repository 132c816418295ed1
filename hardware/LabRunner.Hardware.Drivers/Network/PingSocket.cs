using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace LabRunner.Hardware.Drivers.Network;

/// <summary>
/// ICMP echo over the kernel's ping sockets (icmp(7): SOCK_DGRAM with IPPROTO_ICMP), which users without CAP_NET_RAW may open when one of their
/// groups is within net.ipv4.ping_group_range. The kernel writes identifier and checksum and hands over only the socket's own replies.
/// </summary>
internal static class PingSocket
{
    private const int HeaderLength = 8;
    private const int SequenceOffset = 6;
    private const byte EchoRequest = 8;
    private const byte EchoReply = 0;
    private const byte EchoRequestV6 = 128;
    private const byte EchoReplyV6 = 129;

    private static int _sequence;

    /// <summary>Sends one echo and waits for its reply.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="payload">Bytes that the reply must repeat.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SocketException">AccessDenied: this user may not open ping sockets; others: there is no way to the address.</exception>
    public static async Task EchoAsync(IPAddress address, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        bool v6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        using Socket socket = new(address.AddressFamily, SocketType.Dgram, v6 ? ProtocolType.IcmpV6 : ProtocolType.Icmp);
        await socket.ConnectAsync(new IPEndPoint(address, 0), cancellationToken).ConfigureAwait(false);
        byte[] request = new byte[HeaderLength + payload.Length];
        request[0] = v6 ? EchoRequestV6 : EchoRequest;
        ushort sequence = (ushort)Interlocked.Increment(ref _sequence);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(SequenceOffset), sequence);
        payload.CopyTo(request.AsMemory(HeaderLength));
        await socket.SendAsync(request, cancellationToken).ConfigureAwait(false);
        byte[] reply = new byte[request.Length + 1];
        while (true)
        {
            int length = await socket.ReceiveAsync(reply, cancellationToken).ConfigureAwait(false);
            if (length == request.Length && reply[0] == (v6 ? EchoReplyV6 : EchoReply)
                && reply.AsSpan(SequenceOffset, length - SequenceOffset).SequenceEqual(request.AsSpan(SequenceOffset)))
            {
                return;
            }
        }
    }
}
