using System.IO.Pipelines;
using System.Text;
using LabRunner.Bench.Api;
using LabRunner.Bench.Consoles;
using LabRunner.Bench.Tests.Session;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Consoles;

[CancelAfter(20_000)]
public sealed class ConsoleTests : IConsoleListener
{
    private readonly List<string> _gaps = [];
    private string _folder;
    private FakeConsole _console;
    private ConsoleCapture _capture;
    private LabClock _clock;

    [SetUp]
    public async Task SetUp()
    {
        _gaps.Clear();
        _clock = LabClock.Start(20);
        _folder = Directory.CreateTempSubdirectory("console-").FullName;
        _console = new FakeConsole();
        _capture = new ConsoleCapture("p1", _folder, _console, _clock, new Redactor(["hunter22"]), this);
        await _capture.StartAsync(CancellationToken.None);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _capture.DisposeAsync();
        await _console.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task Capture_SecretSplitOverTwoReads_IsStoredNowhere(CancellationToken token)
    {
        await _console.SayAsync("Info:MAIN:Using Pass [geh");
        await _console.SayAsync("eim]\r\nmqtt broker wants hun");
        await _console.SayAsync("ter22 today\nend\n");
        ConsoleText? end = await _capture.Ring.ExpectAsync("^end$", 0, TimeSpan.FromSeconds(100), _clock, token);
        await _capture.DisposeAsync();

        string log = await File.ReadAllTextAsync(Path.Combine(_folder, "p1.log"), token);
        string raw = await File.ReadAllTextAsync(Path.Combine(_folder, "p1.raw"), token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(end?.Number, Is.EqualTo(2));
            Assert.That(_capture.Ring.Read(0, 1)[0].Text, Is.EqualTo("Info:MAIN:Using Pass [***]"));
            Assert.That(log + raw, Does.Not.Contain("geheim").And.Not.Contain("hunter22"));
            Assert.That(log, Does.Match(@"(?m)^\d{4}-\d\d-\d\dT[\d:.]+Z \+\d+\.\d{3} end$"));
        }
    }

    [Test]
    public async Task Capture_InvalidUtf8_IsReplacedInTextAndKeptInRaw(CancellationToken token)
    {
        await _console.SayAsync([0x41, 0xFF, 0x42, 0x0A]);
        ConsoleText? line = await _capture.Ring.ExpectAsync("A.B", 0, TimeSpan.FromSeconds(100), _clock, token);
        await _capture.DisposeAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(line?.Text, Is.EqualTo("A\uFFFDB"));
            Assert.That(await File.ReadAllBytesAsync(Path.Combine(_folder, "p1.raw"), token), Is.EqualTo(new byte[] { 0x41, 0xFF, 0x42, 0x0A }));
        }
    }

    [Test]
    public async Task Capture_PortLost_MarksGapAndOpensAgain(CancellationToken token)
    {
        await _console.SayAsync("before\n");
        await _capture.Ring.ExpectAsync("before", 0, TimeSpan.FromSeconds(100), _clock, token);
        await _console.LoseAsync();
        ConsoleText? gap = await _capture.Ring.ExpectAsync("^--- gap: unplugged", 0, TimeSpan.FromSeconds(100), _clock, token);
        await _console.OpenedAgain.Task.WaitAsync(token);
        await _console.SayAsync("after\n");
        ConsoleText? after = await _capture.Ring.ExpectAsync("^after$", gap!.Number, TimeSpan.FromSeconds(100), _clock, token);

        Assert.That((after?.Number, string.Join('|', _gaps)), Is.EqualTo(((long?)2, "unplugged")));
    }

    [Test]
    public async Task Expect_NothingMatches_ReturnsNullAtItsDeadline(CancellationToken token) =>
        Assert.That(await _capture.Ring.ExpectAsync("never", 0, TimeSpan.FromSeconds(2), _clock, token), Is.Null);

    [Test]
    public void Ring_OverItsCapacity_KeepsAbsoluteNumbers()
    {
        ConsoleRing ring = new(10);
        for (int i = 0; i < 25; i++)
        {
            ring.Add(TimeSpan.FromSeconds(i), $"line {i}");
        }

        Assert.That(ring.Read(0, 100).Select(l => l.Number), Is.EqualTo(Enumerable.Range(15, 10).Select(i => (long)i)));
    }

    [Test]
    public void Splitter_OverlongLine_IsCutAndMarked()
    {
        LineSplitter splitter = new();
        List<RawLine> lines = [];
        splitter.Feed(Encoding.ASCII.GetBytes(new string('x', 5000) + "\r\nshort\n"), TimeSpan.FromSeconds(1), lines);

        Assert.That(lines.Select(l => (l.Bytes.Length, l.Cut)), Is.EqualTo(new[] { (4096, true), (904, false), (5, false) }));
    }

    [TestCase("MqttPassword=\"abc123\"", "MqttPassword=\"***\"")]
    [TestCase("Using Pass [a]b]", "Using Pass [***]")]
    [TestCase("Info:MAIN:Time 5, idle 0/s, free 9", "Info:MAIN:Time 5, idle 0/s, free 9")]
    [TestCase("test passed 5 of 5", "test passed 5 of 5")]
    public void Redact_Line_MasksOnlySecrets(string line, string expected) => Assert.That(new Redactor([]).Redact(line), Is.EqualTo(expected));

    void IConsoleListener.OnLine(ConsoleText line)
    {
    }

    void IConsoleListener.OnGap(TimeSpan at, string why) => _gaps.Add(why);

    void IConsoleListener.OnOpened(TimeSpan at)
    {
    }

    void IConsoleListener.OnFlood(TimeSpan at, int linesPerSecond)
    {
    }

    void IConsoleListener.OnStorageFault(BenchFaultException fault)
    {
    }
}
