using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>
/// A port whose bytes are written down in both directions, one line a piece: run seconds, direction, hexadecimal; while it is quiet, what comes
/// by its number of bytes alone. Disposing it ends the trace and disposes the port. Thread safe as the port is. A trace that cannot be written is a <see cref="BenchFaultException"/> of this
/// machine's disk, never an <see cref="IOException"/>, which would mean the port.
/// </summary>
internal sealed class TracedPort : ISerialPort
{
    private readonly ISerialPort _port;
    private readonly LabClock _clock;
    private readonly string _file;
    private readonly StreamWriter _trace;
    private readonly Lock _gate = new();
    private readonly Pipe _pipe = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _copying;
    private volatile bool _quiet;

    public TracedPort(ISerialPort port, LabClock clock, string file, bool quiet = false)
    {
        (_port, _clock, _file, _quiet) = (port, clock, file, quiet);
        _trace = new StreamWriter(file, append: true);
        _copying = Task.Run(CopyAsync);
    }

    public string Path => _port.Path;

    public PipeReader Input => _pipe.Reader;

    public bool HasModemLines => _port.HasModemLines;

    public bool CanSetBaud => _port.CanSetBaud;

    public LineErrors Errors => _port.Errors;

    /// <summary>What comes from now on is a plug's flash, its Wi-Fi password among it.</summary>
    public void BeQuiet() => _quiet = true;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Note("> ", Convert.ToHexString(bytes.Span));
        await _port.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask SetModemLinesAsync(bool? dtr, bool? rts, CancellationToken cancellationToken) => _port.SetModemLinesAsync(dtr, rts, cancellationToken);

    public ValueTask SetBaudAsync(int baud, CancellationToken cancellationToken)
    {
        Note("= ", string.Create(CultureInfo.InvariantCulture, $"{baud} baud"));
        return _port.SetBaudAsync(baud, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _copying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _port.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
        try
        {
            await _trace.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException full)
        {
            throw NotKept(full);
        }
    }

    private BenchFaultException NotKept(IOException full) =>
        new(FaultKind.Storage, _file, $"the byte trace cannot be written: {full.Message.TrimEnd('.')}", "Make room on this disk, or name a folder on another by --out; then the same command goes on where this one was", full);

    private void Note(string direction, string text)
    {
        lock (_gate)
        {
            try
            {
                _trace.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_clock.Elapsed.TotalSeconds:F6} {direction}{text}"));
            }
            catch (IOException full)
            {
                throw NotKept(full);
            }
        }
    }

    private async Task CopyAsync()
    {
        Exception? end = null;
        try
        {
            while (true)
            {
                ReadResult result = await _port.Input.ReadAsync(_stop.Token).ConfigureAwait(false);
                foreach (ReadOnlyMemory<byte> piece in result.Buffer)
                {
                    Note("< ", _quiet ? string.Create(CultureInfo.InvariantCulture, $"{piece.Length} bytes") : Convert.ToHexString(piece.Span));
                    await _pipe.Writer.WriteAsync(piece, _stop.Token).ConfigureAwait(false);
                }

                _port.Input.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception failure) when (failure is IOException or BenchFaultException or OperationCanceledException)
        {
            end = failure is OperationCanceledException ? null : failure;
        }

        await _pipe.Writer.CompleteAsync(end).ConfigureAwait(false);
    }
}
