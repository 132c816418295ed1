using System.Text;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Bench.Tests.Resume;
using LabRunner.Bench.Tests.Session;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Host;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Faults;

/// <summary>Real ttys (PTYs) behind a link, as /dev/serial/by-id has them.</summary>
[Category("bench-faults")]
[CancelAfter(180_000)]
public sealed class SerialReplugTests
{
    private string _folder;
    private LabClock _clock;
    private FakePlug _plug;
    private BenchSession _bench;
    private Pty _first;

    [SetUp]
    public async Task SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("replug-").FullName;
        _clock = LabClock.Start();
        _plug = new FakePlug(_clock);
        _first = new Pty(Link);

        // What the plug itself says goes to a console that nobody captures: the test speaks over the tty.
        await _plug.Console.OpenAsync(CancellationToken.None);
        SlotHardware slot = FakeNight.Slot("p1", _plug);
        slot = new SlotHardware
        {
            Entry = slot.Entry, Power = slot.Power, Ping = slot.Ping, Button = slot.Button, RelaySense = slot.RelaySense, Plug = slot.Plug,
            Console = new NativeTty(new ConsoleOptions { Path = Link, Baud = 2_000_000 }, new Context(_clock)),
        };
        _bench = await FakeNight.OpenAsync(Path.Combine(_folder, "run"), _clock, [slot], options => options, CancellationToken.None);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _bench.DisposeAsync();
        await _plug.DisposeAsync();
        _first.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task Adapter_BackUnderAnotherNumber_IsFoundByItsLinkAndTheGapIsInvalid(CancellationToken token)
    {
        await HearAsync(_first, "before the loss", token);
        string was = Target();

        // The second exists before the first is gone, so that it cannot get its number.
        using Pty second = new(Path.Combine(_folder, "waiting"));
        _first.Dispose();
        await UntilAsync(run => run.Events.Any(e => e.Kind == "console-gap"), token);
        File.Move(Path.Combine(_folder, "waiting"), Link);
        await HearAsync(second, "after the loss", token);
        await _bench.FinishAsync("completed", token);

        RunRecord run = RunReader.Read(Path.Combine(_folder, "run"));
        string log = await File.ReadAllTextAsync(Path.Combine(_folder, "run", "consoles", "p1.log"), token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Target(), Is.Not.EqualTo(was), "another /dev/pts number");
            Assert.That(log, Does.Match("(?s)before the loss.*--- gap: .*--- gap over.*after the loss"));
            Assert.That(run.Downtime.Where(d => d.Invalid && d.Ended is not null).Select(d => d.Reason), Has.Some.StartsWith("The console is gone"));
            Assert.That(run.Events.Select(e => e.Kind), Does.Contain("console-gap").And.Contain("console-open"));
        }
    }

    [Test]
    public async Task Dut_ThatFloodsItsUart_IsKeptUpWithNamedAndInTheReport(CancellationToken token)
    {
        byte[] burst = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("Error:flood:0123456789012345678901234567\r\n", 50)));
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task flood = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    _first.Write(burst);
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);
                }
            },
            token);
        await UntilAsync(run => run.Events.Any(e => e.Kind == EventKinds.ConsoleFlood), token);
        await stop.CancelAsync();
        await flood;
        bool alive = (await _bench.GetStatusAsync("p1", token)).Observers.Any(o => o is { Observer: "P", State: "alive" });
        await _bench.FinishAsync("completed", token);

        RunRecord run = RunReader.Read(Path.Combine(_folder, "run"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(alive, Is.True, "the other observers go on");
            Assert.That(ValidityText.Of(run), Does.Contain("lines a second"));
            Assert.That(run.Outcome, Is.EqualTo("completed"));
        }
    }

    private string Link => Path.Combine(_folder, "by-id");

    private string Target() => new FileInfo(Link).LinkTarget!;

    // A reader that opens a moment later misses what was said before it.
    private async Task HearAsync(Pty pty, string text, CancellationToken token)
    {
        while (!(await _bench.ReadConsoleAsync("p1", 0, int.MaxValue, token)).Any(l => l.Text.Contains(text, StringComparison.Ordinal)))
        {
            pty.Write(Encoding.ASCII.GetBytes(text + "\r\n"));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, token);
        }
    }

    private async Task UntilAsync(Func<RunRecord, bool> met, CancellationToken token)
    {
        while (!met(RunReader.Read(Path.Combine(_folder, "run"))))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, token);
        }
    }

    private sealed class Context(LabClock clock) : IDriverContext
    {
        public string Place => "p1";

        public LabClock Clock => clock;

        public IReadOnlyDictionary<string, string> Facts { get; } = new Dictionary<string, string>();

        public T Resource<T>(string name)
            where T : class => throw new NotSupportedException();
    }
}
