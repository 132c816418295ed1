using LabRunner.Hardware.Flashing;
using LabRunner.Station.Api;

namespace LabRunner.Station.Operations;

/// <summary>A long act that goes on, or one that has ended: what it is, how far, and every event of it in order. Thread safe.</summary>
internal sealed class Operation : IProgress<FlashProgress>, IDisposable
{
    private const int Parts = 100;

    private readonly Lock _gate = new();
    private readonly TimeProvider _clock;
    private readonly List<OperationEvent> _events = [];
    private readonly CancellationTokenSource _cancel = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private OperationView _view;
    private string? _cancelledBy;

    /// <param name="view">As it begins, or as it ended in an earlier life of the station.</param>
    /// <param name="folder">Folder of its own.</param>
    /// <param name="clock">Wall clock of the machine.</param>
    public Operation(OperationView view, string folder, TimeProvider clock)
    {
        (_view, Folder, _clock) = (view, folder, clock);
        foreach (string said in view.Said)
        {
            Append(said, null, null);
        }

        if (view.State != OperationState.Running)
        {
            Append(null, null, view);
        }
    }

    /// <summary>Folder for its byte trace.</summary>
    public string Folder { get; }

    /// <summary>As it is now.</summary>
    public OperationView View
    {
        get
        {
            lock (_gate)
            {
                return _view;
            }
        }
    }

    /// <summary>Number of its next event. Those of an earlier life of the station are fewer than it told then.</summary>
    public long Next
    {
        get
        {
            lock (_gate)
            {
                return _events.Count;
            }
        }
    }

    /// <summary>Cancelled when somebody ends it.</summary>
    public CancellationToken Cancelling => _cancel.Token;

    /// <summary>Who ended it; null: nobody.</summary>
    public string? CancelledBy
    {
        get
        {
            lock (_gate)
            {
                return _cancelledBy;
            }
        }
    }

    /// <summary>Tells it to end; it goes on until the slot is safe. Does nothing where it is over.</summary>
    public void Cancel(string who)
    {
        lock (_gate)
        {
            if (_view.State != OperationState.Running || _cancelledBy is not null)
            {
                return;
            }

            _cancelledBy = who;
        }

        _cancel.Cancel();
    }

    /// <summary>Tells what is being done, a sentence at a time.</summary>
    public void Say(string sentence)
    {
        lock (_gate)
        {
            _view = _view with { Said = [.. _view.Said, sentence] };
            Append(sentence, null, null);
        }
    }

    /// <inheritdoc/>
    public void Report(FlashProgress value)
    {
        lock (_gate)
        {
            // A viewer needs no more than a hundred figures of a step, and a chip tells thousands.
            if (_view.Progress is { } last && last.Step == value.Step && last.Total == value.Total && Part(last.Done, last.Total) == Part(value.Done, value.Total))
            {
                return;
            }

            _view = _view with { Progress = new OperationProgress(value.Step, value.Done, value.Total) };
            Append(null, _view.Progress, null);
        }
    }

    /// <summary>It is over.</summary>
    public void End(Func<OperationView, OperationView> change)
    {
        lock (_gate)
        {
            _view = change(_view) with { Ended = _clock.GetUtcNow() };
            Append(null, null, _view);
        }
    }

    /// <summary>Events from a number on, at once or when there are some.</summary>
    /// <returns>Empty: it ended before this number.</returns>
    public async Task<IReadOnlyList<OperationEvent>> EventsAsync(long from, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (from < _events.Count || _view.Ended is not null)
                {
                    return from < _events.Count ? _events[(int)Math.Max(0, from)..] : [];
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cancel.Dispose();

    private static long Part(long done, long total) => Parts * done / Math.Max(1, total);

    private void Append(string? said, OperationProgress? progress, OperationView? ended)
    {
        _events.Add(new OperationEvent(_events.Count, _clock.GetUtcNow(), said, progress, ended));
        TaskCompletionSource changed = _changed;
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.TrySetResult();
    }
}
