using System.Buffers;
using System.IO.Pipelines;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Consoles;

/// <summary>What every console driver must do, whatever is on the other end of the line.</summary>
[CancelAfter(60_000)]
public abstract class ConsoleConformance
{
    /// <summary>Nothing here may hang: far more than any step takes, far less than the test's own limit.</summary>
    private protected static readonly TimeSpan Quick = TimeSpan.FromSeconds(10);

    private IPeer _peer = null!;

    private protected IPeer Peer => _peer;

    /// <summary>True: a port whose peer takes nothing is full after at most a few MB.</summary>
    private protected virtual bool FillsUp => true;

    /// <summary>Rounds of 256 bytes in the tests of every byte value; less on a machine that is emulated.</summary>
    private protected virtual int Rounds => 20;

    [SetUp]
    public async Task Plug() => _peer = await PlugInAsync();

    [TearDown]
    public async Task PutAway() => await _peer.DisposeAsync();

    [Test]
    public async Task Bytes_OfEveryValueBothWaysAtOnce_ArriveAsSent(CancellationToken token)
    {
        await using ISerialPort port = await OpenAsync(token);
        byte[] sent = AwkwardBytes();
        Task<byte[]> written = _peer.ReceiveAsync(sent.Length, token);
        Task sending = _peer.SendAsync(sent, token);
        Task writing = port.WriteAsync(sent, token).AsTask();
        byte[] read = await ReceiveAsync(port, sent.Length, token);
        await Task.WhenAll(sending, writing);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.AsSpan().SequenceEqual(sent), "from the DUT, byte for byte");
            Assert.That((await written).AsSpan().SequenceEqual(sent), "to the DUT, byte for byte");
        }
    }

    [Test]
    public async Task WriteAsync_SeveralWriters_PeerGetsAllBytesOfEach(CancellationToken token)
    {
        await using ISerialPort port = await OpenAsync(token);
        Task<byte[]> receiving = _peer.ReceiveAsync(1200, token);
        await Task.WhenAll(Enumerable.Range(1, 4).Select(writer => port.WriteAsync(Enumerable.Repeat((byte)writer, 300).ToArray(), token).AsTask()));
        byte[] received = await receiving;
        Assert.That(received.Chunk(300).Select(chunk => chunk.Distinct().Count()), Is.All.EqualTo(1), "a write is never split by another");
        Assert.That(received.Distinct(), Is.EquivalentTo(new byte[] { 1, 2, 3, 4 }));
    }

    [Test]
    public async Task Input_220KilobytesInOneGo_NothingLost(CancellationToken token)
    {
        await using ISerialPort port = await OpenAsync(token);
        byte[] sent = Noise(220 * 1024);
        Task sending = _peer.SendAsync(sent, token);
        byte[] received = await ReceiveAsync(port, sent.Length, token);
        await sending;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(received.AsSpan().SequenceEqual(sent), "byte for byte");
            Assert.That(port.Errors.Overruns, Is.Zero, "nor does the port say so");
        }
    }

    [Test]
    public async Task Pull_WhileReading_InputEndsWithIOExceptionAndWritesFail(CancellationToken token)
    {
        await using ISerialPort port = await OpenAsync(token);
        await _peer.SendAsync("alive"u8.ToArray(), token);
        await ReceiveAsync(port, 5, token);
        Task<ReadResult> pending = port.Input.ReadAsync(token).AsTask();
        long pulled = TimeProvider.System.GetTimestamp();
        await _peer.PullAsync(token);
        using (Assert.EnterMultipleScope())
        {
            await Assert.ThatAsync(() => pending, Throws.InstanceOf<IOException>().With.Message.Contains(_peer.Path));
            await TestContext.Out.WriteLineAsync($"unplug seen after {TimeProvider.System.GetElapsedTime(pulled).TotalMilliseconds:0.0} ms");
            await Assert.ThatAsync(() => port.WriteAsync("x"u8.ToArray(), token).AsTask().WaitAsync(Quick, TimeProvider.System, token), Throws.InstanceOf<IOException>());
            await Assert.ThatAsync(() => port.DisposeAsync().AsTask().WaitAsync(Quick, TimeProvider.System, token), Throws.Nothing);
        }
    }

    [Test]
    public async Task Pull_BytesReceivedButNotReadYet_AreReadBeforeTheEnd(CancellationToken token)
    {
        await using ISerialPort port = await OpenAsync(token);
        await _peer.SendAsync("last words"u8.ToArray(), token);
        ReadResult there = await port.Input.ReadAtLeastAsync(10, token);
        port.Input.AdvanceTo(there.Buffer.Start);
        await _peer.PullAsync(token);

        // The port has seen the end once it refuses to write; only then is reading on the proof.
        await Assert.ThatAsync(() => WriteUntilRefusedAsync(port, token), Throws.InstanceOf<IOException>().Or.InstanceOf<TimeoutException>());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await ReceiveAsync(port, 10, token), Is.EqualTo("last words"u8.ToArray()));
            await Assert.ThatAsync(() => port.Input.ReadAsync(token).AsTask(), Throws.InstanceOf<IOException>());
        }
    }

    [Test]
    public async Task Pull_WhileWriting_WriteEndsAndDisposeReturns(CancellationToken token)
    {
        NeedsFilling();
        ISerialPort port = await OpenAsync(token);
        Task writing = WriteUntilRefusedAsync(port, token);
        await _peer.PullAsync(token);
        await Assert.ThatAsync(() => writing.WaitAsync(Quick, TimeProvider.System, token), Throws.InstanceOf<IOException>().Or.InstanceOf<TimeoutException>().With.Message.Contains(_peer.Path));
        await port.DisposeAsync().AsTask().WaitAsync(Quick, TimeProvider.System, token);
    }

    [Test]
    public async Task OpenAsync_WhileUnplugged_FaultAndAfterPluggingInTheSamePathWorks(CancellationToken token)
    {
        IConsolePort console = Make(_peer, null, new FakeContext());
        ISerialPort before = await console.OpenAsync(token);
        await _peer.SendAsync("before"u8.ToArray(), token);
        Assert.That(await ReceiveAsync(before, 6, token), Is.EqualTo("before"u8.ToArray()));
        await _peer.PullAsync(token);
        await Assert.ThatAsync(() => before.Input.ReadAsync(token).AsTask(), Throws.InstanceOf<IOException>());
        await before.DisposeAsync();
        await Assert.ThatAsync(
            () => console.OpenAsync(token), Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Serial));
        await _peer.PlugAsync(token);
        await using ISerialPort after = await console.OpenAsync(token);
        await _peer.SendAsync("after"u8.ToArray(), token);
        await after.WriteAsync("hello"u8.ToArray(), token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await ReceiveAsync(after, 5, token), Is.EqualTo("after"u8.ToArray()));
            Assert.That(await _peer.ReceiveAsync(5, token), Is.EqualTo("hello"u8.ToArray()));
        }
    }

    [Test]
    public async Task OpenAsync_Twice_SecondIsToldInUseUntilTheFirstIsClosed(CancellationToken token)
    {
        ISerialPort first = await OpenAsync(token);
        await Assert.ThatAsync(
            () => OpenAsync(token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Serial)
                .And.Message.Contains("in use").And.Message.Contains("slot p1"));
        await _peer.SendAsync("mine"u8.ToArray(), token);
        Assert.That(await ReceiveAsync(first, 4, token), Is.EqualTo("mine"u8.ToArray()), "the first owner keeps every byte");
        await first.DisposeAsync();
        await using ISerialPort second = await OpenAsync(token);
        await _peer.SendAsync("again"u8.ToArray(), token);
        Assert.That(await ReceiveAsync(second, 5, token), Is.EqualTo("again"u8.ToArray()));
    }

    [Test]
    public async Task SetBaudAsync_OpenPort_PortHasTheNewSpeedAndNothingIsLost(CancellationToken token)
    {
        await using ISerialPort port = await OpenAsync(token, 500_000);
        if (!port.CanSetBaud)
        {
            await Assert.ThatAsync(() => port.SetBaudAsync(2_000_000, token).AsTask(), Throws.InstanceOf<NotSupportedException>().With.Message.Contains(_peer.Path));
            return;
        }

        int? opened = _peer.Baud;
        await _peer.SendAsync("before"u8.ToArray(), token);
        Assert.That(await ReceiveAsync(port, 6, token), Is.EqualTo("before"u8.ToArray()));
        await port.WriteAsync("written at the old speed"u8.ToArray(), token);
        await port.SetBaudAsync(2_000_000, token);
        await _peer.SendAsync("after"u8.ToArray(), token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(opened, Is.Null.Or.EqualTo(500_000));
            Assert.That(_peer.Baud, Is.Null.Or.EqualTo(2_000_000));
            Assert.That(await ReceiveAsync(port, 5, token), Is.EqualTo("after"u8.ToArray()));
            Assert.That(await _peer.ReceiveAsync(24, token), Is.EqualTo("written at the old speed"u8.ToArray()));
            await Assert.ThatAsync(() => port.SetBaudAsync(49, token).AsTask(), Throws.InstanceOf<ArgumentOutOfRangeException>());
            await Assert.ThatAsync(() => port.SetBaudAsync(4_000_001, token).AsTask(), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [TestCase(74_880)]
    [TestCase(921_600)]
    [TestCase(3_000_000)]
    public async Task OpenAsync_NoBaudInOptions_TakesTheBoards(int baud, CancellationToken token)
    {
        IConsolePort console = Make(_peer, null, new FakeContext().Fact("baud", $"{baud}"));
        await using ISerialPort port = await console.OpenAsync(token);
        Assert.That(_peer.Baud, Is.Null.Or.EqualTo(baud));
        await _peer.SendAsync("at that speed"u8.ToArray(), token);
        Assert.That(await ReceiveAsync(port, 13, token), Is.EqualTo("at that speed"u8.ToArray()));
    }

    [Test]
    public async Task SetModemLinesAsync_WhereThereAreSome_PeerSeesThemElseNotSupported(CancellationToken token)
    {
        await using ISerialPort port = await OpenAsync(token);
        Assert.That(port.HasModemLines, Is.EqualTo(_peer.ModemLines is not null));
        if (_peer.ModemLines is not { } opened)
        {
            await Assert.ThatAsync(() => port.SetModemLinesAsync(true, null, token).AsTask(), Throws.InstanceOf<NotSupportedException>().With.Message.Contains(_peer.Path));
            return;
        }

        Assert.That(opened, Is.EqualTo((false, false)), "both off after opening");
        foreach ((bool? dtr, bool? rts, (bool, bool) expected) in new (bool?, bool?, (bool, bool))[]
            { (true, null, (true, false)), (null, true, (true, true)), (false, null, (false, true)), (false, false, (false, false)), (true, true, (true, true)) })
        {
            await port.SetModemLinesAsync(dtr, rts, token);
            Assert.That(_peer.ModemLines, Is.EqualTo(expected), $"after {dtr}, {rts}");
        }
    }

    [Test]
    public async Task DisposeAsync_PendingRead_CompletesWithoutException(CancellationToken token)
    {
        ISerialPort port = await OpenAsync(token);
        Task<ReadResult> pending = port.Input.ReadAsync(token).AsTask();
        await port.DisposeAsync().AsTask().WaitAsync(Quick, TimeProvider.System, token);
        await port.DisposeAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((await pending).IsCompleted);
            await Assert.ThatAsync(() => port.WriteAsync("x"u8.ToArray(), token).AsTask(), Throws.InstanceOf<ObjectDisposedException>());
        }
    }

    [Test]
    public async Task DisposeAsync_PendingWrite_BothEnd(CancellationToken token)
    {
        NeedsFilling();
        ISerialPort port = await OpenAsync(token);
        Task writing = WriteUntilRefusedAsync(port, token);
        await port.DisposeAsync().AsTask().WaitAsync(Quick, TimeProvider.System, token);
        await Assert.ThatAsync(
            () => writing.WaitAsync(Quick, TimeProvider.System, token), Throws.InstanceOf<ObjectDisposedException>().Or.InstanceOf<IOException>().Or.InstanceOf<TimeoutException>());
    }

    [Test]
    public async Task WriteAsync_PeerTakesNothing_TimeoutAndStillDisposable(CancellationToken token)
    {
        NeedsFilling();
        ISerialPort port = await OpenAsync(token);
        await Assert.ThatAsync(() => WriteUntilRefusedAsync(port, token), Throws.InstanceOf<TimeoutException>().With.Message.Contains(_peer.Path));
        await port.DisposeAsync().AsTask().WaitAsync(Quick, TimeProvider.System, token);
    }

    [Test]
    public async Task WriteAsync_Cancelled_EndsAndTheReadingGoesOn(CancellationToken token)
    {
        NeedsFilling();
        await using ISerialPort port = await OpenAsync(token);
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task writing = WriteUntilRefusedAsync(port, enough.Token);
        await enough.CancelAsync();
        await Assert.ThatAsync(() => writing.WaitAsync(Quick, TimeProvider.System, token), Throws.InstanceOf<OperationCanceledException>());
        await _peer.SendAsync("still here"u8.ToArray(), token);
        Assert.That(await ReceiveAsync(port, 10, token), Is.EqualTo("still here"u8.ToArray()));
    }

    [Test]
    public async Task Read_Cancelled_EatsNothing(CancellationToken token)
    {
        await using ISerialPort port = await OpenAsync(token);
        for (int round = 0; round < 20; round++)
        {
            using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(token);
            Task<ReadResult> reading = port.Input.ReadAsync(enough.Token).AsTask();
            await enough.CancelAsync();
            await Assert.ThatAsync(() => reading, Throws.InstanceOf<OperationCanceledException>());
            byte[] sent = [(byte)round, 0xFF, (byte)~round];
            await _peer.SendAsync(sent, token);
            Assert.That(await ReceiveAsync(port, 3, token), Is.EqualTo(sent), $"round {round}");
        }
    }

    /// <summary>Makes the other end.</summary>
    private protected abstract Task<IPeer> PlugInAsync();

    /// <summary>Makes the driver.</summary>
    private protected abstract IConsolePort Make(IPeer peer, int? baud, FakeContext context);

    private protected static byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        new Time.Chance(1, "tty").Fill(noise);
        return noise;
    }

    private protected static async Task<byte[]> ReceiveAsync(ISerialPort port, int length, CancellationToken token)
    {
        byte[] received = new byte[length];
        for (int at = 0; at < length;)
        {
            ReadResult result = await port.Input.ReadAsync(token);
            ReadOnlySequence<byte> wanted = result.Buffer.Slice(0, Math.Min(length - at, result.Buffer.Length));
            wanted.CopyTo(received.AsSpan(at));
            at += (int)wanted.Length;
            port.Input.AdvanceTo(wanted.End);
            Assert.That(result.IsCompleted && at < length, Is.False, $"the input ended after {at} of {length} bytes");
        }

        return received;
    }

    private protected Task<ISerialPort> OpenAsync(CancellationToken token, int baud = 115_200) => Make(_peer, baud, new FakeContext()).OpenAsync(token);

    /// <summary>Every byte value, and the sequences that telnet and terminals treat in a special way.</summary>
    private byte[] AwkwardBytes()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        byte[] special = [255, 255, 255, 240, 255, 250, 44, 1, 255, 251, 0, 13, 0, 13, 10, 0, 10, 13, 13, 255, 0, 3, 4, 17, 19, 26, 28, 127, 255, 254, 253];
        return [.. Enumerable.Repeat(all.Concat(special), Rounds).SelectMany(round => round), .. special.Reverse()];
    }

    private void NeedsFilling()
    {
        if (!FillsUp)
        {
            Assert.Ignore("The line of this peer never fills up, so a write never waits.");
        }
    }

    /// <summary>Writes until the port takes no more.</summary>
    private static async Task WriteUntilRefusedAsync(ISerialPort port, CancellationToken token)
    {
        byte[] piece = new byte[65_536];
        while (true)
        {
            await port.WriteAsync(piece, token);
        }
    }
}
