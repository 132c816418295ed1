using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Virtual.Host;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Host;

[TestFixture]
internal sealed class PlugTcpServerTests
{
    private RunningEngine _engine = null!;
    private PlugTcpServer _server = null!;
    private Channel<Firmware> _accepted = null!;

    [SetUp]
    public void Start()
    {
        _engine = new RunningEngine();
        _accepted = Channel.CreateUnbounded<Firmware>();
        _server = new PlugTcpServer(_engine.Engine.Post, outside =>
        {
            Firmware firmware = new(outside);
            _accepted.Writer.TryWrite(firmware);
            return firmware;
        });
    }

    [TearDown]
    public async Task Stop()
    {
        await _engine.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test, CancelAfter(60_000)]
    public async Task Connect_Unreachable_GetsNoAnswerUntilReachable(CancellationToken cancellationToken)
    {
        // A refusal would be a SocketException; silence leaves the SYN unanswered until the patience ends.
        await AssertSilentAsync(_server.EndPoint);

        await ReachableAsync(true);
        using Socket late = NewSocket();
        await late.ConnectAsync(_server.EndPoint, cancellationToken);
        Assert.That(await _accepted.Reader.ReadAsync(cancellationToken), Is.Not.Null);
    }

    [Test, CancelAfter(60_000)]
    public async Task Reachable_AfterSilence_OldConnectionsAreReset(CancellationToken cancellationToken)
    {
        await ReachableAsync(true);
        using Socket client = await ConnectAsync(cancellationToken);
        Firmware firmware = await _accepted.Reader.ReadAsync(cancellationToken);

        await ReachableAsync(false);
        await client.SendAsync("into the void"u8.ToArray(), cancellationToken);
        using (CancellationTokenSource patience = new(TimeSpan.FromMilliseconds(300), TimeProvider.System))
        {
            await Assert.ThrowsAsync<OperationCanceledException>(async () => await client.ReceiveAsync(new byte[1], patience.Token));
        }

        await ReachableAsync(true);
        SocketException? reset = await Assert.ThrowsAsync<SocketException>(
            async () => await client.ReceiveAsync(new byte[1], cancellationToken));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reset?.SocketErrorCode, Is.EqualTo(SocketError.ConnectionReset));
            Assert.That(firmware.Bytes.Reader.TryRead(out _), Is.False);
        }
    }

    [TestCase(true), TestCase(false), CancelAfter(60_000)]
    public async Task MoveTo_AnswersThereAndIsSilentBefore_AndBackAgain(bool whileReachable, CancellationToken cancellationToken)
    {
        IPEndPoint there = new(new IPAddress([127, 0, 0, 77]), _server.EndPoint.Port);
        await ReachableAsync(whileReachable);
        await MoveAsync(there.Address);
        using (Socket client = NewSocket())
        {
            await client.ConnectAsync(there, cancellationToken);
            Assert.That(await _accepted.Reader.ReadAsync(cancellationToken), Is.Not.Null);
        }

        await AssertSilentAsync(_server.EndPoint);
        await ReachableAsync(whileReachable);
        await MoveAsync(IPAddress.Loopback);
        using Socket back = await ConnectAsync(cancellationToken);
        Assert.That(await _accepted.Reader.ReadAsync(cancellationToken), Is.Not.Null);
        await AssertSilentAsync(there);

        async Task MoveAsync(IPAddress address)
        {
            await _engine.DoAsync(() => _server.MoveTo(address));
            await ReachableAsync(true);
        }
    }

    private static async Task AssertSilentAsync(IPEndPoint at)
    {
        using Socket client = NewSocket();
        using CancellationTokenSource patience = new(TimeSpan.FromMilliseconds(400), TimeProvider.System);
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await client.ConnectAsync(at, patience.Token));
    }

    [Test, CancelAfter(60_000)]
    public async Task Upload_FirmwareDoesNotRead_IsHeldAtTheWindow(CancellationToken cancellationToken)
    {
        const int Size = 300_000;
        await ReachableAsync(true);
        using Socket client = await ConnectAsync(cancellationToken);
        Task<int> sending = SendAllAsync(client, new byte[Size], cancellationToken);
        Firmware firmware = await _accepted.Reader.ReadAsync(cancellationToken);

        int held = 0;
        while (held < PlugTcpConnection.Window)
        {
            byte[] part = await firmware.Bytes.Reader.ReadAsync(cancellationToken);
            Assert.That(part, Has.Length.AtMost(PlugTcpConnection.SegmentLength));
            held += part.Length;
        }

        Assert.That(held, Is.EqualTo(PlugTcpConnection.Window));
        Assert.That(sending.IsCompleted, Is.False);

        await _engine.DoAsync(() => firmware.Outside.Consumed(held));
        int total = held;
        while (total < Size)
        {
            int length = (await firmware.Bytes.Reader.ReadAsync(cancellationToken)).Length;
            total += length;
            await _engine.DoAsync(() => firmware.Outside.Consumed(length));
        }

        Assert.That(await sending, Is.EqualTo(Size));
    }

    [Test, CancelAfter(60_000)]
    public async Task Close_Orderly_ClientGetsAllBytesThenTheEnd(CancellationToken cancellationToken)
    {
        byte[] page = [.. Enumerable.Range(0, 20_000).Select(i => (byte)i)];
        await ReachableAsync(true);
        using Socket client = await ConnectAsync(cancellationToken);
        Firmware firmware = await _accepted.Reader.ReadAsync(cancellationToken);

        await _engine.DoAsync(() =>
        {
            firmware.Outside.Send(page);
            firmware.Outside.Close(reset: false);
        });

        await using NetworkStream stream = new(client);
        using MemoryStream received = new();
        await stream.CopyToAsync(received, cancellationToken);
        Assert.That(received.ToArray(), Is.EqualTo(page));
    }

    [Test, CancelAfter(60_000)]
    public async Task Close_WithReset_ClientSeesAReset(CancellationToken cancellationToken)
    {
        await ReachableAsync(true);
        using Socket client = await ConnectAsync(cancellationToken);
        Firmware firmware = await _accepted.Reader.ReadAsync(cancellationToken);

        await _engine.DoAsync(() => firmware.Outside.Close(reset: true));

        SocketException? reset = await Assert.ThrowsAsync<SocketException>(
            async () => await client.ReceiveAsync(new byte[1], cancellationToken));
        Assert.That(reset?.SocketErrorCode, Is.EqualTo(SocketError.ConnectionReset));
    }

    [Test, CancelAfter(60_000)]
    public async Task Client_Closes_FirmwareIsTold(CancellationToken cancellationToken)
    {
        await ReachableAsync(true);
        using (Socket client = await ConnectAsync(cancellationToken))
        {
            await client.SendAsync("bye"u8.ToArray(), cancellationToken);
        }

        Firmware firmware = await _accepted.Reader.ReadAsync(cancellationToken);
        await firmware.Closed.Task.WaitAsync(cancellationToken);
        Assert.That(Encoding.ASCII.GetString(await firmware.Bytes.Reader.ReadAsync(cancellationToken)), Is.EqualTo("bye"));
    }

    [TestCase(false)]
    [TestCase(true)]
    [CancelAfter(60_000)]
    public async Task WhenAcknowledged_RunsOnceTheClientHasTheBytesOrIsGone(bool vanishes, CancellationToken cancellationToken)
    {
        await ReachableAsync(true);
        using Socket client = await ConnectAsync(cancellationToken);
        Firmware firmware = await _accepted.Reader.ReadAsync(cancellationToken);
        TaskCompletionSource acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (vanishes)
        {
            SilentSocket.Silence(client);
        }

        await _engine.DoAsync(() =>
        {
            firmware.Outside.Send(new byte[6000]);
            firmware.Outside.WhenAcknowledged(4380, () => acknowledged.TrySetResult());
        });
        if (vanishes)
        {
            // Long enough for any acknowledgement on loopback; none comes, however long one waits.
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, cancellationToken);
            Assert.That(acknowledged.Task.IsCompleted, Is.False);
            SilentSocket.Hear(client);
        }

        await acknowledged.Task.WaitAsync(cancellationToken);
    }

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private static async Task<int> SendAllAsync(Socket client, byte[] bytes, CancellationToken cancellationToken)
    {
        int sent = 0;
        while (sent < bytes.Length)
        {
            sent += await client.SendAsync(bytes.AsMemory(sent), cancellationToken);
        }

        return sent;
    }

    private async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        Socket client = NewSocket();
        client.SendBufferSize = 16_384;
        await client.ConnectAsync(_server.EndPoint, cancellationToken);
        return client;
    }

    private Task ReachableAsync(bool reachable) => _engine.DoAsync(() => _server.SetReachable(reachable));

    private sealed class Firmware(IConnectionOutside outside) : IPlugConnection
    {
        public IConnectionOutside Outside { get; } = outside;

        public Channel<byte[]> Bytes { get; } = Channel.CreateUnbounded<byte[]>();

        public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Received(ReadOnlyMemory<byte> bytes) => Bytes.Writer.TryWrite(bytes.ToArray());

        public void PeerClosed() => Closed.TrySetResult();

        public void PeerReset() => Closed.TrySetResult();
    }
}
