using System.Globalization;
using System.Net.Sockets;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Drivers.Plugs;

/// <summary>
/// One POST /api/ota. The device erases the whole slot before it reads on, answers errors while data is still coming and then resets, so
/// sending and receiving go on at the same time.
/// </summary>
internal sealed class OtaUpload(PlugHttp http, LabClock clock, OtaSending sending)
{
    // Small, so that "sent" means taken by the device and not by this machine's kernel.
    private const int SendBuffer = 8192;

    /// <exception cref="ArgumentException">The options cannot be.</exception>
    /// <exception cref="PlugUnreachableException">No connection.</exception>
    public async Task<OtaUploadReply> RunAsync(ReadOnlyMemory<byte> image, CancellationToken cancellationToken)
    {
        if (sending.Problem is { } problem)
        {
            throw new ArgumentException($"An upload cannot be sent so: {problem}.", nameof(image));
        }

        using Socket socket = await http.ConnectAsync("POST /api/ota", SendBuffer, cancellationToken).ConfigureAwait(false);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TimeSpan started = clock.Elapsed;
        OtaProgress progress = new(clock, sending.StallLimit);
        Task<(byte[] Bytes, SocketException? Broken)> receiving = PlugHttp.ReceiveAsync(new SocketLink(socket), stop.Token);
        Task<OtaBodyEnd> body = new OtaBody(socket, clock, sending, image, progress).SendAsync(Head(image.Length), stop.Token);
        string? failure = null;
        try
        {
            failure = await FinishAsync(body, receiving, progress, image.Length).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)body).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((Task)receiving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
        (byte[] bytes, SocketException? broken) = receiving.IsCompletedSuccessfully ? await receiving.ConfigureAwait(false) : ([], null);
        HttpReply? reply = HttpReply.Parse(bytes);
        bool aborted = reply is null && body.IsCompletedSuccessfully && (await body.ConfigureAwait(false)).Left;
        if (aborted && sending.AbortBy == OtaAbort.Rst)
        {
            socket.LingerState = new LingerOption(true, 0);
        }

        progress.Step(0);
        return new OtaUploadReply(
            reply is { Status: 200 } && OpenBekenJson.HasKey(reply.Body, "size"), reply?.Status, reply?.Body ?? "", progress.Bytes, progress.LongestStall,
            reply is not null ? null : failure ?? broken?.Message ?? $"the device closed the connection after {progress.Bytes} of {image.Length} bytes without a reply")
        {
            StatusLine = reply is null ? null : HttpReply.FirstLine(bytes),
            Took = clock.Elapsed - started,
            Aborted = aborted,
        };
    }

    private byte[] Head(int length) => sending.Framing switch
    {
        OtaFraming.Chunked => http.Head("POST", "/api/ota", "Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n"),
        OtaFraming.None => http.Head("POST", "/api/ota", "Content-Type: application/octet-stream\r\n"),
        _ => http.Head("POST", "/api/ota", sending.StatedLength ?? length),
    };

    /// <summary>Until the reply is there, the client has left, or nothing moves for the limit.</summary>
    /// <returns>Why it ended without a reply, null when one may be there.</returns>
    private async Task<string?> FinishAsync(Task<OtaBodyEnd> body, Task receiving, OtaProgress progress, int length)
    {
        // The reply comes first (an error while data was still to be sent), or the connection broke: then sending is stopped.
        while (!receiving.IsCompleted)
        {
            if (body.IsCompletedSuccessfully && await body.ConfigureAwait(false) is { Left: true } left)
            {
                return left.Why;
            }

            if (progress.Left is { } remaining && remaining > TimeSpan.Zero)
            {
                Task next = body.IsCompleted ? receiving : Task.WhenAny(receiving, body);
                await next.WaitAsync(remaining, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            else
            {
                return string.Create(
                    CultureInfo.InvariantCulture, $"no progress for {sending.StallLimit.TotalSeconds:0.###} s after {progress.Bytes} of {length} bytes");
            }
        }

        return body.IsCompletedSuccessfully ? (await body.ConfigureAwait(false)).Why : null;
    }
}
