// Inventory, under resources:
//   box-1: { kind: pulseBox, driver: serial, path: /dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0 }
// The pulse box of hardware/pulse-box (RP2040 with our firmware) behind an isolated USB-UART. Slots name it: pulses: { driver: pulse-box, box: box-1, plug: 0 }
using System.Buffers;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.IO.Pipelines;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Pulses;

/// <summary>Options of <see cref="SerialPulseBox"/>.</summary>
public sealed record SerialPulseBoxOptions
{
    /// <summary>Device path; a link of /dev/serial/by-id survives re-plugging.</summary>
    [Description("Path of the tty; links of /dev/serial/by-id stay the same when adapters are plugged in another order.")]
    public required string Path { get; init; }

    /// <summary>Speed in baud. Default 115200, what the firmware speaks.</summary>
    [Description("Speed in baud. Default 115200, what the firmware speaks.")]
    [Range(50, 4_000_000)]
    public int Baud { get; init; } = 115_200;

    /// <summary>Time limit of an answer, machine time. Default 1 s.</summary>
    [Description("Time limit of an answer. Default 1s.")]
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Silence of the host after which the box stops all pulses, machine time. Default 10 s; 0: never.</summary>
    [Description("Silence of the host after which the box stops all pulses by itself. Default 10s; 0s: never.")]
    public TimeSpan Watchdog { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// A pulse box on a serial port. The port is opened at the first command and, after an unplug, again at the next one. While it is open the
/// box hears from the host three times in its watchdog's limit, so that pulses end only when the host did. Thread safe: one exchange at a time.
/// </summary>
[Driver(Contracts.PulseBox, "serial")]
public sealed class SerialPulseBox(SerialPulseBoxOptions options, IDriverContext context) : IPulseBox
{
    // watchdog in hardware/pulse-box/firmware/main.c.
    private const long FirmwareWatchMilliseconds = 10_000;

    private const long Version = 1;
    private const int Attempts = 2;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private ISerialPort? _port;
    private Task? _alive;
    private int _connection;
    private uint _sequence;
    private bool _disposed;

    /// <inheritdoc/>
    public async Task<PulseBoxAnswer> AskAsync(string command, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_port is null)
            {
                await ConnectAsync(cancellationToken).ConfigureAwait(false);
            }

            return new PulseBoxAnswer(_connection, await ExchangeAsync(command, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _gate.WaitAsync().ConfigureAwait(false);
        _disposed = true;
        await DropAsync().ConfigureAwait(false);
        _gate.Release();
        await (_alive ?? Task.CompletedTask).ConfigureAwait(false);
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        NativeTty tty = new(new ConsoleOptions { Path = options.Path, Baud = options.Baud }, context);
        _port = await tty.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // An empty line ends whatever a host that died left half said.
            await _port.WriteAsync("\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
            Dictionary<string, long> identity = await ExchangeAsync("ID", cancellationToken).ConfigureAwait(false);
            if (identity.GetValueOrDefault("version") != Version)
            {
                throw Fault(
                    string.Create(CultureInfo.InvariantCulture, $"the box speaks version {identity.GetValueOrDefault("version")} of the protocol, not {Version}"),
                    "Flash the .uf2 that hardware/pulse-box builds");
            }

            await ExchangeAsync(string.Create(CultureInfo.InvariantCulture, $"WATCH {WatchMilliseconds}"), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await DropAsync().ConfigureAwait(false);
            throw;
        }

        _connection++;
        if (options.Watchdog > TimeSpan.Zero)
        {
            _alive ??= KeepAliveAsync();
        }
    }

    /// <summary>A line that was damaged on its way is sent again; no command does harm when it is done twice.</summary>
    private async Task<Dictionary<string, long>> ExchangeAsync(string command, CancellationToken cancellationToken)
    {
        string[] words = await SendAsync(_port!, command, cancellationToken).ConfigureAwait(false);
        return words is ["OK", ..]
            ? PulseBoxLine.Fields(words)
            : throw Fault($"the box refused '{command}': {string.Join(' ', words.Skip(1))}", "Change the settings accordingly");
    }

    private async Task<string[]> SendAsync(ISerialPort port, string command, CancellationToken cancellationToken)
    {
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                await port.WriteAsync(PulseBoxLine.Write(++_sequence, command), cancellationToken).ConfigureAwait(false);

                // Machine time: the box knows no other.
                using CancellationTokenSource limit = new(options.Limit, TimeProvider.System);
                using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
                string[]? words;
                try
                {
                    words = await AnswerAsync(port, both.Token).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    throw Fault(
                        string.Create(CultureInfo.InvariantCulture, $"the box does not answer within {options.Limit.TotalSeconds:0.###} s"),
                        "Check TX and RX (crossed), the speed, the box's supply and that its firmware is flashed");
                }

                if (words is not (null or ["ERR", "CHECKSUM" or "LONG", ..]))
                {
                    return words;
                }

                if (attempt == Attempts)
                {
                    throw Fault($"lines to or from the box are damaged (checksum), {Attempts} times running", "Check the ground, the speed and the length of the cable");
                }
            }
        }
        catch (Exception failure) when (failure is IOException or TimeoutException or BenchFaultException or ObjectDisposedException)
        {
            await DropAsync().ConfigureAwait(false);
            throw failure as BenchFaultException ?? new BenchFaultException(
                FaultKind.Serial, context.Place, $"the pulse box went away: {failure.Message.TrimEnd('.')}", "Plug it in again; the next command opens it again", failure);
        }
    }

    /// <summary>Words of the answer to the last line sent; null when a damaged line came instead.</summary>
    private async Task<string[]?> AnswerAsync(ISerialPort port, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await port.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is not { } end)
            {
                port.Input.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                {
                    throw new IOException("its port was closed");
                }

                continue;
            }

            byte[] line = buffer.Slice(0, end).ToArray();
            port.Input.AdvanceTo(buffer.GetPosition(1, end));
            if (line.Length == 0)
            {
                continue;
            }

            // 0 answers a line whose own number could not be read; other numbers are late answers.
            if (PulseBoxLine.Read(line) is not { } answer)
            {
                return null;
            }

            if (answer.Sequence == _sequence || answer.Sequence == 0)
            {
                return answer.Words;
            }
        }
    }

