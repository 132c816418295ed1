using System.Globalization;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Consoles;

/// <content>The port can be lent: a UART has one owner, and flashing goes over the console's.</content>
internal sealed partial class ConsoleCapture
{
    private readonly Lock _lending = new();
    private Loan? _lent;
    private CancellationTokenSource? _ending;

    /// <summary>Closes the port and keeps off it until the loan is disposed; the console's log says from when to when and to whom.</summary>
    /// <param name="to">Who has it, as a reader of the log is told.</param>
    /// <param name="cancellationToken">Ends the wait for the port; it is not lent then.</param>
    /// <exception cref="BenchFaultException">Kind Serial: it is lent already.</exception>
    public async Task<IAsyncDisposable> LendAsync(string to, CancellationToken cancellationToken)
    {
        Loan loan = new(this, to);
        lock (_lending)
        {
            if (_lent is { } other)
            {
                throw new BenchFaultException(FaultKind.Serial, _console.Path, $"the port is lent to {other.To}", "Wait until it is given back");
            }

            _lent = loan;
            _ending?.Cancel();
        }

        try
        {
            await loan.Free.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return loan;
        }
        catch
        {
            await loan.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void Interruptible(CancellationTokenSource? ending)
    {
        lock (_lending)
        {
            _ending = ending;
            if (_lent is not null)
            {
                ending?.Cancel();
            }
        }
    }

    private async Task WhileLentAsync()
    {
        Loan? loan;
        lock (_lending)
        {
            loan = _lent;
        }

        if (loan is null)
        {
            return;
        }

        _keep.EndLine();
        TimeSpan from = _clock.Elapsed;
        _keep.Say(from, $"--- lent: {loan.To} has the port, nothing is captured");
        loan.Free.TrySetResult();
        await loan.Back.Task.WaitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        TimeSpan now = _clock.Elapsed;
        _keep.Say(now, string.Create(CultureInfo.InvariantCulture, $"--- lent until here: nothing was captured for {(now - from).TotalSeconds:0.000} s"));
    }

    private sealed class Loan(ConsoleCapture owner, string to) : IAsyncDisposable
    {
        public string To => to;

        public TaskCompletionSource Free { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Back { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask DisposeAsync()
        {
            lock (owner._lending)
            {
                if (owner._lent == this)
                {
                    owner._lent = null;
                }
            }

            Back.TrySetResult();
            return ValueTask.CompletedTask;
        }
    }
}
