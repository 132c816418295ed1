using LabRunner.Station.Access;

namespace LabRunner.Station.Tests;

/// <summary>The audit log's file.</summary>
public sealed class AuditLogTests
{
    private string _folder;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("audit-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Disk_ThatTakesNoMore_RefusesNoAction_IsToldOnce_AndIsWrittenToAgainWhenItCan()
    {
        // A full file whose older part cannot be put aside.
        File.WriteAllText(Path.Combine(_folder, "audit.jsonl"), new string('\n', 10_000_001));
        string aside = Path.Combine(_folder, "audit.jsonl.1");
        Directory.CreateDirectory(aside);
        List<string> warned = [];
        using (AuditLog log = new(_folder, warned.Add))
        {
            log.Add(Entry("one"));
            log.Add(Entry("two"));
            Assert.That(log.Newest(9).Select(e => e.What), Is.EqualTo(new[] { "two", "one" }));
            Directory.Delete(aside);
            log.Add(Entry("three"));
        }

        using AuditLog next = new(_folder, warned.Add);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(warned, Has.Count.EqualTo(1));
            Assert.That(warned[0], Does.Contain("Free space"));
            Assert.That(next.Newest(9).Select(e => e.What), Is.EqualTo(new[] { "three" }));
        }
    }

    private static AuditEntry Entry(string what) => new(DateTimeOffset.UnixEpoch, "Anna", "Anna", "socket", "POST /x", 200, what, null);
}
