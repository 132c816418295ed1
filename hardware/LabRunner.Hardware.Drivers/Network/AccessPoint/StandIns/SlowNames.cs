using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint.StandIns;

/// <summary>Answers questions for names late: asks the real server after the wait.</summary>
/// <param name="server">The real one.</param>
/// <param name="wait">Run time before it is asked.</param>
/// <param name="clock">Clock of the wait.</param>
internal sealed class SlowNames(IPEndPoint server, TimeSpan wait, LabClock clock) : DatagramStandIn
{
    // Of the real server, machine time: without an answer by then there is none for the station either.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task<byte[]?> AnswerAsync(byte[] question, CancellationToken cancellationToken)
    {
        await Task.Delay(wait, clock, cancellationToken).ConfigureAwait(false);
        using Socket socket = new(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        await socket.SendAsync(question, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        using CancellationTokenSource late = new(Limit, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        byte[] buffer = new byte[4096];
        int length = await socket.ReceiveAsync(buffer, SocketFlags.None, either.Token).ConfigureAwait(false);
        return buffer[..length];
    }
}
