using System.Diagnostics;
using LabRunner.Station.Consoles;

namespace LabRunner.Station.Tests;

/// <summary>The lines of a console, numbered for ever.</summary>
public sealed class ConsoleStoreTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private string _folder;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("store-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [TestCase(1000)]
    [TestCase(7)]
    public void Lines_AreReadByNumber_FromAnyPlaceInAnyFile_AlsoByTheNextStation(int linesPerFile)
    {
        using (ConsoleStore first = new(_folder, linesPerFile))
        {
            Say(first, 0, 100);
        }

        using ConsoleStore second = new(_folder, linesPerFile);
        Say(second, 100, 5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((second.First, second.Next), Is.EqualTo(linesPerFile == 7 ? (0, 105) : (0L, 105L)));
            foreach (int from in new[] { 0, 1, 6, 7, 8, 50, 99, 100, 104 })
            {
                Assert.That(second.Read(from, 9).Select(l => (l.Number, l.Text)), Is.EqualTo(Enumerable.Range(from, Math.Min(9, 105 - from)).Select(i => ((long)i, $"line {i} — ä"))), $"from {from}");
            }

            Assert.That(second.Read(42, 1)[0].At, Is.EqualTo(Start.AddSeconds(42)));
            Assert.That(second.Read(105, 9), Is.Empty);
        }
    }

    [Test]
    public void OldestFiles_Go_AndNumbersStay()
    {
        using ConsoleStore store = new(_folder, linesPerFile: 10);
        Say(store, 0, (ConsoleStore.KeptFiles + 5) * 10);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(store.First, Is.EqualTo(50));
            Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(ConsoleStore.KeptFiles));
        }

        using ConsoleStore next = new(_folder, linesPerFile: 10);
        Assert.That(next.Read(0, 1)[0].Number, Is.EqualTo(50));
    }

    [Test]
    public void HalfALine_OfAStationThatWasKilled_IsALine()
    {
        using (ConsoleStore store = new(_folder))
        {
            Say(store, 0, 3);
        }

        string file = Directory.GetFiles(_folder).Single();
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^8]);
        using ConsoleStore next = new(_folder);
        Say(next, 3, 1);

        Assert.That(next.Read(0, 9).Select(l => l.Text), Is.EqualTo(new[] { "line 0 — ä", "line 1 — ä", "line 2", "line 3 — ä" }));
    }

    [Test]
    public async Task Disk_ThatTakesNoMoreForAWhile_LosesNoNumber_AndNoReaderWaitsForEver()
    {
        // A folder where the next file should be: the disk refuses it.
        string refused = Path.Combine(_folder, "000000000003.log");
        Directory.CreateDirectory(refused);
        Task waiting;
        long[] seen;
        using (ConsoleStore store = new(_folder, linesPerFile: 3))
        {
            waiting = store.WaitAsync(4, default);
            Assert.That(() => Say(store, 0, 5), Throws.TypeOf<IOException>());
            await waiting.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
            seen = [.. store.Read(0, 9).Select(l => l.Number)];
            Directory.Delete(refused);
            Say(store, 5, 4);
        }

        using ConsoleStore next = new(_folder, linesPerFile: 3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(seen, Is.EqualTo(new[] { 0, 1, 2, 3, 4 }));
            Assert.That(next.Next, Is.EqualTo(9));
            Assert.That(next.Read(0, 9).Select(l => l.Text), Is.EqualTo(new[] { "line 0 — ä", "line 1 — ä", "line 2 — ä", "line 5 — ä", "line 6 — ä", "line 7 — ä", "line 8 — ä" }));
            Assert.That(next.Read(6, 1).Single().Text, Is.EqualTo("line 6 — ä"));
        }
    }

    [Test]
    public void Search_FindsNewestFirst_BeforeANumber()
    {
        using ConsoleStore store = new(_folder, linesPerFile: 4000);
        Say(store, 0, 12_000);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(store.Search("LINE 119", long.MaxValue, 3, default).Select(l => l.Number), Is.EqualTo(new[] { 11_999, 11_998, 11_997 }));
            Assert.That(store.Search("line 11 ", 5000, 10, default).Select(l => l.Number), Is.EqualTo(new[] { 11 }));
            Assert.That(store.Search("nowhere", long.MaxValue, 10, default), Is.Empty);
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task LinesGoOn_WhileASearchWaitsForTheDisk(CancellationToken token)
    {
        using (ConsoleStore before = new(_folder, linesPerFile: 100))
        {
            Say(before, 0, 20_300);
        }

        // A disk that does not answer: reading the oldest file waits until somebody writes into the pipe.
        string slow = Path.Combine(_folder, Directory.GetFiles(_folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal).First());
        File.Delete(slow);
        using (Process made = Process.Start("mkfifo", slow))
        {
            await made.WaitForExitAsync(token);
        }

        using ConsoleStore store = new(_folder, linesPerFile: 100);
        long kept = store.First;
        Task<IReadOnlyList<StoredLine>> search = Task.Run(() => store.Search("line", kept + 150, 150, token), token);
        await using (FileStream pipe = await Task.Run(() => new FileStream(slow, FileMode.Open, FileAccess.Write), token))
        {
            // The search reads: it has opened the pipe, and gets nothing.
            await Task.Run(() => Say(store, 20_300, 5), token).WaitAsync(token);
            bool early = search.IsCompleted;

            Assert.That((store.Next, store.Read(20_302, 1).Single().Text, early), Is.EqualTo((20_305L, "line 20302 — ä", false)));
        }

        Assert.That((await search).Select(l => l.Number), Is.EqualTo(Enumerable.Range(0, 50).Select(i => kept + 149 - i)), "of the file that gave nothing there is nothing");
    }

    [Test]
    public void Search_ForSomebodyWhoHasGone_Ends()
    {
        using ConsoleStore store = new(_folder);
        Say(store, 0, 10);

        Assert.That(() => store.Search("nowhere", long.MaxValue, 10, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Waiting_EndsWithTheLine()
    {
        using ConsoleStore store = new(_folder);
        Task waiting = store.WaitAsync(1, default);
        Say(store, 0, 1);
        bool early = waiting.IsCompleted;
        Say(store, 1, 1);
        await waiting;

        Assert.That(early, Is.False);
    }

    private static void Say(ConsoleStore store, int from, int count) =>
        store.Append(Enumerable.Range(from, count).Select(i => (Start.AddSeconds(i), $"line {i} — ä")));
}
