using LabRunner.Reports.Records;
using LabRunner.Station.Consoles;

namespace LabRunner.Station.Tests;

/// <summary>What a killed station had read and not copied yet.</summary>
public sealed class LeftBehindTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private string _folder;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("left-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    /// <summary>However many of a burst with one stamp were copied, the others come, once.</summary>
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(6)]
    public void Lines_ThatWereReadAndNotCopied_AreTakenFromTheWatch_Once(int copied)
    {
        (double At, string Text)[] said = [(1, "boot"), (2, "same"), (2, "same"), (2, "other"), (3, "--- gap: the console was gone"), (4, "last")];
        Log("watch/b", said);
        Log("watch/a", [(0.5, "of an older watch")]);
        using ConsoleStore store = Store([(0, "--- the station watches"), .. said.Take(copied)]);
        IReadOnlyList<(DateTimeOffset At, string Text)> left = Of(store);
        store.Append(left);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(left.Select(l => ((l.At - Start).TotalSeconds, l.Text)), Is.EqualTo(said.Skip(copied)));
            Assert.That(Of(store), Is.Empty, "the next start finds nothing more");
        }
    }

    /// <summary>A log of a watch that was full begins anew; the one before is beside it.</summary>
    [TestCase(1)]
    [TestCase(3)]
    public void Lines_ThatAreInTheLogBefore_AreTakenToo(int copied)
    {
        (double At, string Text)[] said = [(1, "boot"), (2, "the last of the full log"), (3, "the first of the new one"), (4, "last")];
        string log = Log("watch/a", said[..2]);
        File.Move(log, Path.ChangeExtension(log, ".1.log"));
        Log("watch/a", said[2..]);
        using ConsoleStore store = Store([(0, "--- the station watches"), .. said.Take(copied)]);

        Assert.That(Of(store).Select(l => ((l.At - Start).TotalSeconds, l.Text)), Is.EqualTo(said.Skip(copied)));
    }

    [Test]
    public void Run_ThatTheStationPlayed_CountsToo_AndOneOfSomebodyElseDoesNot()
    {
        Log("watch/a", [(1, "watched")]);
        Log("runs/r1", [(2, "in the run"), (3, "left behind")]);
        Log("runs/r2", [(4, "a night without the station")]);
        using ConsoleStore store = Store([(1, "watched"), (1.5, "--- a run begins"), (2, "in the run")]);

        Assert.That(Of(store).Select(l => l.Text), Is.EqualTo(new[] { "left behind" }));
    }

    [TestCase("")]
    [TestCase("half a li")]
    [TestCase("2026-01-01T00:00:05.000Z")]
    [TestCase("2026-01-01T00:00:05.000Z +5.0")]
    [TestCase("2026-99-01T00:00:05.000Z +5.0 text")]
    [TestCase("\0\u001b[31m\uFFFD +x y")]
    public void Log_ThatEndsInTheMiddle_GivesItsWholeLines(string end)
    {
        string file = Log("watch/a", [(1, "kept"), (2, "left")]);
        File.AppendAllText(file, end);
        using ConsoleStore store = Store([(1, "kept")]);

        Assert.That(Of(store).Select(l => l.Text), Is.EqualTo(new[] { "left" }));
    }

    /// <summary>Neither a new store takes the history of others, nor does one without records fail.</summary>
    [Test]
    public void StoreWithoutLinesOrRecordsWithout_TakeNothing()
    {
        using ConsoleStore none = new(Path.Combine(_folder, "none"));
        using ConsoleStore some = Store([(1, "kept")]);
        IReadOnlyList<(DateTimeOffset, string)> withoutRecords = Of(some);
        Log("watch/a", [(2, "left")]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(withoutRecords, Is.Empty);
            Assert.That(Of(none), Is.Empty);
            Assert.That(Of(some), Has.Count.EqualTo(1));
        }
    }

    private IReadOnlyList<(DateTimeOffset At, string Text)> Of(ConsoleStore store) => LeftBehind.Of("p1", store, Path.Combine(_folder, "watch"), Path.Combine(_folder, "runs"));

    // As the next station finds it: from its files.
    private ConsoleStore Store(IEnumerable<(double At, string Text)> lines)
    {
        string folder = Path.Combine(_folder, "state");
        using (ConsoleStore dead = new(folder))
        {
            dead.Append(lines.Select(l => (Start.AddSeconds(l.At), l.Text)));
        }

        return new ConsoleStore(folder);
    }

    private string Log(string record, IEnumerable<(double At, string Text)> lines)
    {
        string folder = Path.Combine(_folder, record);
        Directory.CreateDirectory(Path.Combine(folder, "consoles"));
        File.WriteAllText(Path.Combine(folder, JournalSchema.FileName), "");
        string file = Path.Combine(folder, "consoles", "p1.log");
        File.WriteAllLines(file, lines.Select(l => FormattableString.Invariant($"{Start.AddSeconds(l.At):yyyy-MM-ddTHH:mm:ss.fffZ} +{l.At:0.000} {l.Text}")));
        return file;
    }
}
