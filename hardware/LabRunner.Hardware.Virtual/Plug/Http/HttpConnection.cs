using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Http;

/// <summary>
/// A client's thread (http_tcp_server.c): 20 ms after accept it starts, 20 ms later it does one recv of at most 1,022 bytes and answers
/// what it got. There is no receive timeout: a silent client keeps its thread. Only upload handlers read on.
/// </summary>
internal sealed class HttpConnection : IPlugConnection
{
    /// <summary>Receive buffer of a request.</summary>
    public const int FirstRead = 1022;

    /// <summary>TCP_SND_BUF of the chip's lwIP, 3 x 1460: of a longer reply send() waits until the client has acknowledged the rest.</summary>
    public const int SendBuffer = 4380;

    private const int WorkMilliseconds = 4;

    // lwIP (tcp_slowtmr) gives a connection up after 12 retransmissions: 6 ticks of 500 ms, doubled to 768, 4602 in all. By code reading; there is no SO_SNDTIMEO.
    private static readonly TimeSpan GivenUp = TimeSpan.FromMilliseconds(500 * 4602);

    private readonly PlugFirmware _firmware;
    private readonly IConnectionOutside _outside;
    private readonly Queue<ReadOnlyMemory<byte>> _buffer = new();
    private int _buffered;
    private Action? _waiting;
    private bool _closed;
    private bool _staying;

    public HttpConnection(PlugFirmware firmware, IConnectionOutside outside)
    {
        _firmware = firmware;
        _outside = outside;
        firmware.Scope.After(20, () => firmware.Scope.After(20, () => WhenReadable(FirstRecv)));
    }

    /// <summary>The client has closed its side: recv gives 0 once the buffer is empty.</summary>
    public bool PeerHasClosed { get; private set; }

    /// <summary>The client has reset the connection: recv gives an error once the buffer is empty.</summary>
    public bool PeerHasReset { get; private set; }

    private bool Deaf => _closed || _firmware.Scope.Ended || !_firmware.Plug.Reachable;

    public void Received(ReadOnlyMemory<byte> bytes)
    {
        if (Deaf || bytes.IsEmpty)
        {
            return;
        }

        _buffer.Enqueue(bytes.ToArray());
        _buffered += bytes.Length;
        Wake();
    }

    public void PeerClosed()
    {
        if (!Deaf)
        {
            PeerHasClosed = true;
            Wake();
        }
    }

    public void PeerReset()
    {
        PeerHasReset |= !Deaf;
        PeerClosed();
    }

    /// <summary>Runs an action as soon as recv would return: data, or the end.</summary>
    public void WhenReadable(Action action)
    {
        if (_buffered > 0 || PeerHasClosed)
        {
            action();
        }
        else
        {
            _waiting = action;
        }
    }

    /// <summary>recv: at most so many bytes, 0 at the end.</summary>
    public byte[] Recv(int most)
    {
        byte[] data = new byte[Math.Min(most, _buffered)];
        int filled = 0;
        while (filled < data.Length)
        {
            ReadOnlyMemory<byte> part = _buffer.Dequeue();
            int take = Math.Min(part.Length, data.Length - filled);
            part.Span[..take].CopyTo(data.AsSpan(filled));
            filled += take;
            if (take < part.Length)
            {
                ReadOnlyMemory<byte>[] rest = [part[take..], .. _buffer];
                _buffer.Clear();
                foreach (ReadOnlyMemory<byte> left in rest)
                {
                    _buffer.Enqueue(left);
                }
            }
        }

        _buffered -= filled;
        if (filled > 0)
        {
            _outside.Consumed(filled);
        }

        return data;
    }

    public void Send(ReadOnlyMemory<byte> bytes)
    {
        if (!Deaf)
        {
            _outside.Send(bytes);
        }
    }

    /// <summary>Answers and ends the thread.</summary>
    public void Finish(HttpReply? reply)
    {
        if (reply is not null)
        {
            byte[] bytes = reply.ToBytes();
            if (_firmware.Faults.Select(f => f.ReplyStallsAfter(_firmware, bytes.Length)).FirstOrDefault(s => s is not null) is { } sent)
            {
                // send() never returns: the thread stays until the client gives up.
                Send(bytes.AsMemory(0, Math.Min(sent, bytes.Length)));
                _buffer.Clear();
                _buffered = 0;
                WhenReadable(Close);
                return;
            }

            Send(bytes);
            if (_staying && !PeerHasClosed)
            {
                WhenReadable(Close);
                return;
            }

            if (bytes.Length > SendBuffer && !Deaf)
            {
                _firmware.Scope.After(GivenUp, Close);
                _outside.WhenAcknowledged(SendBuffer, Close);
                return;
            }
        }

        Close();
    }

    public void Close() => Close(reset: false);

    /// <summary>Ends the thread without an answer; the client sees a reset.</summary>
    public void Abort() => Close(reset: true);

    private void Close(bool reset)
    {
        if (_closed)
        {
            return;
        }

        bool silent = Deaf;
        _closed = true;
        _firmware.Http.Closed(this);
        if (!silent)
        {
            // Data that was never read makes the stack answer with a reset.
            _outside.Close(reset || _buffered > 0);
        }
    }

    private void Wake()
    {
        Action? waiting = _waiting;
        _waiting = null;
        waiting?.Invoke();
    }

    private void FirstRecv() => FirstRecv([]);

    private void FirstRecv(byte[] before)
    {
        byte[] read = Recv(FirstRead - before.Length);
        byte[] data = [.. before, .. read];
        if (read.Length == 0)
        {
            Close();
            return;
        }

        if (data.Length < FirstRead && _firmware.Faults.Any(f => f.ReadsWholeHeader) && data.AsSpan().IndexOf("\r\n\r\n"u8) < 0)
        {
            WhenReadable(() => FirstRecv(data));
            return;
        }

        _firmware.Scope.After(TimeSpan.FromMilliseconds(WorkMilliseconds * _firmware.Http.Slowdown) + _firmware.Wifi.Lateness(), () =>
        {
            if (HttpRequest.Parse(data) is not { } request || request.Method is not ("GET" or "PUT" or "POST" or "OPTIONS"))
            {
                Close();
                return;
            }

            _staying = request.AsksToStay && _firmware.Faults.Any(f => f.StaysWhenAsked);
            _firmware.Http.Handle(request, this);
        });
    }
}
