using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.RegularExpressions;
using LabRunner.Bench.Api;
using LabRunner.Bench.Consoles;
using LabRunner.Bench.Tests.Session;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Consoles;

[CancelAfter(60_000)]
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
    public async Task Capture_LineOfTheDutThatLooksLikeTheBenchs_IsTold(CancellationToken token)
    {
        await _console.SayAsync("--- gap over: the console was not seen for 9.000 s\n" + new string('x', ConsoleKeep.LongestShown) + "--- gap: hidden\nend\n");
        Assert.That(await _capture.Ring.ExpectAsync("^end$", 0, TimeSpan.FromSeconds(100), _clock, token), Is.Not.Null);
        await _capture.DisposeAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_capture.Ring.Read(0, 1)[0].Text, Is.EqualTo(@"\--- gap over: the console was not seen for 9.000 s"));
            Assert.That(_capture.Ring.Read(2, 1)[0].Text, Is.EqualTo(@"\--- gap: hidden"), "the rest of a long line");
            Assert.That(await File.ReadAllTextAsync(Path.Combine(_folder, "p1.log"), token), Does.Contain(@" \--- gap over").And.Not.Contain(" --- gap"));
            Assert.That(await File.ReadAllTextAsync(Path.Combine(_folder, "p1.raw"), token), Does.StartWith("--- gap over"), "raw is what came");
        }
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
            Match stamp = Regex.Match(log, @"(?m)^(\d{4}-\d\d-\d\dT[\d:.]+Z) \+(\d+\.\d{3}) end$");
            Assert.That(stamp.Success, log);
            TimeSpan run = TimeSpan.FromSeconds(double.Parse(stamp.Groups[2].Value, CultureInfo.InvariantCulture));
            DateTimeOffset wall = DateTimeOffset.Parse(stamp.Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.That(wall - _clock.UtcAt(TimeSpan.Zero), Is.EqualTo(run / _clock.Scale).Within(TimeSpan.FromMilliseconds(2)), "labelled with the real clock");
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

        using (Assert.EnterMultipleScope())
        {
            Assert.That((after?.Number, string.Join('|', _gaps)), Is.EqualTo(((long?)3, "unplugged")));
            Assert.That(_capture.Ring.Read(2, 1)[0].Text, Does.Match(@"^--- gap over: the console was not seen from \+\d+\.\d{3} to \+\d+\.\d{3}, \d+\.\d{3} s of run time$"));
        }
    }

    [Test]
    public async Task Expect_NothingMatches_ReturnsNullAtItsDeadline(CancellationToken token) =>
        Assert.That(await _capture.Ring.ExpectAsync("never", 0, TimeSpan.FromSeconds(2), _clock, token), Is.Null);

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(-5000)]
    public async Task Expect_DeadlineIsOverAlready_WhatHasComeCounts(int milliseconds)
    {
        ConsoleRing ring = new(10);
        ring.Add(TimeSpan.FromSeconds(1), "come");
        TimeSpan over = TimeSpan.FromMilliseconds(milliseconds);
        Assert.That((await ring.ExpectAsync("come", 0, over, _clock, default))?.Number, Is.Zero);
        Assert.That(await ring.ExpectAsync("never", 0, over, _clock, default), Is.Null);
    }

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
    public async Task Capture_SecretAcrossAndAfterTheCutOfALongLine_IsStoredNowhere(CancellationToken token)
    {
        await _console.SayAsync(new string('x', ConsoleKeep.LongestShown - 14) + "Using Pass [geheim-across] then " + new string('y', 5000) + " hunter22\nend\n");
        await _capture.Ring.ExpectAsync("^end$", 0, TimeSpan.FromSeconds(100), _clock, token);
        await _capture.DisposeAsync();

        string stored = await StoredAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stored, Does.Not.Contain("geheim").And.Not.Contain("across").And.Not.Contain("hunter22"));
            Assert.That(_capture.Ring.Read(0, 9).Select(l => l.Text.EndsWith(" --- cut", StringComparison.Ordinal)), Is.EqualTo(new[] { true, true, false, false }));
            Assert.That(stored.Count(c => c == 'y'), Is.EqualTo(10_000), "in .log and in .raw");
        }
    }

    [Test]
    public async Task Capture_SecretSplitByALineEnd_IsStoredNowhereAndInnocentLinesAreKept(CancellationToken token)
    {
        await _console.SayAsync("Info:MAIN:Using Pass [gehe\nInfo:MAIN:Time 5, idle 0/s\nim]\nwants hun\nter22 today\nmqtt_pass: \"two\nwords\" done\nend\n");
        await _capture.Ring.ExpectAsync("^end$", 0, TimeSpan.FromSeconds(100), _clock, token);
        await _capture.DisposeAsync();

        string stored = await StoredAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                _capture.Ring.Read(0, 9).Select(l => l.Text),
                Is.EqualTo(new[] { "Info:MAIN:Using Pass [***", "Info:MAIN:Time 5, idle 0/s", "***]", "wants ***", "*** today", "mqtt_pass: \"***", "***\" done", "end" }));
            Assert.That(stored, Does.Not.Contain("gehe").And.Not.Contain("ter22").And.Not.Contain("words"));
        }
    }

    [Test]
    public async Task Capture_BootAfterABrokenSecret_IsNotMasked(CancellationToken token)
    {
        await _console.SayAsync("Info:MAIN:Using Pass [gehe\nStarting bl602 now....\nhello [x]\nend\n");
        await _capture.Ring.ExpectAsync("^end$", 0, TimeSpan.FromSeconds(100), _clock, token);

        Assert.That(_capture.Ring.Read(1, 2).Select(l => l.Text), Is.EqualTo(new[] { "Starting bl602 now....", "hello [x]" }));
    }

    [Test]
    public async Task Capture_LossThatNamesASecret_TellsNobody(CancellationToken token)
    {
        await _console.LoseAsync("tty of hunter22 is gone");
        await _capture.Ring.ExpectAsync("^--- gap", 0, TimeSpan.FromSeconds(100), _clock, token);

        Assert.That(_gaps, Is.EqualTo(new[] { "tty of *** is gone" }));
    }

    [Test]
    public void Splitter_LineWithoutEnd_IsToldAtOnceAndItsRestCounted()
    {
        LineSplitter splitter = new();
        List<RawLine> lines = [];
        splitter.Feed(Encoding.ASCII.GetBytes(new string('x', LineSplitter.Checked + 100)), TimeSpan.FromSeconds(1), lines);
        int told = lines.Count;
        splitter.Feed(Encoding.ASCII.GetBytes("more\r\nshort\r\n"), TimeSpan.FromSeconds(1), lines);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(told, Is.EqualTo(1));
            Assert.That(lines.Select(l => (l.Bytes.Length, l.Dropped)), Is.EqualTo(new[] { (LineSplitter.Checked, 0L), (0, 105L), (5, 0L) }));
        }
    }

    [TestCase("MqttPassword=\"abc123\"", "MqttPassword=\"***\"")]
    [TestCase("Using Pass [a]b]", "Using Pass [***]")]
    [TestCase("mqtt_pass=two words", "mqtt_pass=***")]
    [TestCase("mqtt_pass=two words, mqtt_host=10.0.0.1", "mqtt_pass=***, mqtt_host=10.0.0.1")]
    [TestCase("Info:MQTT:mqtt_userName bob, mqtt_pass two words, mqtt_clientID obk, mqtt_host h:1", "Info:MQTT:mqtt_userName bob, mqtt_pass ***, mqtt_clientID obk, mqtt_host h:1")]
    [TestCase("Info:MQTT:mqtt_userName , mqtt_pass , mqtt_clientID obk", "Info:MQTT:mqtt_userName , mqtt_pass , mqtt_clientID obk")]
    [TestCase("{\"mqtt_pass\":\"a\\\"b c\",\"port\":1}", "{\"mqtt_pass\":\"***\",\"port\":1}")]
    [TestCase("{\\\"mqtt_pass\\\":\\\"two words\\\",\\\"port\\\":1}", "{\\\"mqtt_pass\\\":\\\"***\\\",\\\"port\\\":1}")]
    [TestCase("GET /cfg_wifi_set?ssid=x&pass=two%20words&open=0 HTTP/1.1", "GET /cfg_wifi_set?ssid=x&pass=***&open=0 HTTP/1.1")]
    [TestCase("MqttPassword two words", "MqttPassword ***")]
    [TestCase("Password1 [a] b", "Password1 [***] b")]
    [TestCase("psk='it\\'s here' ok", "psk='***' ok")]
    [TestCase("Info:MAIN:Time 5, idle 0/s, free 9", "Info:MAIN:Time 5, idle 0/s, free 9")]
    [TestCase("test passed 5 of 5", "test passed 5 of 5")]
    [TestCase("Error:HTTP:password incorrect", "Error:HTTP:password incorrect")]
    [TestCase("bypass: 3, pass=4 fail=0", "bypass: 3, pass=4 fail=0")]
    public void Redact_Line_MasksOnlySecrets(string line, string expected) => Assert.That(new Redactor([]).Redact(line), Is.EqualTo(expected));

    [TestCase("key: a\"b c/d", "key: ***")]
    [TestCase("{\"x\":\"a\\\"b c/d\"}", "{\"x\":\"***\"}")]
    [TestCase("{\"x\":\"a\\u0022b c/d\"}", "{\"x\":\"***\"}")]
    [TestCase("/set?p=a%22b%20c%2Fd&q=1", "/set?p=***&q=1")]
    [TestCase("<i>a&quot;b c/d</i>", "<i>***</i>")]
    [TestCase("key: a\"b\r c/d", "key: ***")]
    [TestCase("key: a b c d", "key: a b c d")]
    public void RedactKnown_AnySpelling_IsMasked(string line, string expected) => Assert.That(new Redactor(["a\"b c/d"]).RedactKnown(line), Is.EqualTo(expected));

    private async Task<string> StoredAsync(CancellationToken token) =>
        await File.ReadAllTextAsync(Path.Combine(_folder, "p1.log"), token) + await File.ReadAllTextAsync(Path.Combine(_folder, "p1.raw"), token);

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
