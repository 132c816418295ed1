using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Consoles;

/// <summary>The conversation with an RFC 2217 server: agreeing, asking for settings, being asked to pause. Thread safe.</summary>
/// <param name="place">Slot, for messages.</param>
/// <param name="path">Address, for messages.</param>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A SemaphoreSlim without wait handle holds nothing.")]
internal sealed class Rfc2217Session(string place, string path)
{
    // Machine time: it watches a real network, whatever the run's clock does.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LinesLimit = TimeSpan.FromSeconds(1);

    private readonly TelnetComPort _telnet = new();
    private readonly SemaphoreSlim _asking = new(1, 1);
    private readonly TaskCompletionSource _agreed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<byte> _answers = [];
    private readonly Lock _gate = new();
    private (byte Command, TaskCompletionSource<byte[]> Answer)? _awaited;
    private TaskCompletionSource? _paused;

    /// <summary>Sends bytes as they are; set by the owner of the connection.</summary>
    public required Func<byte[], CancellationToken, Task> Send { get; init; }

    /// <summary>True once the server has set the modem lines of its port.</summary>
    public bool HasModemLines { get; private set; }

    /// <summary>What the server told of the line.</summary>
    public LineErrors Errors => _telnet.Errors;

    /// <summary>Completes when the server lets us send; it is completed as long as the server never asked for a pause.</summary>
    public Task MaySend => Volatile.Read(ref _paused)?.Task ?? Task.CompletedTask;

    /// <summary>Takes what was received; called by the one receiver.</summary>
    /// <param name="received">Data are moved to its front.</param>
    /// <returns>Count of data bytes.</returns>
    public int Receive(Span<byte> received)
    {
        int data = _telnet.Decode(received, _answers, OnAnswer, OnPause);
        if (_answers.Count > 0)
        {
            // Not awaited: receiving never waits for a server that does not read. There are few: one per change of an option.
            _ = Send([.. _answers], CancellationToken.None).ContinueWith(sent => _ = sent.Exception, TaskScheduler.Default);
            _answers.Clear();
        }

        if (_telnet.Refused is { } refused)
        {
            _agreed.TrySetException(new NotSupportedException(refused));
        }
        else if (_telnet.Ready)
        {
            _agreed.TrySetResult();
        }

        return data;
    }

    /// <summary>The connection is gone: nothing is waited for any more.</summary>
    public void End(Exception why)
    {
        _agreed.TrySetException(why);
        lock (_gate)
        {
            _awaited?.Answer.TrySetException(why);
        }

        OnPause(false);
    }

    /// <summary>Agrees on telnet's options, sets 8N1 without flow control, the speed, and both modem lines off.</summary>
    /// <exception cref="BenchFaultException">Kind Serial: no RFC 2217 there, or it refuses a setting.</exception>
    /// <exception cref="IOException">The server hung up.</exception>
    public async Task NegotiateAsync(int baud, CancellationToken cancellationToken)
    {
        try
        {
            await Send(_telnet.Begin(), cancellationToken).ConfigureAwait(false);
            await _agreed.Task.WaitAsync(AnswerLimit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            await SetBaudAsync(baud, cancellationToken).ConfigureAwait(false);
            await AskAsync(TelnetComPort.SetDataSize, [8], cancellationToken).ConfigureAwait(false);
            await AskAsync(TelnetComPort.SetParity, [1], cancellationToken).ConfigureAwait(false);
            await AskAsync(TelnetComPort.SetStopSize, [1], cancellationToken).ConfigureAwait(false);
            await AskAsync(TelnetComPort.SetControl, [TelnetComPort.NoFlowControl], cancellationToken).ConfigureAwait(false);
            HasModemLines = await TryReleaseLinesAsync(cancellationToken).ConfigureAwait(false);

            // Not awaited: some servers do not confirm masks.
            await Send(TelnetComPort.Command(TelnetComPort.SetLineStateMask, [TelnetComPort.LineErrorBits]), cancellationToken).ConfigureAwait(false);
            await Send(TelnetComPort.Command(TelnetComPort.SetModemStateMask, [0]), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NotSupportedException or TimeoutException)
        {
            throw new BenchFaultException(
                FaultKind.Serial, place,
                failure is TimeoutException ? $"{path} does not answer as an RFC 2217 server within {AnswerLimit.TotalSeconds:0} s" : $"{path} {failure.Message}",
                "Give the server's RFC 2217 port (ser2net: accepter telnet(rfc2217)), or use driver tcp", failure);
        }
    }

    /// <summary>Both lines off.</summary>
    /// <returns>False: the port behind the server has none; servers such as ser2net then do not answer.</returns>
    private async Task<bool> TryReleaseLinesAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(LinesLimit, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await SetModemLinesAsync(dtr: false, rts: false, either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Sets the modem lines; null leaves one as it is.</summary>
    public async Task SetModemLinesAsync(bool? dtr, bool? rts, CancellationToken cancellationToken)
    {
        if (dtr is { } d)
        {
            await AskAsync(TelnetComPort.SetControl, [d ? TelnetComPort.DtrOn : TelnetComPort.DtrOff], cancellationToken).ConfigureAwait(false);
        }

        if (rts is { } r)
        {
            await AskAsync(TelnetComPort.SetControl, [r ? TelnetComPort.RtsOn : TelnetComPort.RtsOff], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sets the speed and checks what the server says it set.</summary>
    public async Task SetBaudAsync(int baud, CancellationToken cancellationToken)
    {
        byte[] value = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(value, baud);
        byte[] answer = await AskAsync(TelnetComPort.SetBaud, value, cancellationToken).ConfigureAwait(false);
        uint real = answer.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(answer) : 0;
        if (Math.Abs(real - (double)baud) > baud * ConsoleOptions.SpeedTolerance)
        {
            throw new BenchFaultException(
                FaultKind.Serial, place, string.Create(CultureInfo.InvariantCulture, $"{path} does not take {baud} baud: the server set {real}"),
                "Use an adapter that has this speed, or another baud");
        }
    }

    /// <summary>Sends a command and waits for its answer; one at a time, since answers carry no number.</summary>
    private async Task<byte[]> AskAsync(byte command, byte[] value, CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            TaskCompletionSource<byte[]> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_gate)
            {
                _awaited = (command, answer);
            }

            await Send(TelnetComPort.Command(command, value), cancellationToken).ConfigureAwait(false);
            return await answer.Task.WaitAsync(AnswerLimit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{path} did not confirm a setting within {AnswerLimit.TotalSeconds:0} s.");
        }
        finally
        {
            lock (_gate)
            {
                _awaited = null;
            }

            _asking.Release();
        }
    }

    private void OnAnswer(byte command, byte[] value)
    {
        lock (_gate)
        {
            if (_awaited is { } awaited && awaited.Command == command)
            {
                awaited.Answer.TrySetResult(value);
            }
        }
    }

    private void OnPause(bool pause)
    {
        if (pause)
        {
            Interlocked.CompareExchange(ref _paused, new(TaskCreationOptions.RunContinuationsAsynchronously), null);
        }
        else
        {
            Interlocked.Exchange(ref _paused, null)?.TrySetResult();
        }
    }
}
