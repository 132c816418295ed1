using System.Globalization;
using System.Net.WebSockets;
using LabRunner.Bench.Rpc;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Records;

namespace LabRunner.Station.Benches;

/// <summary>Whose program borrows the bench.</summary>
/// <param name="Name">Name of the token or account.</param>
/// <param name="Address">Its machine; null: this one.</param>
/// <param name="Say">Told what is to be known of it, a sentence at a time.</param>
internal sealed record Borrower(string Name, string? Address, Action<string> Say);

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

    /// <summary>The bench of a job is there for its program to come for, or to have.</summary>
    public bool IsLent(string job)
    {
        lock (_gate)
        {
            return _loan?.Job == job;
        }
    }

    /// <summary>Serves the bench to the program of a job until that leaves, or the run ends.</summary>
    /// <param name="job">Its job.</param>
    /// <param name="socket">The connection; disposed at the end.</param>
    /// <param name="bench">The bench.</param>
    /// <param name="borrower">Whose program it is.</param>
    /// <exception cref="BenchFaultException">Kind Lease: the job has not the bench, or another program has it.</exception>
    public async Task ServeAsync(string job, WebSocket socket, OpenBench bench, Borrower borrower)
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
            using FarOwner? far = borrower.Address is { } address ? new FarOwner(bench.Session, bench.Clock, trip => Note(bench, borrower, FarText(borrower.Name, address, trip))) : null;
            await BenchServer.ServeAsync(bench.Session, far, socket, loan.Ending).ConfigureAwait(false);
            if (socket.CloseStatus is null && !loan.Ending.IsCancellationRequested)
            {
                Note(bench, borrower, $"The connection to the program of {borrower.Name}{(borrower.Address is { } away ? $" at {away}" : "")} ended before the program gave the bench back: it died, or the network between did.");
            }
        }
        finally
        {
            loan.Left.TrySetResult();
        }
    }

    private static string FarText(string name, string address, TimeSpan roundTrip) => string.Create(
        CultureInfo.InvariantCulture,
        $"The tests run on another machine ({name} at {address}), {roundTrip.TotalMilliseconds:0.0##} ms there and back. What the bench times is exact; what the tests time themselves has the network in it, and their clock is the bench's to within half of that.");

    private static void Note(OpenBench bench, Borrower borrower, string text)
    {
        bench.Session.Note(EventKinds.Lent, text);
        borrower.Say(text);
    }

    private sealed record Loan(string Job, CancellationToken Ending)
    {
        public TaskCompletionSource Came { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
