using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using LabRunner.Bench.Api;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Consoles;

/// <summary>
/// Captures one console from the moment it exists until the night ends, whether or not anyone reads. One task owns the port and
/// opens it again after a loss; readers only see <see cref="Ring"/>. What becomes of a line is up to <see cref="ConsoleKeep"/>.
/// </summary>
internal sealed partial class ConsoleCapture : IAsyncDisposable
{
    // Machine time, and short: what a DUT says between the plugging-in and our opening is lost.
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ErrorsEvery = TimeSpan.FromSeconds(1);

    private readonly IConsolePort _console;
    private readonly LabClock _clock;
    private readonly Redactor _redactor;
    private readonly IConsoleListener _listener;
    private readonly ConsoleKeep _keep;
    private readonly CancellationTokenSource _stop = new();
    private ISerialPort? _port;
    private Task _work = Task.CompletedTask;
    private long _lastByteTicks = -1;
    private TimeSpan? _gapAt;
    private TimeSpan _errorsAt;
    private long _overruns;
    private int _disposed;

    public ConsoleCapture(string slot, string? folder, IConsolePort console, LabClock clock, Redactor redactor, IConsoleListener listener, long mostBytes = long.MaxValue)
    {
        _console = console;
        _clock = clock;
        _redactor = redactor;
        _listener = listener;
        _keep = new ConsoleKeep(folder is null ? null : new ConsoleFiles(folder, slot, clock, listener.OnStorageFault, mostBytes), redactor, listener);
    }

    /// <summary>The newest lines.</summary>
    public ConsoleRing Ring => _keep.Ring;

    /// <summary>Run time of the newest byte; null before the first.</summary>
    public TimeSpan? LastByteAt => Interlocked.Read(ref _lastByteTicks) is >= 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;

    /// <summary>True while the port is open.</summary>
    public bool IsOpen => Volatile.Read(ref _port) is not null;

    /// <summary>Starts the owner task. The first attempt to open is awaited, so that a console exists before power does.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _work = _clock.RunAsync(() => OwnAsync(tried));
        await tried.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Goes on with the files of a runner that died: marks the gap. Before <see cref="StartAsync"/>.</summary>
    /// <param name="lastSeen">Run time of its last record.</param>
    /// <param name="why">What lies between.</param>
    public void TakeUp(TimeSpan lastSeen, string why)
    {
        _gapAt = lastSeen;
        _keep.Say(_clock.Elapsed, string.Create(CultureInfo.InvariantCulture, $"--- gap: {why}; the last record before it is of +{lastSeen.TotalSeconds:0.000}"));
    }

    /// <summary>Writes to the DUT.</summary>
    /// <exception cref="BenchFaultException">Kind Serial: the port is not open or took nothing.</exception>
    public async Task WriteAsync(string text, CancellationToken cancellationToken)
    {
        ISerialPort port = Volatile.Read(ref _port) ?? throw Serial("the console is not open", null);
        try
        {
            await port.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or TimeoutException or ObjectDisposedException)
        {
            throw Serial("the console took no bytes", failure);
        }
    }

    /// <summary>Stops the capture and closes port and files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        _keep.Dispose();
        _stop.Dispose();
    }

    private BenchFaultException Serial(string problem, Exception? cause) =>
        new(FaultKind.Serial, _console.Path, problem, "Check that the adapter is plugged in and that no other program has it", cause);

    private async Task OwnAsync(TaskCompletionSource tried)
    {
        TimeSpan backoff = FirstBackoff;
        while (!_stop.IsCancellationRequested)
        {
            await WhileLentAsync().ConfigureAwait(false);
            using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            Interruptible(ending);
            string why;
            try
            {
                ISerialPort port = await _console.OpenAsync(ending.Token).ConfigureAwait(false);
                await using (port.ConfigureAwait(false))
                {
                    Volatile.Write(ref _port, port);
                    long opened = TimeProvider.System.GetTimestamp();
                    MarkOpened();
                    tried.TrySetResult();
                    why = await ReadAsync(port, ending.Token).ConfigureAwait(false);

                    // An adapter that comes and goes at once is not asked ever faster.
                    backoff = TimeProvider.System.GetElapsedTime(opened) > LongestBackoff ? FirstBackoff : backoff;
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // Somebody else wants the port.
                continue;
            }
            catch (Exception failure)
            {
                // Whatever a line of the DUT made a listener throw: the capture marks the gap and goes on.
                why = failure.Message;
            }
            finally
            {
                Volatile.Write(ref _port, null);
                Interruptible(null);
            }

            if (_stop.IsCancellationRequested)
            {
                break;
            }

            if (_gapAt is null)
            {
                MarkGap(why);
            }

            tried.TrySetResult();
            backoff = await BackOffAsync(backoff).ConfigureAwait(false);
        }

        tried.TrySetResult();
        _keep.EndLine();
    }

    private async Task<TimeSpan> BackOffAsync(TimeSpan backoff)
    {
        try
        {
            await Task.Delay(backoff, TimeProvider.System, _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The loop sees the stop itself.
        }

        return backoff * 2 < LongestBackoff ? backoff * 2 : LongestBackoff;
    }

    private async Task<string> ReadAsync(ISerialPort port, CancellationToken ending)
    {
        PipeReader input = port.Input;
        _overruns = 0;
        try
        {
            while (true)
            {
                ReadResult result = await input.ReadAsync(ending).ConfigureAwait(false);
                TimeSpan now = _clock.Elapsed;
                if (!result.Buffer.IsEmpty)
                {
                    Interlocked.Exchange(ref _lastByteTicks, now.Ticks);
                    foreach (ReadOnlyMemory<byte> part in result.Buffer)
                    {
                        _keep.Feed(part.Span, now);
                    }
                }

                input.AdvanceTo(result.Buffer.End);
                _keep.Store(now);
                TellLoss(port, now);
                if (result.IsCompleted)
                {
                    return "the port was closed";
                }
            }
        }
        catch (IOException failure)
        {
            return failure.Message;
        }
    }

    /// <summary>A port that lost bytes before we could have them says so; the console's log then does too.</summary>
    private void TellLoss(ISerialPort port, TimeSpan now)
    {
        if (now - _errorsAt < ErrorsEvery)
        {
            return;
        }

        _errorsAt = now;
        long overruns = port.Errors.Overruns;
        if (overruns > _overruns)
        {
            _keep.Say(now, string.Create(CultureInfo.InvariantCulture, $"--- lost: the port reports {overruns - _overruns} overruns, bytes before this line are missing"));
            _overruns = overruns;
        }
    }

    private void MarkOpened()
    {
        TimeSpan now = _clock.Elapsed;
        if (_gapAt is { } since)
        {
            _gapAt = null;
            _keep.Say(now, string.Create(CultureInfo.InvariantCulture, $"--- gap over: the console was not seen from +{since.TotalSeconds:0.000} to +{now.TotalSeconds:0.000}, {(now - since).TotalSeconds:0.000} s of run time"));
        }

        _listener.OnOpened(now);
    }

    private void MarkGap(string why)
    {
        TimeSpan now = _clock.Elapsed;
        _keep.EndLine();
        why = _redactor.Redact(why);
        _gapAt = now;
        _listener.OnGap(now, why);
        _keep.Say(now, "--- gap: " + why);
    }
}
