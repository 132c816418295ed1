using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Records;
using Microsoft.Data.Sqlite;

namespace LabRunner.Bench.Journal;

/// <summary>
/// Writes journal.db: one task owns the connection, callers only queue rows and never wait for the disk. Rows are committed
/// together about every 5 s of machine time (an SD card wears out by commits, not by rows) and on <see cref="FlushAsync"/>.
/// WAL with synchronous=FULL keeps every commit through kill -9 and a power cut. Thread safe.
/// </summary>
internal sealed partial class JournalWriter : IJournal
{
    private const int Capacity = 200_000;
    private const int LargestBatch = 20_000;

    // The disk is real whatever the run's time scale, so its rhythm is machine time.
    private static readonly TimeSpan CommitEvery = TimeSpan.FromSeconds(5);

    private readonly Channel<object> _queue = Channel.CreateBounded<object>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly ConcurrentDictionary<string, long> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);
    private readonly SqliteConnection _connection;
    private readonly string _path;
    private readonly Task _work;
    private BenchFaultException? _fault;
    private long _lost;

    private readonly Func<string, string> _redact;

    private JournalWriter(SqliteConnection connection, string path, Func<string, string> redact)
    {
        _redact = redact;
        _connection = connection;
        _path = path;
        _work = Task.Run(WorkAsync);
    }

    /// <summary>Raised once, when rows could not be written for the first time. Called on the writer's task.</summary>
    public event Action<BenchFaultException>? Faulted;

    /// <summary>The first failure to write; null while all is well.</summary>
    public BenchFaultException? Fault => Volatile.Read(ref _fault);

    /// <summary>Rows that found no place in the queue.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Opens or creates a journal.</summary>
    /// <param name="path">File.</param>
    /// <param name="redact">Takes secrets out of free text; called on the writer's task.</param>
    /// <exception cref="BenchFaultException">Kind Storage: the file cannot be created or is no journal.</exception>
    public static JournalWriter Open(string path, Func<string, string> redact)
    {
        SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
            Execute(connection, JournalSchema.Sql);
        }
        catch (SqliteException failure)
        {
            connection.Dispose();
            throw Storage(path, failure);
        }

        JournalWriter writer = new(connection, path, redact);
        return writer;
    }

    /// <summary>The next id of a table, given in memory so that nobody waits.</summary>
    public long NextId(string table) => _ids.AddOrUpdate(table, 1, static (_, last) => last + 1);

    /// <summary>Queues a row.</summary>
    public void Put(JournalRow row)
    {
        if (!_queue.Writer.TryWrite(row))
        {
            Interlocked.Increment(ref _lost);
        }
    }

    /// <summary>Has the rows queued so far written without waiting for the next batch. Returns at once.</summary>
    public void CommitSoon() => _queue.Writer.TryWrite(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Waits until all rows queued so far were tried to be written.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_work.IsCompleted)
        {
            return;
        }

        await _queue.Writer.WriteAsync(done, cancellationToken).ConfigureAwait(false);
        await done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes what is queued and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _work.ConfigureAwait(false);
        foreach (SqliteCommand command in _commands.Values)
        {
            await command.DisposeAsync().ConfigureAwait(false);
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private static BenchFaultException Storage(string path, Exception cause) => new(
        FaultKind.Storage, path, $"the journal cannot be written ({cause.Message})", StorageRemedy.Text, cause);

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private async Task WorkAsync()
    {
        List<JournalRow> batch = [];
        List<TaskCompletionSource> waiters = [];
        ChannelReader<object> reader = _queue.Reader;
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            long began = TimeProvider.System.GetTimestamp();
            while (batch.Count < LargestBatch && waiters.Count == 0)
            {
                while (batch.Count < LargestBatch && waiters.Count == 0 && reader.TryRead(out object? item))
                {
                    Take(item, batch, waiters);
                }

                TimeSpan left = CommitEvery - TimeProvider.System.GetElapsedTime(began);
                if (left <= TimeSpan.Zero || waiters.Count > 0 || !await MoreAsync(reader, left).ConfigureAwait(false))
                {
                    break;
                }
            }

            if (Commit(batch))
            {
                batch.Clear();
            }
            else if (batch.Count >= LargestBatch)
            {
                // The disk does not recover: what is oldest goes first, so that memory stays bounded.
                Interlocked.Add(ref _lost, batch.Count);
                batch.Clear();
            }

            waiters.ForEach(w => w.TrySetResult());
            waiters.Clear();
        }

        Commit(batch);
    }

    private static void Take(object item, List<JournalRow> batch, List<TaskCompletionSource> waiters)
    {
        if (item is TaskCompletionSource waiter)
        {
            waiters.Add(waiter);
        }
        else
        {
            batch.Add((JournalRow)item);
        }
    }

    private static async Task<bool> MoreAsync(ChannelReader<object> reader, TimeSpan limit)
    {
        using CancellationTokenSource timer = new(limit, TimeProvider.System);
        try
        {
            return await reader.WaitToReadAsync(timer.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private bool Commit(List<JournalRow> batch)
    {
        if (batch.Count == 0)
        {
            return true;
        }

        try
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            foreach (JournalRow row in batch)
            {
                SqliteCommand command = Prepare(row);
                command.Transaction = transaction;
                command.ExecuteNonQuery();
            }

            transaction.Commit();
            return true;
        }
        catch (SqliteException failure)
        {
            BenchFaultException fault = Storage(_path, failure);
            if (Interlocked.CompareExchange(ref _fault, fault, null) is null)
            {
                Faulted?.Invoke(fault);
            }

            return false;
        }
    }

    private SqliteCommand Prepare(JournalRow row)
    {
        if (!_commands.TryGetValue(row.Sql, out SqliteCommand? command))
        {
            command = _connection.CreateCommand();
            command.CommandText = row.Sql;
            for (int i = 0; i < row.Values.Length; i++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = "$" + i.ToString(CultureInfo.InvariantCulture) });
            }

            _commands[row.Sql] = command;
        }

        for (int i = 0; i < row.Values.Length; i++)
        {
            // SQLite has no NaN: it would be stored as NULL and break a NOT NULL column, so it is said as NULL on purpose.
            command.Parameters[i].Value = row.Values[i] switch
            {
                null or double.NaN => DBNull.Value,
                FreeText free => Safe(free.Text),
                var value => value,
            };
        }

        return command;
    }

    private string Safe(string text)
    {
        try
        {
            return _redact(text);
        }
        catch (RegexMatchTimeoutException)
        {
            // What cannot be checked in time must not be stored: it may hold a secret.
            return "(withheld: it could not be checked for secrets)";
        }
    }
}
