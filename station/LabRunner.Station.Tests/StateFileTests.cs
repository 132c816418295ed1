using LabRunner.Hardware.Faults;
using LabRunner.Station.Jobs;
using LabRunner.Station.Leases;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Station.Tests;

/// <summary>Files of the state folder: those that cannot be written, and those that are not what they should be.</summary>
public sealed class StateFileTests
{
    private string _folder;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("state-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void File_ThatCannotBePutInPlace_LeavesNoHalfOfIt()
    {
        string file = Path.Combine(_folder, "x.json");
        Directory.CreateDirectory(file);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => StateFile.Write(file, "{}"), Throws.TypeOf<BenchFaultException>().With.Message.Contains("Free space"));
            Assert.That(Directory.GetFiles(_folder), Is.Empty);
        }
    }

    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("""{"id":null,"plan":"smoke","owner":"Anna","created":"2026-01-01T00:00:00Z"}""")]
    [TestCase("""{"id":"b","plan":"smoke","owner":"Anna","created":"2026-01-01T00:00:00Z"}""")]
    public void JobFile_ThatIsNoJob_StaysWhereItIs_AndTheOthersCount(string text)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "jobs"));
        File.WriteAllText(Path.Combine(_folder, "jobs", "a.json"), text);
        new JobBook(_folder).Put(new Job { Id = "c", Plan = "smoke", Owner = "Anna", Created = DateTimeOffset.UnixEpoch });

        Assert.That(new JobBook(_folder).All().Select(j => j.Id), Is.EqualTo(new[] { "c" }));
    }

    [TestCase("[null]")]
    [TestCase("[{}]")]
    [TestCase("{}")]
    public void LeaseFile_ThatHoldsNoLease_IsNobodysLease(string text)
    {
        File.WriteAllText(Path.Combine(_folder, "leases.json"), text);
        LeaseDesk desk = new(_folder, new FakeTimeProvider(), "fake");

        Assert.That(desk.Of("p1"), Is.Null);
    }
}
