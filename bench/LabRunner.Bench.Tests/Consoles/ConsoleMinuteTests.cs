using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using LabRunner.Bench.Api;
using LabRunner.Bench.Consoles;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Consoles;

/// <summary>The capture on the real tty driver: 2 Mbaud for a minute, at their pace, while the test's own thread is blocked.</summary>
[CancelAfter(600_000)]
[Parallelizable(ParallelScope.Self)]
public sealed partial class ConsoleMinuteTests : IConsoleListener, IDriverContext
{
    // 64 lines of 64 bytes each turn: 200 kB a second, what 8N1 carries at 2 Mbaud.
    private const int LinesPerTurn = 64;
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(LinesPerTurn * 64 / 200_000.0);
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    private readonly LabClock _clock = LabClock.Start();

    string IDriverContext.Place => "slot p1";

    LabClock IDriverContext.Clock => _clock;

    IReadOnlyDictionary<string, string> IDriverContext.Facts => new Dictionary<string, string>();

    T IDriverContext.Resource<T>(string name) => throw new NotSupportedException(name);

    [Test]
    public async Task Capture_TestBlocksForAMinuteOfTwoMegabaud_EveryLineIsThereAndStampedWhenItCame(CancellationToken token)
    {
        string folder = Directory.CreateTempSubdirectory("minute-").FullName;
        using Pty peer = new();
        await using NativeTty console = new(new ConsoleOptions { Path = peer.Path, Baud = 2_000_000 }, this);
        ConsoleCapture capture = new("p1", folder, console, _clock, new Redactor([]), this);
        await capture.StartAsync(token);
        int turns = (int)(Minute / Turn);
        int lines = turns * LinesPerTurn;
        TimeSpan[] due = new TimeSpan[turns];
        Thread talker = new(() => Talk(peer, due, token));
        talker.Start();
        talker.Join();
        ConsoleText? end = await capture.Ring.ExpectAsync("^end$", lines, TimeSpan.FromMinutes(2), _clock, token);
        await capture.DisposeAsync();

        int expected = 0;
        double at = 0;
        foreach (string line in File.ReadLines(Path.Combine(folder, "p1.log")).Take(lines))
        {
            Match match = Stamped().Match(line);
            double stamp = match.Success ? double.Parse(match.Groups["at"].ValueSpan, CultureInfo.InvariantCulture) : double.NaN;

            // Stamps are written in milliseconds, cut off.
            if (!match.Success || int.Parse(match.Groups["n"].ValueSpan, CultureInfo.InvariantCulture) != expected || stamp < at
                || stamp + 0.001 < due[expected / LinesPerTurn].TotalSeconds)
            {
                Assert.Fail($"line {expected}, sent at +{due[expected / LinesPerTurn].TotalSeconds:0.000} after one stamped +{at:0.000}, is '{line}'");
            }

            at = stamp;
            expected++;
        }

        Directory.Delete(folder, recursive: true);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(end?.Number, Is.EqualTo(lines));
            Assert.That(expected, Is.EqualTo(lines));
            Assert.That(due[^1] - due[0], Is.GreaterThan(Minute - (Turn * 3)), "it took the minute");
        }
    }

    void IConsoleListener.OnLine(ConsoleText line)
    {
    }

    void IConsoleListener.OnGap(TimeSpan at, string why) => Assert.Fail($"gap at +{at.TotalSeconds:0.000}: {why}");

    void IConsoleListener.OnOpened(TimeSpan at)
    {
    }

    void IConsoleListener.OnFlood(TimeSpan at, int linesPerSecond)
    {
    }

    void IConsoleListener.OnStorageFault(BenchFaultException fault) => Assert.Fail(fault.Message);

    /// <summary>Sends each turn's lines no sooner than they are due, and notes when.</summary>
    private void Talk(Pty peer, TimeSpan[] sent, CancellationToken token)
    {
        using ManualResetEventSlim never = new();
        TimeSpan started = _clock.Elapsed;
        for (int turn = 0; turn < sent.Length; turn++)
        {
            TimeSpan ahead = started + (Turn * turn) - _clock.Elapsed;
            if (ahead > TimeSpan.Zero)
            {
                never.Wait(ahead, token);
            }

            sent[turn] = _clock.Elapsed;
            int first = turn * LinesPerTurn;
            peer.Send(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(first, LinesPerTurn).Select(n => $"{n:000000} Info:MAIN:the quick brown fox jumps over the dog".PadRight(62, '.') + "\r\n"))), token);
        }

        peer.Send("end\n"u8, token);
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \+(?<at>\d+\.\d{3}) (?<n>\d{6}) Info:MAIN:the quick brown fox jumps over the dog\.+$")]
    private static partial Regex Stamped();
}
