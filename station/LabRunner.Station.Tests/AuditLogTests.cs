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

    [Test]
    public void Slip_OfAVerb_IsTakenIn_WhileTheStationRuns_AndByTheNextOne()
    {
        using (AuditLog log = new(_folder, _ => { }))
        {
            log.Add(Entry("one"));
            AuditSlip.Leave(_folder, "token add", "a token with the role 'look' for Bob", null);
            log.Add(Entry("two"));
            AuditSlip.Leave(_folder, "pin run r1", "run r1 pinned", "reference");
            Assert.That(log.Newest(9).Select(e => $"{e.Via} {e.What}"), Is.EqualTo(new[] { "verb run r1 pinned", "socket two", "verb a token with the role 'look' for Bob", "socket one" }));
        }

        AuditSlip.Leave(_folder, "token revoke", "the token of Bob, role 'look', revoked", null);
        using AuditLog next = new(_folder, _ => { });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(next.Newest(9).Select(e => e.Why ?? e.What), Is.EqualTo(new[] { "the token of Bob, role 'look', revoked", "reference", "two", "a token with the role 'look' for Bob", "one" }));
            Assert.That(Directory.GetFiles(_folder, "*.json", SearchOption.AllDirectories), Is.Empty);
        }
    }

    private static AuditEntry Entry(string what) => new(DateTimeOffset.UnixEpoch, "Anna", "Anna", "socket", "POST /x", 200, what, null);
}
