using LabRunner.Bench.Consoles;
using LabRunner.Bench.Journal;
using LabRunner.Reports.Records;
using Microsoft.Data.Sqlite;

namespace LabRunner.Bench.Tests.Journal;

public sealed class JournalWriterTests
{
    private string _folder;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("journal-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Put_WhileASecondConnectionReads_IsIntactAndReplacesRows()
    {
        string path = Path.Combine(_folder, "journal.db");
        await using JournalWriter journal = JournalWriter.Open(path, static text => text);
        IntentRecord intent = new(journal.NextId("intents"), "p1", IntentKinds.Reboot, "it's a \"test\"", 1, null, "S02", new Dictionary<string, string> { ["a"] = "b" });
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 500; i++)
            {
                journal.Put(JournalRow.Of(new ObservationRecord(i, "p1", "P", i % 2 == 0, 1.5, null)));
            }

            journal.Put(JournalRow.Of(intent with { Closed = round }));
            await journal.FlushAsync(CancellationToken.None);
            Assert.That(Read(path, "PRAGMA integrity_check"), Is.EqualTo("ok"));
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Read(path, "SELECT count(*) FROM observations"), Is.EqualTo(1500L));
            Assert.That(Read(path, "SELECT count(*) || ':' || max(closed) || ':' || max(text) FROM intents"), Is.EqualTo("1:2.0:it's a \"test\""));
            Assert.That((journal.Fault, journal.Lost), Is.EqualTo(((object?)null, 0L)));
        }
    }

    [Test]
    public async Task Put_FreeTextWithAKnownSecret_IsStoredWithoutItAndKeysStay()
    {
        string path = Path.Combine(_folder, "journal.db");
        await using JournalWriter journal = JournalWriter.Open(path, new Redactor(["hun\"ter"]).RedactKnown);
        journal.Put(JournalRow.Of(new EventRecord(1, 1, "hun\"ter", "x", "says hun\"ter", new Dictionary<string, string> { ["a"] = "hun\"ter too" })));
        await journal.FlushAsync(CancellationToken.None);

        Assert.That(Read(path, "SELECT slot || '|' || text || '|' || data FROM events"), Is.EqualTo("hun\"ter|says ***|{\"a\":\"*** too\"}"));
    }

    [Test]
    public async Task Put_DatabaseThatCannotBeWritten_FaultsOnceAndGoesOn()
    {
        string path = Path.Combine(_folder, "journal.db");
        int faults = 0;
        await using JournalWriter journal = JournalWriter.Open(path, static text => text);
        journal.Faulted += _ => faults++;
        using (SqliteConnection other = new($"Data Source={path};Pooling=False"))
        {
            other.Open();
            using SqliteCommand drop = other.CreateCommand();
            drop.CommandText = "DROP TABLE events";
            drop.ExecuteNonQuery();
        }

        for (int i = 0; i < 3; i++)
        {
            journal.Put(JournalRow.Of(new EventRecord(journal.NextId("events"), i, null, "x", "y", new Dictionary<string, string>())));
            await journal.FlushAsync(CancellationToken.None);
        }

        Assert.That((faults, journal.Fault?.Kind), Is.EqualTo((1, LabRunner.Hardware.Faults.FaultKind.Storage)));
    }

    private static object? Read(string path, string sql)
    {
        using SqliteConnection connection = new($"Data Source={path};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
