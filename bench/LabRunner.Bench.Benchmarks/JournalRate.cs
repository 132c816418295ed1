using System.Globalization;
using LabRunner.Bench.Journal;
using LabRunner.Reports.Records;
using Microsoft.Data.Sqlite;

namespace LabRunner.Bench.Benchmarks;

/// <summary>Journal rows a second: the writer as it is (batches, synchronous=FULL), against a commit a row and against synchronous=OFF.</summary>
internal sealed class JournalRate : IFigure
{
    private const int Rows = 100_000;
    private const int SingleRows = 500;

    /// <inheritdoc/>
    public string Word => "journal";

    /// <inheritdoc/>
    public async Task MeasureAsync()
    {
        string folder = Directory.CreateTempSubdirectory("journal-rate-").FullName;
        try
        {
            await WriterAsync(Path.Combine(folder, "warm.db"), 5_000);
            double writer = await WriterAsync(Path.Combine(folder, "journal.db"), Rows);
            double single = Plain(Path.Combine(folder, "single.db"), "FULL", SingleRows, perCommit: 1);
            double full = Plain(Path.Combine(folder, "full.db"), "FULL", Rows, perCommit: 20_000);
            double off = Plain(Path.Combine(folder, "off.db"), "OFF", Rows, perCommit: 20_000);
            Console.WriteLine("Journal, observation rows a second on the disk of the temporary folder");
            Line("the journal's writer (batches, synchronous=FULL, redaction)", writer, writer);
            Line("bare SQLite, batches, synchronous=FULL", full, writer);
            Line("bare SQLite, batches, synchronous=OFF", off, writer);
            Line("bare SQLite, a commit a row, synchronous=FULL", single, writer);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Line(string what, double rate, double writer) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-62} {rate,9:0}   {rate / writer,6:0.000} of the writer"));

    private static ObservationRecord Row(int i) => new(i / 10.0, "p" + (i % 8).ToString(CultureInfo.InvariantCulture), "P", true, 3.2, null);

    private static async Task<double> WriterAsync(string path, int rows)
    {
        long began = TimeProvider.System.GetTimestamp();
        await using (JournalWriter journal = JournalWriter.Open(path, static text => text))
        {
            for (int i = 0; i < rows; i++)
            {
                journal.Put(JournalRow.Of(Row(i)));
            }

            await journal.FlushAsync(CancellationToken.None);
        }

        return rows / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    private static double Plain(string path, string synchronous, int rows, int perCommit)
    {
        using SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand setUp = connection.CreateCommand();
        setUp.CommandText = $"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; {JournalSchema.Sql}";
        setUp.ExecuteNonQuery();
        JournalRow first = JournalRow.Of(Row(0));
        using SqliteCommand insert = connection.CreateCommand();
        insert.CommandText = first.Sql;
        for (int i = 0; i < first.Values.Length; i++)
        {
            insert.Parameters.Add(new SqliteParameter { ParameterName = "$" + i.ToString(CultureInfo.InvariantCulture) });
        }

        long began = TimeProvider.System.GetTimestamp();
        for (int done = 0; done < rows;)
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            for (int i = 0; i < perCommit && done < rows; i++, done++)
            {
                object?[] values = JournalRow.Of(Row(done)).Values;
                for (int v = 0; v < values.Length; v++)
                {
                    insert.Parameters[v].Value = values[v] ?? DBNull.Value;
                }

                insert.ExecuteNonQuery();
            }

            transaction.Commit();
        }

        return rows / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }
}
