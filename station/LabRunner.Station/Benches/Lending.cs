using System.Net.WebSockets;
using LabRunner.Bench.Api;
using LabRunner.Bench.Rpc;
using LabRunner.Hardware.Faults;

namespace LabRunner.Station.Benches;

/// <summary>The bench lent to a program that runs suites itself: from its coming to its going, one at a time. Thread safe.</summary>
internal sealed class Lending
{
    // It has asked for the bench and looks every moment whether it is open.
    private static readonly TimeSpan ComeLimit = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private Loan? _loan;

    /// <summary>Waits until the program of a job came for the bench and has left it.</summary>
    /// <exception cref="BenchFaultException">Kind Process: it did not come.</exception>
    public async Task UntilOverAsync(string job, CancellationToken cancellationToken)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Loan loan = new(job, ending.Token);
        lock (_gate)
        {
            _loan = loan;
        }

        try
        {
            await loan.Came.Task.WaitAsync(ComeLimit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            await loan.Left.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new BenchFaultException(FaultKind.Process, $"job {job}", $"the program that asked for the bench did not come within {ComeLimit.TotalSeconds:0} s", "Start it again");
        }
        finally
        {
            lock (_gate)
            {
                _loan = null;
            }

            await ending.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Serves the bench to the program of a job until that leaves, or the run ends.</summary>
    /// <exception cref="BenchFaultException">Kind Lease: the job has not the bench, or another program has it.</exception>
    public async Task ServeAsync(string job, WebSocket socket, IBenchApi bench)
    {
        Loan? loan;
        lock (_gate)
        {
            loan = _loan?.Job == job && _loan.Came.TrySetResult() ? _loan : null;
        }

        if (loan is null)
        {
            throw new BenchFaultException(FaultKind.Lease, $"job {job}", "it has not the bench, or its program has it already", "Ask for a job of your own with lend: true");
        }

        try
        {
            await BenchServer.ServeAsync(bench, socket, loan.Ending).ConfigureAwait(false);
        }
        finally
        {
            loan.Left.TrySetResult();
        }
    }

    private sealed record Loan(string Job, CancellationToken Ending)
    {
        public TaskCompletionSource Came { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
