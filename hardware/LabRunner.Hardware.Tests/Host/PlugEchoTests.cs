using System.Net.Sockets;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Host;

namespace LabRunner.Hardware.Tests.Host;

[TestFixture]
internal sealed class PlugEchoTests
{
    [Test, CancelAfter(60_000)]
    public async Task Echo_OnlyWhileReachable_SameBytesComeBack(CancellationToken cancellationToken)
    {
        await using PlugEcho echo = new(new Chance(1, "echo"));
        using Socket asker = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await asker.ConnectAsync(echo.EndPoint, cancellationToken);
        byte[] buffer = new byte[100];

        await asker.SendAsync("dead"u8.ToArray(), cancellationToken);
        using (CancellationTokenSource patience = new(TimeSpan.FromMilliseconds(300), TimeProvider.System))
        {
            await Assert.ThrowsAsync<OperationCanceledException>(async () => await asker.ReceiveAsync(buffer, patience.Token));
        }

        echo.SetReachable(true);
        await asker.SendAsync("alive"u8.ToArray(), cancellationToken);
        int length = await asker.ReceiveAsync(buffer, cancellationToken);

        // The datagram from before stays unanswered: the first to come back is the second.
        Assert.That(buffer[..length], Is.EqualTo("alive"u8.ToArray()));
    }
}
