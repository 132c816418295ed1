using System.Collections.Concurrent;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Journal;

/// <summary>Where a run's rows go. Thread safe.</summary>
internal interface IJournal : IAsyncDisposable
{
    /// <summary>Raised once, when rows could not be written for the first time.</summary>
    event Action<BenchFaultException>? Faulted;

    /// <summary>Rows that found no place.</summary>
    long Lost { get; }

    /// <summary>The next id of a table, given in memory so that nobody waits.</summary>
    long NextId(string table);

    /// <summary>Takes a row and never waits.</summary>
    void Put(JournalRow row);

    /// <summary>Has the rows so far written without waiting for the next batch. Returns at once.</summary>
    void CommitSoon();

    /// <summary>Waits until all rows so far were tried to be written.</summary>
    Task FlushAsync(CancellationToken cancellationToken);
}

/// <summary>Gives ids and keeps nothing.</summary>
internal sealed class NoJournal : IJournal
{
    private readonly ConcurrentDictionary<string, long> _ids = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public event Action<BenchFaultException>? Faulted
    {
        add { }
        remove { }
    }

    /// <inheritdoc/>
    public long Lost => 0;

    /// <inheritdoc/>
    public long NextId(string table) => _ids.AddOrUpdate(table, 1, static (_, last) => last + 1);

    /// <inheritdoc/>
    public void Put(JournalRow row)
    {
        // Nothing is kept, by its purpose.
    }

    /// <inheritdoc/>
    public void CommitSoon()
    {
        // There is nothing to write.
    }

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
