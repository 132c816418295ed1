namespace LabRunner.Hardware.Drivers.Resources;

/// <summary>An instrument that speaks SCPI, shared by the slots on its channels. Thread safe.</summary>
public interface IScpiInstrument : IAsyncDisposable
{
    /// <summary>
    /// Sends lines in order with nobody else's in between and returns the answers of those that end with a question mark. The instrument's error
    /// queue is asked at the end (SYST:ERR?).
    /// </summary>
    /// <param name="lines">Commands without line ends.</param>
    /// <param name="cancellationToken">Gives up; the connection is made anew at the next call.</param>
    /// <exception cref="Faults.BenchFaultException">Kind Power: the instrument is not there, did not answer in time, or reports an error.</exception>
    Task<IReadOnlyList<string>> RunAsync(IReadOnlyList<string> lines, CancellationToken cancellationToken);
}
