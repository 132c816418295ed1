using System.Net.WebSockets;

namespace LabRunner.Bench.Rpc;

/// <summary>A WebSocket that ends where a message is larger than anything a suite says: whoever sends such a one would fill the owner's memory.</summary>
/// <param name="inner">The connection; disposed with this.</param>
internal sealed class BoundedSocket(WebSocket inner) : WebSocket
{
    // A file's part is the largest of what is said; a failed test's message and trace may be long too.
    private const int Largest = 4 * 1024 * 1024;

    private int _received;

    public override WebSocketCloseStatus? CloseStatus => inner.CloseStatus;

    public override string? CloseStatusDescription => inner.CloseStatusDescription;

    public override WebSocketState State => inner.State;

    public override string? SubProtocol => inner.SubProtocol;

    public override void Abort() => inner.Abort();

    public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
        inner.CloseAsync(closeStatus, statusDescription, cancellationToken);

    public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
        inner.CloseOutputAsync(closeStatus, statusDescription, cancellationToken);

    public override void Dispose() => inner.Dispose();

    public override async Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        WebSocketReceiveResult result = await inner.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
        Count(result.Count, result.EndOfMessage);
        return result;
    }

    public override async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ValueWebSocketReceiveResult result = await inner.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
        Count(result.Count, result.EndOfMessage);
        return result;
    }

    public override Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
        inner.SendAsync(buffer, messageType, endOfMessage, cancellationToken);

    public override ValueTask SendAsync(ReadOnlyMemory<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
        inner.SendAsync(buffer, messageType, endOfMessage, cancellationToken);

    private void Count(int bytes, bool isEnd)
    {
        _received += bytes;
        if (_received > Largest)
        {
            inner.Abort();
            throw new WebSocketException(WebSocketError.InvalidMessageType, $"A message is larger than {Largest >> 20} MiB.");
        }

        _received = isEnd ? 0 : _received;
    }
}
