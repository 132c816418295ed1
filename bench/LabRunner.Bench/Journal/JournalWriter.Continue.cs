using LabRunner.Hardware.Faults;
using Microsoft.Data.Sqlite;

namespace LabRunner.Bench.Journal;

/// <content>Going on with a journal that another process began.</content>
internal sealed partial class JournalWriter
{
    /// <summary>Goes on with the journal of a run whose runner died: new rows get ids after those that are there.</summary>
    /// <param name="path">File.</param>
    /// <param name="redact">As in <see cref="Open"/>.</param>
    /// <exception cref="BenchFaultException">Kind Storage: the file is damaged or cannot be written.</exception>
    public static JournalWriter Continue(string path, Func<string, string> redact)
    {
        JournalWriter writer = Open(path, redact);
        try
        {
            writer.CheckAndCount();
            return writer;
        }
        catch (Exception failure)
        {
            writer._queue.Writer.TryComplete();
            writer._connection.Dispose();
            throw failure is SqliteException damage ? Storage(path, damage) : failure;
        }
    }

    // Before anything is queued: the writer's task does not touch the connection yet.
    private void CheckAndCount()
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "PRAGMA quick_check(1)";
        if (command.ExecuteScalar() is not "ok" and var damage)
        {
            throw new BenchFaultException(FaultKind.Storage, _path, $"the journal is damaged ({damage})", "Begin a new night; ./lab report draws what of this one can be read");
        }

        command.CommandText = "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'id' AND c.pk = 1 WHERE m.type = 'table'";
        List<string> tables = [];
        using (SqliteDataReader reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                tables.Add(reader.GetString(0));
            }
        }

        foreach (string table in tables)
        {
#pragma warning disable CA2100 // The names come from the schema that was just opened.
            command.CommandText = $"SELECT coalesce(max(id), 0) FROM \"{table.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
#pragma warning restore CA2100
            _ids[table] = (long)command.ExecuteScalar()!;
        }
    }
}
