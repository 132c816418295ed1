using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Drivers.Native;
using LabRunner.Hardware.Tests.Drivers.Support;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Hardware.Tests.Consoles;

[CancelAfter(60_000)]
public sealed class NativeTtyTests
{
    [Test]
    public async Task OpenAsync_BytesWaitingSinceBefore_AreNotThrownAway(CancellationToken token)
    {
        using Pty peer = new();

        // An open terminal keeps what comes; the driver's setting of the line must not flush it.
        using SafeFileHandle earlier = new(Libc.Open(peer.Path, Libc.ReadWrite | Libc.NoControllingTty | Libc.CloseOnExec), ownsHandle: true);
        peer.Send("boot banner\n"u8, token);
        await using ISerialPort port = await new NativeTty(new ConsoleOptions { Path = peer.Path }, new FakeContext()).OpenAsync(token);
        System.IO.Pipelines.ReadResult result = await port.Input.ReadAtLeastAsync(12, token);
        Assert.That(System.Text.Encoding.ASCII.GetString(System.Buffers.BuffersExtensions.ToArray(result.Buffer)), Is.EqualTo("boot banner\n"));
    }

    /// <summary>The number of a PTY is given anew: a link that was left behind by a killed program leads to a stranger's port.</summary>
    [Test]
    public async Task OpenAsync_LinkThatIsOlderThanItsPty_LeadsToAStranger(CancellationToken token)
    {
        string folder = Directory.CreateTempSubdirectory("left-").FullName, link = Path.Combine(folder, "p1.tty");
        try
        {
            using Pty peer = new();
            File.CreateSymbolicLink(link, peer.Path);
            ConsoleOptions options = new() { Path = link };
            await (await new NativeTty(options, new FakeContext()).OpenAsync(token)).DisposeAsync();
            new FileInfo(link).LastWriteTimeUtc = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);

            await Assert.ThatAsync(
                () => new NativeTty(options, new FakeContext()).OpenAsync(token),
                Throws.TypeOf<Faults.BenchFaultException>().With.Message.Contains($"{link} leads to {peer.Path}, which was made after it"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task WriteAsync_MoreThanTheKernelHolds_WaitsForRoom(CancellationToken token)
    {
        using Pty peer = new();
        await using ISerialPort port = await new NativeTty(new ConsoleOptions { Path = peer.Path }, new FakeContext()).OpenAsync(token);
        byte[] sent = new byte[300_000];
        new Time.Chance(2, "tty").Fill(sent);
        Task<byte[]> receiving = Task.Run(() => peer.Receive(sent.Length, token), token);
        await port.WriteAsync(sent, token);
        Assert.That((await receiving).AsSpan().SequenceEqual(sent), "byte for byte");
    }

    [Test]
    public async Task OpenAsync_SixteenPorts_AreServedByOneThread(CancellationToken token)
    {
        Pty[] peers = [.. Enumerable.Range(0, 16).Select(_ => new Pty())];
        ISerialPort[] ports = await Task.WhenAll(peers.Select(peer => new NativeTty(new ConsoleOptions { Path = peer.Path }, new FakeContext()).OpenAsync(token)));
        foreach ((Pty peer, ISerialPort port) in peers.Zip(ports))
        {
            peer.Send("x"u8, token);
            await port.Input.ReadAtLeastAsync(1, token);
        }

        int threads = Directory.GetDirectories("/proc/self/task").Count(task => File.ReadAllText(Path.Combine(task, "comm")).Trim() == "ttys");
        await Task.WhenAll(ports.Select(port => port.DisposeAsync().AsTask()));
        Array.ForEach(peers, peer => peer.Dispose());
        Assert.That(threads, Is.EqualTo(1));
    }

    [Test]
    public async Task WriteAsync_ReaderOfInputLagsFarBehind_StillWrites(CancellationToken token)
    {
        using Pty peer = new();
        await using ISerialPort port = await new NativeTty(new ConsoleOptions { Path = peer.Path }, new FakeContext()).OpenAsync(token);

        // Nobody reads the pipe: what fills it is taken, what comes then is held back.
        peer.Send(new byte[1 << 20], token);
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task sending = Task.Run(() => peer.Send(new byte[1 << 20], enough.Token), CancellationToken.None);
        await port.WriteAsync("hello"u8.ToArray(), token);
        Assert.That(peer.Receive(5, token), Is.EqualTo("hello"u8.ToArray()));
        await enough.CancelAsync();
        await Assert.ThatAsync(() => sending, Throws.InstanceOf<OperationCanceledException>(), "the sender is held back by the kernel");
    }
}
