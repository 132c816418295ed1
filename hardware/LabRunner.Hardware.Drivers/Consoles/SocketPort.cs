using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Consoles;

/// <summary>An open port of a terminal server: plain bytes, or telnet with RFC 2217. Thread safe.</summary>
internal sealed class SocketPort : ISerialPort
{
    private const int PieceBytes = 4096;

    // All of these are machine time: they watch a real network, whatever the run's clock does.
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SoonEnd = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(250);

    private readonly string _place;
    private readonly Socket _socket;
    private readonly Rfc2217Session? _session;
    private readonly SerialInput _input = new();
    private readonly SemaphoreSlim _writer = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _receiving;
    private Task _sending = Task.CompletedTask;
    private volatile Exception? _gone;
    private int _disposed;

    private SocketPort(string place, string path, Socket socket, bool rfc2217)
    {
        (_place, Path, _socket) = (place, path, socket);
        _session = rfc2217 ? new Rfc2217Session(place, path) { Send = SendAsync } : null;
        _receiving = Task.Run(ReceiveAsync);
    }

    public string Path { get; }

    public PipeReader Input => _input.Reader;

    public bool HasModemLines => _session?.HasModemLines ?? false;

    public bool CanSetBaud => _session is not null;

    public LineErrors Errors => _session?.Errors ?? default;

    /// <summary>Connects and, with RFC 2217, makes the server's port ready.</summary>
    /// <param name="place">Slot, for messages.</param>
    /// <param name="address">host:port.</param>
    /// <param name="baud">Speed to set by RFC 2217; null: plain bytes.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="BenchFaultException">
    /// Kind Configuration: no host:port; kind Serial: nobody answers there, or the server hangs up, knows no RFC 2217, or refuses a setting.
    /// </exception>
    public static async Task<SocketPort> OpenAsync(string place, string address, int? baud, CancellationToken cancellationToken)
    {
        try
        {
            return await TryOpenAsync(place, address, baud, cancellationToken).ConfigureAwait(false);
        }
        catch (BenchFaultException fault) when (fault.InnerException is EndOfStreamException)
        {
            // A server that was left a moment ago may still hold the port for its last client.
            await Task.Delay(Again, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            return await TryOpenAsync(place, address, baud, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (; bytes.Length > 0; bytes = bytes[Math.Min(bytes.Length, PieceBytes)..])
            {
                // A copy: a send that outlives its caller's wait must not see the caller's next bytes.
                ReadOnlySpan<byte> piece = bytes.Span[..Math.Min(bytes.Length, PieceBytes)];
                byte[] copy = _session is null ? piece.ToArray() : TelnetComPort.Escape(piece);
                await LimitedAsync(_session?.MaySend ?? Task.CompletedTask, cancellationToken).ConfigureAwait(false);
                await SendLockedAsync(copy, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _writer.Release();
        }
    }

    public async ValueTask SetModemLinesAsync(bool? dtr, bool? rts, CancellationToken cancellationToken)
    {
        ThrowIfGone();
        Rfc2217Session session = Session("has no modem lines");
        await (session.HasModemLines ? session : throw new NotSupportedException($"The port behind {Path} has no modem lines.")).SetModemLinesAsync(dtr, rts, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask SetBaudAsync(int baud, CancellationToken cancellationToken)
    {
        ConsoleOptions.CheckBaud(baud);
        ThrowIfGone();
        await Session("gets its speed from the terminal server").SetBaudAsync(baud, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            _socket.Dispose();
        }

        await _receiving.ConfigureAwait(false);
    }

    private static async Task<SocketPort> TryOpenAsync(string place, string address, int? baud, CancellationToken cancellationToken)
    {
        Socket socket = await ConnectAsync(place, address, cancellationToken).ConfigureAwait(false);
        SocketPort port = new(place, address, socket, baud is not null);
        try
        {
            if (baud is { } speed)
            {
                await port._session!.NegotiateAsync(speed, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                // A server whose port is taken, or whose adapter is gone, accepts, says so and hangs up.
                await Task.WhenAny(port._receiving, Task.Delay(SoonEnd, TimeProvider.System, cancellationToken)).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                port.ThrowIfGone();
            }

            return port;
        }
        catch (Exception failure)
        {
            BenchFaultException? hungUp = failure is IOException ? port.HungUp() : null;
            await port.DisposeAsync().ConfigureAwait(false);
            if (hungUp is not null)
            {
                throw hungUp;
            }

            throw;
        }
    }

    private static async Task<Socket> ConnectAsync(string place, string address, CancellationToken cancellationToken)
    {
        int colon = address.LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) || number == 0)
        {
            throw new BenchFaultException(FaultKind.Configuration, place, $"'{address}' is not host:port", "Write for example 192.168.4.9:4000");
        }

        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using CancellationTokenSource limit = new(ConnectLimit, TimeProvider.System);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await socket.ConnectAsync(address[..colon].Trim('[', ']'), number, either.Token).ConfigureAwait(false);

            // A console may be silent for hours: only keep-alives tell a silent server from one that is gone.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 5);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 2);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            return socket;
        }
        catch (Exception failure) when (failure is SocketException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            socket.Dispose();
            throw new BenchFaultException(
                FaultKind.Serial, place, $"no terminal server answers at {address} ({(failure as SocketException)?.SocketErrorCode.ToString() ?? "no answer in 5 s"})",
                "Start it (ser2net) and check its adapter, or correct 'address'", failure);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Rfc2217Session Session(string lacking) =>
        _session ?? throw new NotSupportedException($"{Path} {lacking}: it is a plain TCP connection.");

    private async Task SendAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await SendLockedAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>Sends after what an earlier, abandoned wait left behind: the order of the bytes and the pairs of telnet stay whole.</summary>
    private async Task SendLockedAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        await LimitedAsync(_sending, cancellationToken).ConfigureAwait(false);
        ThrowIfGone();
        _sending = SendAllAsync(bytes);
        await LimitedAsync(_sending, cancellationToken).ConfigureAwait(false);
    }

    private async Task LimitedAsync(Task sending, CancellationToken cancellationToken)
    {
        try
        {
            await sending.WaitAsync(WriteLimit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Path} took no bytes for {WriteLimit.TotalSeconds:0} s.");
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            ThrowIfGone();
            throw new IOException($"{Path}: the connection is gone ({failure.Message}).", failure);
        }
    }

    private async Task SendAllAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes, CancellationToken.None).ConfigureAwait(false)..];
        }
    }

    private void ThrowIfGone()
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (_gone is { } gone)
        {
            throw new IOException(gone.Message, gone);
        }
    }

