using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Drivers.Plugs;

/// <summary>
/// HTTP over raw sockets, one connection per request, as OpenBeken's server needs it (http_tcp_server.c, new_http.c): .NET's client rejects
/// its negative status codes, sends chunked bodies it does not understand, and hides the reply when the device resets a connection with
/// unread data. Thread safe.
/// </summary>
internal sealed class PlugHttp(DnsEndPoint address, LabClock clock, TimeSpan limit, DialPlug? dial = null)
{
    /// <summary>The firmware reads a request with one recv of this size.</summary>
    public const int OneSegment = 1022;

    private const int LargestReply = 1 << 20;

    /// <summary>One request and its reply.</summary>
    /// <param name="method">GET or POST.</param>
    /// <param name="path">Begins with a slash, already encoded.</param>
    /// <param name="body">Null for none.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="ArgumentException">Head and body are longer than one segment of the firmware, or the path holds a space or control character.</exception>
    /// <exception cref="PlugUnreachableException">No reply in time, or no HTTP.</exception>
    public async Task<HttpReply> RequestAsync(string method, string path, string? body, CancellationToken cancellationToken)
    {
        byte[] content = Encoding.UTF8.GetBytes(body ?? "");
        byte[] request = [.. Head(method, path, body is null ? null : content.Length), .. content];
        if (request.Length > OneSegment)
        {
            throw new ArgumentException($"The request has {request.Length} bytes and the firmware reads {OneSegment}; shorten the path or the body.");
        }

        using CancellationTokenSource overtime = new(limit, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(overtime.Token, cancellationToken);
        try
        {
            DialPlug connect = dial ?? DialAsync;
            using IPlugLink link = await connect(either.Token).ConfigureAwait(false);
            await link.SendAsync(request, either.Token).ConfigureAwait(false);
            (byte[] bytes, SocketException? broken) = await ReceiveAsync(link, either.Token).ConfigureAwait(false);
            return HttpReply.Parse(bytes) ?? throw new PlugUnreachableException(
                bytes.Length == 0 ? $"{Name(method, path)}: closed without a reply" : $"{Name(method, path)}: the reply is not HTTP", broken);
        }
        catch (SocketException failure)
        {
            throw new PlugUnreachableException($"{Name(method, path)}: {failure.Message}", failure);
        }
        catch (OperationCanceledException failure) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PlugUnreachableException(
                string.Create(CultureInfo.InvariantCulture, $"{Name(method, path)}: no reply within {limit.TotalSeconds:0.###} s"), failure);
        }
    }

    /// <summary>Connects for an upload.</summary>
    /// <exception cref="PlugUnreachableException">No connection in time.</exception>
    public async Task<Socket> ConnectAsync(string what, int? sendBuffer, CancellationToken cancellationToken)
    {
        using CancellationTokenSource overtime = new(limit, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(overtime.Token, cancellationToken);
        Socket socket = NewSocket();
        try
        {
            socket.SendBufferSize = sendBuffer ?? socket.SendBufferSize;
            await socket.ConnectAsync(address, either.Token).ConfigureAwait(false);
            return socket;
        }
        catch (Exception failure)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw failure is SocketException or OperationCanceledException ? new PlugUnreachableException($"{what} at {address.Host}:{address.Port}: no connection", failure) : failure;
        }
    }

    /// <summary>Request line and headers of a body of a known length, or of none.</summary>
    /// <exception cref="ArgumentException">The path would break the request line.</exception>
    public byte[] Head(string method, string path, long? contentLength) => Head(
        method, path, contentLength is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"Content-Type: text/plain\r\nContent-Length: {bytes}\r\n") : "");

    /// <summary>Request line and headers; what describes the body is given, each line with its end.</summary>
    /// <exception cref="ArgumentException">The path would break the request line.</exception>
    public byte[] Head(string method, string path, string bodyHeaders)
    {
        if (!path.StartsWith('/') || path.Any(c => c <= ' ' || c > '~'))
        {
            throw new ArgumentException($"'{path}' is no encoded path: it begins with / and has printable ASCII only.", nameof(path));
        }

        return Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{method} {path} HTTP/1.1\r\nHost: {address.Host}:{address.Port}\r\nConnection: close\r\n{bodyHeaders}\r\n"));
    }

    /// <summary>
    /// Reads until the device closes. A reset after data ends the reply like a close: the firmware resets whenever it leaves bytes unread.
    /// </summary>
    public static async Task<(byte[] Bytes, SocketException? Broken)> ReceiveAsync(IPlugLink link, CancellationToken cancellationToken)
    {
        using MemoryStream reply = new();
        byte[] buffer = new byte[4096];
        try
        {
            while (reply.Length < LargestReply)
            {
                int count = await link.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (count == 0)
                {
                    break;
                }

                reply.Write(buffer, 0, count);
                if (HttpReply.CompleteAt(reply.GetBuffer().AsSpan(0, (int)reply.Length)) <= reply.Length)
                {
                    break;
                }
            }

            return (reply.ToArray(), null);
        }
        catch (SocketException broken)
        {
            return (reply.ToArray(), broken);
        }
    }

    private async ValueTask<IPlugLink> DialAsync(CancellationToken cancellationToken)
    {
        Socket socket = NewSocket();
        try
        {
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return new SocketLink(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket NewSocket() => new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private string Name(string method, string path) => $"{method} {path} at {address.Host}:{address.Port}";
}
