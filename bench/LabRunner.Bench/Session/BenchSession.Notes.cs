using LabRunner.Bench.Journal;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>What the owner tells the session, and the session its owner.</content>
public sealed partial class BenchSession
{
    private readonly TaskCompletionSource<BenchFaultException> _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the run can record nothing more, with the fault: going on would be observing for nobody.</summary>
    public Task<BenchFaultException> Broken => _broken.Task;

    /// <summary>Writes an event of the whole bench into the journal.</summary>
    /// <param name="kind">Event kind, for example guard.</param>
    /// <param name="text">One sentence.</param>
    /// <param name="data">Facts for programs; null for none.</param>
    public void Note(string kind, string text, IReadOnlyDictionary<string, string>? data = null) => _journal.Put(JournalRow.Of(new EventRecord(
        _journal.NextId("events"), _options.Clock.Elapsed.TotalSeconds, null, kind, text, data ?? new Dictionary<string, string>())));

    /// <summary>Takes a fault that the owner met, so that the night's verdict knows of it.</summary>
    public void Take(BenchFaultException fault)
    {
        _faults.Add(fault);
        Note("bench-fault", fault.Message);
    }
}
