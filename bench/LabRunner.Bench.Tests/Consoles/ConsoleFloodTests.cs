using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using LabRunner.Bench.Api;
using LabRunner.Bench.Consoles;
using LabRunner.Bench.Tests.Session;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Consoles;

/// <summary>What a UART can do at its worst: full speed for a minute while nobody reads, no line ends, garbage, bytes lost before we had them.</summary>
[CancelAfter(120_000)]
public sealed partial class ConsoleFloodTests : IConsoleListener
{
    private const long Megabyte = 1 << 20;
    private string _folder;
    private FakeConsole _console;
    private ConsoleCapture _capture;
    private LabClock _clock;

    [SetUp]
    public async Task SetUp()
    {
        _clock = LabClock.Start();
        _folder = Directory.CreateTempSubdirectory("flood-").FullName;
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
    public async Task Capture_AMinuteOfTwoMegabaudWhileTheTestBlocks_EveryLineIsThereInOrderAndStamped(CancellationToken token)
    {
        // 2 Mbaud carry 200 kB a second: 12 MB a minute, here as fast as they go.
        const int lines = 190_000;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Task talking = Task.Run(
            async () =>
            {
                foreach (int[] batch in Enumerable.Range(0, lines).Chunk(64))
                {
                    await _console.SayAsync(string.Concat(batch.Select(n => $"{n:000000} Info:MAIN:the quick brown fox jumps over the dog\r\n")));
                }

                await _console.SayAsync("end\n");
            },
            token);
        talking.Wait(token);
        ConsoleText? end = await _capture.Ring.ExpectAsync("^end$", lines, TimeSpan.FromMinutes(1), _clock, token);
        long held = GC.GetTotalMemory(forceFullCollection: true) - before;
        await _capture.DisposeAsync();

        Assert.That(end?.Number, Is.EqualTo(lines));
        int expected = 0;
        double at = 0;
        foreach (string line in File.ReadLines(Path.Combine(_folder, "p1.log")).Take(lines))
        {
            Match match = Stamped().Match(line);
            if (!match.Success || int.Parse(match.Groups["n"].ValueSpan, CultureInfo.InvariantCulture) != expected
                || double.Parse(match.Groups["at"].ValueSpan, CultureInfo.InvariantCulture) < at)
            {
                Assert.Fail($"line {expected} is '{line}' after +{at}");
            }

            at = double.Parse(match.Groups["at"].ValueSpan, CultureInfo.InvariantCulture);
            expected++;
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(expected, Is.EqualTo(lines));
            Assert.That(_capture.Ring.Read(0, int.MaxValue), Has.Count.EqualTo(ConsoleKeep.Kept), "memory holds the newest");
            Assert.That(held, Is.LessThan(32 * Megabyte), "and no more than that");
        }
    }

    [Test]
    public async Task Capture_TenMegabytesWithoutLineEnd_BoundedMemoryCutMarkedAndTheNextLineWhole(CancellationToken token)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        byte[] piece = Encoding.ASCII.GetBytes(new string('U', 4096));
        for (int sent = 0; sent < 10 * Megabyte; sent += piece.Length)
        {
            await _console.SayAsync(piece);
        }

        await _console.SayAsync("\nwhole again\n");
        ConsoleText? next = await _capture.Ring.ExpectAsync("^whole again$", 0, TimeSpan.FromMinutes(1), _clock, token);
        long held = GC.GetTotalMemory(forceFullCollection: true) - before;
        string[] shown = [.. _capture.Ring.Read(0, int.MaxValue).Select(line => line.Text)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(next, Is.Not.Null);
            Assert.That(held, Is.LessThan(16 * Megabyte));
            Assert.That(shown.Where(text => text.Length > ConsoleKeep.LongestShown + 20), Is.Empty);
            Assert.That(shown[0], Does.EndWith(" --- cut"));
            Assert.That(shown, Has.One.Match(@"^--- \d+ bytes without a line end were not kept"), "what is missing is said");
        }
    }

    [Test]
    public async Task Capture_RandomBytes_EveryLineEndCountsAndRawKeepsTheBytes(CancellationToken token)
    {
        byte[] noise = new byte[300_000];
        new Chance(5, "uart").Fill(noise);
        noise.AsSpan().Replace((byte)'\r', (byte)0);
        noise[^1] = (byte)'\n';
        foreach (byte[] piece in noise.Chunk(997))
        {
            await _console.SayAsync(piece);
        }

        await _console.SayAsync("end\n");
        ConsoleText? end = await _capture.Ring.ExpectAsync("^end$", 0, TimeSpan.FromMinutes(1), _clock, token);
        await _capture.DisposeAsync();
        byte[] raw = await File.ReadAllBytesAsync(Path.Combine(_folder, "p1.raw"), token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(end?.Number, Is.EqualTo(noise.Count(value => value == '\n')));
            Assert.That(raw.AsSpan().StartsWith(noise), "byte for byte");
            Assert.That(await File.ReadAllTextAsync(Path.Combine(_folder, "p1.log"), token), Does.Not.Contain('\0'));
        }
    }

    [Test]
    public async Task Capture_PortReportsOverruns_LogSaysThatBytesAreMissing(CancellationToken token)
    {
        await _console.SayAsync("before\n");
        _console.Count(new LineErrors(3, 0, 0));

        // The port is asked once a second, when something comes.
        Task<ConsoleText?> lost = _capture.Ring.ExpectAsync("^--- lost: the port reports 3 overruns", 0, TimeSpan.FromSeconds(30), _clock, token);
        while (!lost.IsCompleted)
        {
            await _console.SayAsync("talking\n");
            await Task.WhenAny(lost, Task.Delay(TimeSpan.FromMilliseconds(100), _clock, token));
        }

        Assert.That(await lost, Is.Not.Null);
    }

    [Test]
    public void Ring_LongLines_KeepsNoMoreCharactersThanAllowedAndTheNewest()
    {
        ConsoleRing ring = new(100, characters: 1000);
        for (int i = 0; i < 50; i++)
        {
            ring.Add(TimeSpan.FromSeconds(i), new string('x', 300));
        }

        Assert.That(ring.Read(0, 100).Select(line => line.Number), Is.EqualTo(new[] { 47L, 48, 49 }));
        ring.Add(TimeSpan.FromSeconds(50), new string('y', 5000));
        Assert.That(ring.Tail(5).Select(line => line.Number), Is.EqualTo(new[] { 50L }));
    }

    void IConsoleListener.OnLine(ConsoleText line)
    {
    }

    void IConsoleListener.OnGap(TimeSpan at, string why)
    {
    }

    void IConsoleListener.OnOpened(TimeSpan at)
    {
    }

    void IConsoleListener.OnFlood(TimeSpan at, int linesPerSecond)
    {
    }

    void IConsoleListener.OnStorageFault(BenchFaultException fault) => Assert.Fail(fault.Message);

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \+(?<at>\d+\.\d{3}) (?<n>\d{6}) Info:MAIN:the quick brown fox jumps over the dog$")]
    private static partial Regex Stamped();
}
