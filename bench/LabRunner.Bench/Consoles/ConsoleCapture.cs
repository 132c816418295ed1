using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using LabRunner.Bench.Api;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Consoles;

/// <summary>What the capture tells the slot. Called on the owner task: handlers return at once.</summary>
internal interface IConsoleListener
{
    /// <summary>A line was stored.</summary>
    void OnLine(ConsoleText line);

    /// <summary>The port is gone or cannot be opened: the bench sees nothing from here on.</summary>
    void OnGap(TimeSpan at, string why);

    /// <summary>The port is open (again).</summary>
    void OnOpened(TimeSpan at);

    /// <summary>Lines came faster than a UART can carry them for 10 s; the capture keeps up but says so. At most once a minute.</summary>
    void OnFlood(TimeSpan at, int linesPerSecond);

    /// <summary>The disk does not take the console any more. At most once.</summary>
    void OnStorageFault(BenchFaultException fault);
}

/// <summary>
/// Captures one console from the moment it exists until the night ends, whether or not anyone reads. One task owns the port and
/// opens it again after a loss; readers only see <see cref="Ring"/>.
/// </summary>
internal sealed partial class ConsoleCapture : IAsyncDisposable
{
    /// <summary>Lines kept in memory.</summary>
    public const int Kept = 10_000;

    /// <summary>Longest line that is shown in one piece, characters; redacted before it is cut.</summary>
    public const int LongestShown = 4096;

    private const int FloodLinesPerSecond = 2000;

    // Machine time, and short: what a DUT says between the plugging-in and our opening is lost.
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ErrorsEvery = TimeSpan.FromSeconds(1);

    private readonly IConsolePort _console;
    private readonly LabClock _clock;
    private readonly Redactor _redactor;
    private readonly IConsoleListener _listener;
    private readonly ConsoleFiles? _files;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<RawLine> _lines = [];
    private readonly SecretCarry _carry = new();
    private LineSplitter _splitter = new();
    private ISerialPort? _port;
    private Task _work = Task.CompletedTask;
    private TimeSpan _floodSince;
    private TimeSpan _floodTold = TimeSpan.FromHours(-1);
    private int _floodCount;
    private long _lastByteTicks = -1;
    private TimeSpan? _gapAt;
    private TimeSpan _errorsAt;
    private long _overruns;
    private int _disposed;

    public ConsoleCapture(string slot, string? folder, IConsolePort console, LabClock clock, Redactor redactor, IConsoleListener listener)
    {
        _console = console;
        _clock = clock;
        _redactor = redactor;
        _listener = listener;
        _files = folder is null ? null : new ConsoleFiles(folder, slot, clock, listener.OnStorageFault);
    }

    /// <summary>The newest lines.</summary>
    public ConsoleRing Ring { get; } = new(Kept);

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
        Say(_clock.Elapsed, string.Create(CultureInfo.InvariantCulture, $"--- gap: {why}; the last record before it is of +{lastSeen.TotalSeconds:0.000}"));
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
        _files?.Dispose();
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
        if (_splitter.Flush() is { } rest)
        {
            Store(rest);
        }
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
                        _splitter.Feed(part.Span, now, _lines);
                    }
                }

                input.AdvanceTo(result.Buffer.End);
                StoreLines(now);
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

    private void StoreLines(TimeSpan now)
    {
        if (_lines.Count == 0)
        {
            return;
        }

        int stored = 0;
        try
        {
            foreach (RawLine line in _lines)
            {
                stored++;
                Store(line);
            }
        }
        finally
        {
            // A listener that threw costs no line: the rest is stored with the next ones.
            CountFlood(now, stored);
            _lines.RemoveRange(0, stored);
            _files?.Flush();
        }
    }

    private void Store(RawLine line)
    {
        string text = Encoding.UTF8.GetString(line.Bytes);
        string safe = _redactor.Redact(text, _carry);

        // Raw keeps the bytes as they came, unless they hold a secret: then the redacted text is all that may be kept.
        ReadOnlyMemory<byte> raw = safe == text ? line.Bytes : Encoding.UTF8.GetBytes(safe);
        if (line.Dropped > 0)
        {
            string lost = string.Create(CultureInfo.InvariantCulture, $"--- {line.Dropped} bytes without a line end were not kept: they could not be checked for secrets");
            _files?.Write(line.At, lost, null);
            _listener.OnLine(Ring.Add(line.At, lost));
            return;
        }

        string shown = safe.Replace('\0', '\uFFFD');
        for (int from = 0; from == 0 || from < shown.Length;)
        {
            int to = Math.Min(shown.Length, from + LongestShown);
            to -= to < shown.Length && char.IsHighSurrogate(shown[to - 1]) ? 1 : 0;
            string piece = to < shown.Length ? shown[from..to] + " --- cut" : shown[from..];
            _files?.Write(line.At, piece, from == 0 ? raw : null);
            _listener.OnLine(Ring.Add(line.At, piece));
            from = Math.Max(to, 1);
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
            Say(now, string.Create(CultureInfo.InvariantCulture, $"--- lost: the port reports {overruns - _overruns} overruns, bytes before this line are missing"));
            _overruns = overruns;
        }
    }

    /// <summary>A line of the bench's own.</summary>
    private void Say(TimeSpan at, string text)
    {
        _files?.Write(at, text, null);
        _files?.Flush();
        _listener.OnLine(Ring.Add(at, text));
    }

    private void MarkOpened()
    {
        TimeSpan now = _clock.Elapsed;
        if (_gapAt is { } since)
        {
            _gapAt = null;
            Say(now, string.Create(CultureInfo.InvariantCulture, $"--- gap over: the console was not seen for {(now - since).TotalSeconds:0.000} s"));
        }

        _listener.OnOpened(now);
    }

    private void CountFlood(TimeSpan now, int count)
    {
        if (now - _floodSince > TimeSpan.FromSeconds(10))
        {
            int rate = (int)(_floodCount / (now - _floodSince).TotalSeconds);
            if (rate > FloodLinesPerSecond && now - _floodTold > TimeSpan.FromMinutes(1))
            {
                _floodTold = now;
                _listener.OnFlood(now, rate);
            }

            _floodSince = now;
            _floodCount = 0;
        }

        _floodCount += count;
    }

    private void MarkGap(string why)
    {
        TimeSpan now = _clock.Elapsed;
        if (_splitter.Flush() is { } rest)
        {
            Store(rest);
        }

        _splitter = new LineSplitter();
        why = _redactor.Redact(why);
        _gapAt = now;
        _listener.OnGap(now, why);
        Say(now, "--- gap: " + why);
    }
}
