using LabRunner.Bench.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Consoles;

/// <summary>The files of a console that may be watched for months.</summary>
public sealed class ConsoleFilesTests
{
    private readonly List<BenchFaultException> _faults = [];
    private string _folder;
    private LabClock _clock;

    [SetUp]
    public void SetUp()
    {
        _faults.Clear();
        _folder = Directory.CreateTempSubdirectory("files-").FullName;
        _clock = LabClock.Start(20);
    }

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Log_ThatIsFull_BeginsAnew_AndNoLineIsLostBetweenTheTwo()
    {
        const int Most = 4000;
        List<string> seen = [];
        using (ConsoleFiles files = new(_folder, "p1", _clock, _faults.Add, Most))
        {
            for (int i = 0; i < 400; i++)
            {
                files.Write(TimeSpan.FromSeconds(i), $"line {i}", new byte[] { (byte)'x' });
                files.Flush();
                seen.AddRange(Lines("p1.1.log").Concat(Lines("p1.log")).Where(l => !seen.Contains(l)));
            }
        }

        string[] last = [.. Lines("p1.1.log").Concat(Lines("p1.log"))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 400).Select(i => $"line {i}")));
            Assert.That(last, Is.EqualTo(seen.TakeLast(last.Length)), "nothing is missing between the two files");
            Assert.That(Directory.EnumerateFiles(_folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "p1.log", "p1.raw", "p1.1.log", "p1.1.raw" }));
            Assert.That(Directory.EnumerateFiles(_folder, "*.log").Select(f => new FileInfo(f).Length), Has.All.LessThan(Most + 100));
            Assert.That(_faults, Is.Empty);
        }
    }

    [Test]
    public void Log_OfARun_IsOneFile()
    {
        using (ConsoleFiles files = new(_folder, "p1", _clock, _faults.Add))
        {
            for (int i = 0; i < 400; i++)
            {
                files.Write(TimeSpan.FromSeconds(i), $"line {i}", new byte[] { (byte)'x' });
            }
        }

        Assert.That(Lines("p1.log"), Is.EqualTo(Enumerable.Range(0, 400).Select(i => $"line {i}")));
    }

    [Test]
    public void Log_WhoseOldOneCannotBeMoved_GoesOn_AndThatIsTold()
    {
        // A folder stands where the full log is to go.
        Directory.CreateDirectory(Path.Combine(_folder, "p1.1.log", "full"));
        using (ConsoleFiles files = new(_folder, "p1", _clock, _faults.Add, 1000))
        {
            for (int i = 0; i < 100; i++)
            {
                files.Write(TimeSpan.FromSeconds(i), $"line {i}", null);
            }
        }

        string[] kept = Lines("p1.log");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_faults.Select(f => f.Kind), Is.EqualTo(new[] { FaultKind.Storage }));
            Assert.That(kept, Has.Some.EqualTo("line 0").And.Some.EqualTo("line 99"));
            Assert.That(kept, Has.Length.EqualTo(100));
        }
    }

    // Without their stamps.
    private string[] Lines(string name) => Path.Combine(_folder, name) is var path && File.Exists(path)
        ? [.. File.ReadAllText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ', 3)[2])] : [];
}
