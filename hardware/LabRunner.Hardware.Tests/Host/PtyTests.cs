using System.Text;
using LabRunner.Hardware.Virtual.Host;

namespace LabRunner.Hardware.Tests.Host;

[TestFixture]
internal sealed class PtyTests
{
    private TemporaryFolder _folder = null!;
    private Pty _pty = null!;

    private string Link => _folder.File("p1.tty");

    [SetUp]
    public void Open()
    {
        _folder = new TemporaryFolder();
        _pty = new Pty(Link);
    }

    [TearDown]
    public void Close()
    {
        _pty.Dispose();
        _folder.Dispose();
    }

    [Test, CancelAfter(60_000)]
    public async Task Write_ReaderOpen_BytesArriveUnchanged(CancellationToken cancellationToken)
    {
        byte[] sent = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        await using FileStream reader = OpenTty();

        _pty.Write(sent);

        byte[] received = new byte[sent.Length];
        await reader.ReadExactlyAsync(received, cancellationToken);
        Assert.That(received, Is.EqualTo(sent));
    }

    [Test, CancelAfter(60_000)]
    public async Task Pump_RunnerWrites_BytesArriveUnchanged(CancellationToken cancellationToken)
    {
        byte[] sent = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        List<byte> received = [];
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using PtyPump pump = new([(_pty, bytes =>
        {
            received.AddRange(bytes);
            if (received.Count >= sent.Length)
            {
                all.TrySetResult();
            }
        })]);
        await using FileStream runner = OpenTty();

        await runner.WriteAsync(sent, cancellationToken);

        await all.Task.WaitAsync(cancellationToken);
        Assert.That(received, Is.EqualTo(sent));
    }

    [Test, CancelAfter(60_000)]
    public async Task Write_NobodyReadsAMegabyte_DropsAndNeverBlocks(CancellationToken cancellationToken)
    {
        await using FileStream reader = OpenTty();
        byte[] block = new byte[4096];

        for (int i = 0; i < 256; i++)
        {
            _pty.Write(block);
        }

        // What fits into the kernel's buffers is there, the rest is lost.
        int length = await reader.ReadAsync(new byte[1 << 20], cancellationToken);
        Assert.That(length, Is.InRange(1, (1 << 20) - 1));
    }

    [Test, CancelAfter(60_000)]
    public async Task Write_NobodyHasItOpen_IsGoneForTheNextReader(CancellationToken cancellationToken)
    {
        _pty.Write("lost "u8);
        await using FileStream reader = OpenTty();
        _pty.Write("heard"u8);

        Assert.That(await ReadTextAsync(reader, cancellationToken), Is.EqualTo("heard"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Write_EarlierReaderLeftBytesUnread_NextReaderDoesNotSeeThem(CancellationToken cancellationToken)
    {
        await using (OpenTty())
        {
            _pty.Write("left over "u8);
        }

        await using FileStream next = OpenTty();
        _pty.Write("new"u8);

        Assert.That(await ReadTextAsync(next, cancellationToken), Is.EqualTo("new"));
    }

    [Test]
    public void Dispose_LinkIsRemoved()
    {
        Assert.That(File.ResolveLinkTarget(Link, false)?.FullName, Does.StartWith("/dev/pts/"));

        _pty.Dispose();

        Assert.That(new FileInfo(Link).LinkTarget, Is.Null);
    }

    private static async Task<string> ReadTextAsync(FileStream reader, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[100];
        return Encoding.ASCII.GetString(buffer, 0, await reader.ReadAsync(buffer, cancellationToken));
    }

    private FileStream OpenTty() => new(Link, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
}