    /// <summary>Lets the box hear from the host, and notices a box that began anew behind a port that stayed: it has forgotten its settings.</summary>
    private async Task KeepAliveAsync()
    {
        try
        {
            (int connection, long uptime) = (0, 0);
            while (true)
            {
                await Task.Delay(options.Watchdog / 3, TimeProvider.System, _stop.Token).ConfigureAwait(false);
                try
                {
                    if (_port is null)
                    {
                        continue;
                    }

                    PulseBoxAnswer state = await AskAsync("STATE", _stop.Token).ConfigureAwait(false);
                    bool anew = state.Connection == connection && state.Fields["uptime"] < uptime;
                    if (anew || state.Fields.GetValueOrDefault("watchdog", WatchMilliseconds) != WatchMilliseconds)
                    {
                        await ForgetAsync().ConfigureAwait(false);
                    }

                    (connection, uptime) = (state.Connection, state.Fields["uptime"]);
                }
                catch (BenchFaultException)
                {
                    // Whoever uses the box next is told: the port is dropped, and opening it again fails or heals.
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    // Never the firmware's own value at its start: a box that has it has forgotten what it was told. Its uptime alone does not tell that, where
    // it had been up for less than the time between two looks.
    private long WatchMilliseconds => (long)options.Watchdog.TotalMilliseconds is var asked && asked == FirmwareWatchMilliseconds ? asked - 1 : asked;

    private async Task ForgetAsync()
    {
        await _gate.WaitAsync(_stop.Token).ConfigureAwait(false);
        try
        {
            await DropAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task DropAsync()
    {
        if (_port is { } port)
        {
            _port = null;
            await port.DisposeAsync().ConfigureAwait(false);
        }
    }

    private BenchFaultException Fault(string problem, string remedy) => new(FaultKind.Pulses, $"{context.Place} ({options.Path})", problem, remedy);
}
