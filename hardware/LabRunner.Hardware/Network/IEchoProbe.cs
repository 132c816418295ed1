namespace LabRunner.Hardware.Network;

/// <summary>
/// Observer P: does the DUT's network stack answer below TCP? ICMP echo on a real network; UDP echo (RFC 862) where
/// the address is a loopback one, which the kernel itself would answer to ICMP.
/// </summary>
public interface IEchoProbe : IAsyncDisposable
{
    /// <summary>One echo.</summary>
    /// <param name="limit">How long to wait, run time.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Round trip in run time, or null when nothing came back in time.</returns>
    /// <exception cref="Faults.BenchFaultException">The machine lacks the right or the program for it.</exception>
    Task<TimeSpan?> EchoAsync(TimeSpan limit, CancellationToken cancellationToken);
}
