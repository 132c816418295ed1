using System.IO.Pipelines;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Conformance;

/// <summary>What every console driver must do, on a pseudo terminal.</summary>
[TestFixture(typeof(NativeTty))]
[TestFixture(typeof(SystemSerial))]
[CancelAfter(30_000)]
public sealed class ConsoleConformance<TDriver>
    where TDriver : IConsolePort
{
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(5);

    private Pty _peer = null!;

    [SetUp]
    public void Plug() => _peer = new Pty();

    [TearDown]
    public void Unplug() => _peer.Dispose();

    [Test]
    public async Task Input_PeerSends_SameBytes(CancellationToken token)
    {
        await using ISerialPort port = await OpenAsync(token);
        byte[] sent = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        _peer.Send(sent, token);
        Assert.That(await ReceiveAsync(port, sent.Length, token), Is.EqualTo(sent), "raw: no byte is special");
    }

    [Test]
    public async Task WriteAsync_SeveralWriters_PeerGetsAllBytesOfEach(CancellationToken token)
    {
        await using ISerialPort port = await OpenAsync(token);
        await Task.WhenAll(Enumerable.Range(1, 4).Select(writer => port.WriteAsync(Enumerable.Repeat((byte)writer, 300).ToArray(), token).AsTask()));
        byte[] received = _peer.Receive(1200, token);
        Assert.That(received.Chunk(300).Select(chunk => chunk.Distinct().Count()), Is.All.EqualTo(1), "a write is never split by another");
        Assert.That(received.Distinct(), Is.EquivalentTo(new byte[] { 1, 2, 3, 4 }));
    }

    [Test]
    public async Task Input_220KilobytesInOneGo_NothingLost(CancellationToken token)
    {
        await using ISerialPort port = await OpenAsync(token);
        byte[] sent = new byte[220 * 1024];
        new Time.Chance(1, "tty").Fill(sent);
        Task sending = Task.Run(() => _peer.Send(sent, token), token);
        byte[] received = await ReceiveAsync(port, sent.Length, token);
        await sending;
        Assert.That(received.AsSpan().SequenceEqual(sent), "byte for byte");
    }

    [Test]
    public async Task Input_HangUp_CompletesWithIOExceptionAndWritesFail(CancellationToken token)
    {
        await using ISerialPort port = await OpenAsync(token);
        _peer.Send("last words"u8, token);
        await ReceiveAsync(port, 10, token);
        Task<ReadResult> pending = port.Input.ReadAsync(token).AsTask();
        _peer.Dispose();
        using (Assert.EnterMultipleScope())
        {
            await Assert.ThatAsync(() => pending, Throws.InstanceOf<IOException>().With.Message.Contains(_peer.Path));
            await Assert.ThatAsync(() => port.WriteAsync("x"u8.ToArray(), token).AsTask(), Throws.InstanceOf<IOException>());
            await Assert.ThatAsync(() => port.DisposeAsync().AsTask().WaitAsync(Quick, TimeProvider.System, token), Throws.Nothing);
        }
    }

    [Test]
    public async Task DisposeAsync_PendingRead_CompletesWithoutException(CancellationToken token)
    {
        ISerialPort port = await OpenAsync(token);
        Task<ReadResult> pending = port.Input.ReadAsync(token).AsTask();
        await port.DisposeAsync().AsTask().WaitAsync(Quick, TimeProvider.System, token);
        await port.DisposeAsync();
        Assert.That((await pending).IsCompleted);
    }

    [Test]
    public async Task OpenAsync_Twice_SecondIsToldInUseUntilTheFirstIsClosed(CancellationToken token)
    {
        ISerialPort first = await OpenAsync(token);
        await Assert.ThatAsync(
            () => OpenAsync(token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Serial)
                .And.Message.Contains("in use by another process").And.Message.Contains(_peer.Path));
        await first.DisposeAsync();
        await using ISerialPort second = await OpenAsync(token);
        _peer.Send("again"u8, token);
        Assert.That(await ReceiveAsync(second, 5, token), Is.EqualTo("again"u8.ToArray()));
    }

    [Test]
    public async Task SetBaud_OpenPort_KernelHasTheNewSpeedAndNothingIsLost(CancellationToken token)
    {
        await using ISerialPort port = await OpenAsync(token, 500_000);
        Assert.That(_peer.Baud, Is.EqualTo(500_000));
        _peer.Send("before"u8, token);
        port.SetBaud(2_000_000);
        _peer.Send("after"u8, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_peer.Baud, Is.EqualTo(2_000_000));
            Assert.That(await ReceiveAsync(port, 11, token), Is.EqualTo("beforeafter"u8.ToArray()));
            Assert.That(() => port.SetBaud(49), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => port.SetBaud(4_000_001), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public async Task OpenAsync_NoBaudInOptions_TakesTheBoards(CancellationToken token)
    {
        IConsolePort console = Make(new ConsoleOptions { Path = _peer.Path }, new FakeContext().Fact("baud", "921600"));
        await using ISerialPort port = await console.OpenAsync(token);
        Assert.That(_peer.Baud, Is.EqualTo(921_600));
    }

    [Test]
    public async Task SetModemLines_Pty_NotSupported(CancellationToken token)
    {
        await using ISerialPort port = await OpenAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(port.HasModemLines, Is.False);
            Assert.That(() => port.SetModemLines(true, null), Throws.InstanceOf<NotSupportedException>());
        }
    }

    [Test]
    public async Task OpenAsync_MissingNode_FaultNamesPathAndById(CancellationToken token)
    {
        IConsolePort console = Make(new ConsoleOptions { Path = "/dev/ttyNONE7" }, new FakeContext());
        await Assert.ThatAsync(
            () => console.OpenAsync(token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Serial)
                .And.Message.Contains("/dev/ttyNONE7").And.Message.Contains("/dev/serial/by-id").And.Message.Contains("slot p1"));
    }

    [Test]
    public async Task OpenAsync_RegularFile_FaultNamesPath(CancellationToken token)
    {
        string file = Path.GetTempFileName();
        try
        {
            IConsolePort console = Make(new ConsoleOptions { Path = file }, new FakeContext());
            await Assert.ThatAsync(
                () => console.OpenAsync(token),
                Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Serial).And.Message.Contains(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static IConsolePort Make(ConsoleOptions options, IDriverContext context) =>
        (IConsolePort)Activator.CreateInstance(typeof(TDriver), options, context)!;

    private static async Task<byte[]> ReceiveAsync(ISerialPort port, int length, CancellationToken token)
    {
        byte[] received = new byte[length];
        for (int at = 0; at < length;)
        {
            ReadResult result = await port.Input.ReadAsync(token);
            foreach (ReadOnlyMemory<byte> piece in result.Buffer)
            {
                piece.CopyTo(received.AsMemory(at));
                at += piece.Length;
            }

            port.Input.AdvanceTo(result.Buffer.End);
        }

        return received;
    }

    private Task<ISerialPort> OpenAsync(CancellationToken token, int baud = 115_200) =>
        Make(new ConsoleOptions { Path = _peer.Path, Baud = baud }, new FakeContext()).OpenAsync(token);
}
