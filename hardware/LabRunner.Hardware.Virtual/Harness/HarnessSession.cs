using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>One client of the harness: reads requests, has them done on the engine's thread, writes replies and edges in order.</summary>
internal sealed class HarnessSession(Socket socket, HarnessBoard board, Action<Action> post)
{
    // Like the kernel's event buffer: a client that does not read loses edges, and sees it in the sequence numbers.
    private const int QueueLimit = 8192;

    private readonly Channel<HarnessReply> _out = Channel.CreateBounded<HarnessReply>(
        new BoundedChannelOptions(QueueLimit) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Runs until the client is gone or the harness stops; never throws.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        using NetworkStream stream = new(socket, ownsSocket: true);
        Action<HarnessReply> sink = Push;
        Task writing = WriteAsync(stream, cancellationToken);
        try
        {
            using StreamReader reader = new(stream, leaveOpen: true);
            while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
            {
                Handle(line, sink);
            }
        }
        catch (Exception e) when (IsGone(e))
        {
            // A client that goes without a word is what this harness is for: its outputs stay.
        }

        post(() => board.Forget(sink));
        _out.Writer.TryComplete();
        await writing.ConfigureAwait(false);
    }

    private static bool IsGone(Exception e) => e is IOException or SocketException or ObjectDisposedException or OperationCanceledException;

    private void Handle(string line, Action<HarnessReply> sink)
    {
        try
        {
            HarnessRequest request = JsonSerializer.Deserialize<HarnessRequest>(line, HarnessProtocol.Json) ?? new HarnessRequest();
            post(() => Answer(board.Handle(request, sink)));
        }
        catch (JsonException e)
        {
            Answer(new HarnessReply { Error = $"not a request: {e.Message}" });
        }
    }

    private void Push(HarnessReply edge) => _out.Writer.TryWrite(edge);

    private void Answer(HarnessReply reply)
    {
        if (!_out.Writer.TryWrite(reply))
        {
            // A client with thousands of unread replies is broken; without its replies it cannot go on.
            _out.Writer.TryComplete();
        }
    }

    private async Task WriteAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (HarnessReply reply in _out.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(reply, HarnessProtocol.Json), (byte)'\n'];
                await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (IsGone(e))
        {
            // The reading side notices the same and ends the session.
        }

        if (!cancellationToken.IsCancellationRequested)
        {
            socket.Close();
        }
    }
}
