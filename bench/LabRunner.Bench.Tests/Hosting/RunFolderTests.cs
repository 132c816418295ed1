using LabRunner.Bench.Hosting;

namespace LabRunner.Bench.Tests.Hosting;

[TestFixture]
public sealed class RunFolderTests
{
    [Test]
    public void Free_RunsOfOneSecond_HaveFoldersOfTheirOwn()
    {
        string runs = Directory.CreateTempSubdirectory("runs-").FullName;
        try
        {
            DateTimeOffset now = new(2030, 6, 15, 22, 0, 5, 900, TimeSpan.FromHours(2));
            string[] made = [.. Enumerable.Range(0, 3).Select(_ => Directory.CreateDirectory(RunFolder.Free(runs, "lab", now)).Name)];

            Assert.That(made, Is.EqualTo(new[] { "20300615T200005Z-lab", "20300615T200005Z-lab-2", "20300615T200005Z-lab-3" }));
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }
}
