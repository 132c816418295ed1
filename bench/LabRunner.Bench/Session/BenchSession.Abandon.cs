using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

public sealed partial class BenchSession
{
    /// <summary>
    /// The process that ran a slot's suites is gone: its open test, intents and exposure end now, and where no test was open the loss is
    /// recorded as a test of its own, so that silence is not read as success. What it may have left behind at the slot (supply off, lines held,
    /// pulses) is put right, and the DUT gets time to be ready for the next suite.
    /// </summary>
    /// <param name="slot">Slot.</param>
    /// <param name="verdict">Verdict of what was open.</param>
    /// <param name="why">What happened, for the report.</param>
    /// <param name="cancellationToken">Ends the wait for the DUT; the records are closed all the same.</param>
    public async Task AbandonTestsAsync(string slot, Verdict verdict, string why, CancellationToken cancellationToken)
    {
        TestRecord[] open;
        ExposureRecord[] exposures;
        lock (_records)
        {
            open = [.. _tests.Values.Where(t => t.Slot == slot && t.Ended is null)];
            exposures = [.. _exposure.Values.Where(e => e.Slot == slot && e.Ended is null)];
        }

        if (open.Length == 0)
        {
            long lost = await BeginTestAsync(slot, "HOST", "suite host", $"suite host of {slot}", cancellationToken).ConfigureAwait(false);
            await EndTestAsync(lost, verdict, why, null, cancellationToken).ConfigureAwait(false);
        }

        foreach (TestRecord test in open)
        {
            await EndTestAsync(test.Id, verdict, why, null, cancellationToken).ConfigureAwait(false);
        }

        foreach (ExposureRecord exposure in exposures)
        {
            await EndExposureAsync(exposure.Id, cancellationToken).ConfigureAwait(false);
        }

        // Only what the suites opened: the bench's own intents (ladder, first power-up) still explain what the bench does.
        foreach (long intent in _suiteIntents.Where(i => i.Value == slot).Select(i => i.Key))
        {
            await CloseIntentAsync(intent, cancellationToken).ConfigureAwait(false);
        }

        await Slot(slot).RestoreAsync(cancellationToken).ConfigureAwait(false);
    }
}