    private BenchFaultException HungUp()
    {
        string said = "";
        try
        {
            if (_input.Reader.TryRead(out ReadResult result))
            {
                said = Encoding.UTF8.GetString(result.Buffer.Slice(0, Math.Min(200, result.Buffer.Length)).ToArray()).ReplaceLineEndings(" ").Trim();
            }
        }
        catch (IOException)
        {
            // The input has ended by the same hang-up, and gives nothing any more.
        }

        return new(
            FaultKind.Serial, _place, $"{Path} hung up at once{(said.Length > 0 ? $", saying '{said}'" : "")}: its port is in use or its adapter is gone",
            "Close the other client of this port and check the adapter at the server", new EndOfStreamException(said));
    }

    private async Task ReceiveAsync()
    {
        Exception why;
        try
        {
            int count;
            do
            {
                Memory<byte> memory = _input.Writer.GetMemory(PieceBytes);
                count = await _socket.ReceiveAsync(memory, _stop.Token).ConfigureAwait(false);
                int data = _session?.Receive(memory.Span[..count]) ?? count;
                if (data > 0)
                {
                    _input.Writer.Advance(data);
                    await _input.Writer.FlushAsync(_stop.Token).ConfigureAwait(false);
                }
            }
            while (count > 0);
            why = new IOException($"{Path}: the terminal server hung up.");
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            why = new IOException($"{Path}: the connection is gone ({failure.Message}).", failure);
        }

        _gone = why;
        _session?.End(why);
        _input.Complete(_disposed != 0 ? null : why);
    }
}
