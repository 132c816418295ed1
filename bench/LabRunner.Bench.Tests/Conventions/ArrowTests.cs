using System.Xml.Linq;

namespace LabRunner.Bench.Tests.Conventions;

/// <summary>The compiler holds the arrows that the project files draw; this holds the project files.</summary>
public sealed class ArrowTests
{
    private static readonly string[] RoomOrder = ["hardware", "reports", "bench", "fixtures", "suites"];

    [Test]
    public void References_OfEveryProject_PointToTheSameOrALowerRoom()
    {
        string[] wrong =
        [
            .. from project in RepoFolder.Projects()
               from reference in References(project)
               where RoomOf(reference) > RoomOf(project)
               select $"{Path.GetFileName(project)} → {Path.GetFileName(reference)}",
        ];

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Drivers_AreKnownToHostingAlone()
    {
        // The tests of the bench stand on the far side of the seam too: a tty that is pulled needs a driver on one end and a PTY on the other.
        string[] knowing =
        [
            .. from project in RepoFolder.Projects()
               let name = Path.GetFileNameWithoutExtension(project)
               where !name.StartsWith("LabRunner.Hardware", StringComparison.Ordinal)
                  && name is not ("LabRunner.Bench.Hosting" or "LabRunner.Bench.Tests" or "LabRunner.Bench.Simulation" or "LabRunner.Bench.Simulation.Tests" or "LabRunner.Bench.Benchmarks")
               from reference in References(project)
               where Path.GetFileNameWithoutExtension(reference) is "LabRunner.Hardware.Drivers" or "LabRunner.Hardware.Virtual"
               select $"{name} → {Path.GetFileName(reference)}",
        ];

        Assert.That(knowing, Is.Empty);
    }

    [Test]
    public void Suites_AreReferencedByNobody()
    {
        string[] referencing =
        [
            .. RepoFolder.Projects().Where(p => References(p).Any(r => Path.GetFileNameWithoutExtension(r) == "LabRunner.Suites")),
        ];

        Assert.That(referencing, Is.Empty);
    }

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(project).Descendants("ProjectReference")
            .Select(r => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, r.Attribute("Include")!.Value)));

    private static int RoomOf(string project)
    {
        // The station is the CLI's equal: it stands on what owns a bench, and a verb starts it.
        string room = Path.GetRelativePath(RepoFolder.Path, project).Split(Path.DirectorySeparatorChar)[0];
        return Array.IndexOf(RoomOrder, room == "station" ? "bench" : room);
    }
}
