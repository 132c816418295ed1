using System.Globalization;
using System.Net.Sockets;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Drivers.Plugs;

/// <summary>
/// One POST /api/ota. The device erases the whole slot before it reads on, answers errors while data is still coming and then resets, so
/// sending and receiving go on at the same time.
/// </summary>
internal sealed class OtaUpload(PlugHttp http, LabClock clock, TimeSpan stallLimit)
{
    private const int Chunk = 4096;

    // Small, so that "sent" means taken by the device and not by this machine's kernel.
    private const int SendBuffer = 8192;

    private readonly Lock _gate = new();
    private TimeSpan _progress;
    private TimeSpan _longest;

    /// <exception cref="PlugUnreachableException">No connection.</exception>
    public async Task<OtaUploadReply> RunAsync(ReadOnlyMemory<byte> image, CancellationToken cancellationToken)
    {
        using Socket socket = await http.ConnectAsync("POST /api/ota", SendBuffer, cancellationToken).ConfigureAwait(false);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _progress = clock.Elapsed;
        Task<(byte[] Bytes, SocketException? Broken)> receiving = PlugHttp.ReceiveAsync(new SocketLink(socket), stop.Token);
        Progress sent = new();
        Task<string?> sending = SendAsync(socket, http.Head("POST", "/api/ota", image.Length), image, sent, stop.Token);
        string? failure = null;
        try
        {
            failure = await FinishAsync(sending, receiving, sent).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            failure = string.Create(
                CultureInfo.InvariantCulture, $"no progress for {stallLimit.TotalSeconds:0.###} s after {sent.Bytes} of {image.Length} bytes");
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((Task)receiving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
        (byte[] bytes, SocketException? broken) = receiving.IsCompletedSuccessfully ? await receiving.ConfigureAwait(false) : ([], null);
        HttpReply? reply = HttpReply.Parse(bytes);
        Step();
        return new OtaUploadReply(
            reply is { Status: 200 } && OpenBekenJson.HasKey(reply.Body, "size"), reply?.Status, reply?.Body ?? "", sent.Bytes, _longest,
            reply is not null ? null : failure ?? broken?.Message ?? $"the device closed the connection after {sent.Bytes} of {image.Length} bytes without a reply");
    }

    /// <summary>Until the reply is there or nothing moves for the limit.</summary>
    /// <returns>Why sending ended early, null when all was sent.</returns>
    /// <exception cref="TimeoutException">Nothing moved for the limit.</exception>
    private async Task<string?> FinishAsync(Task<string?> sending, Task receiving, Progress sent)
    {
        while (!receiving.IsCompleted)
        {
            long before = sent.Bytes;
            TimeSpan left;
            lock (_gate)
            {
                left = _progress + stallLimit - clock.Elapsed;
            }

            if (left > TimeSpan.Zero)
            {
                await receiving.WaitAsync(left, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            lock (_gate)
            {
                if (!receiving.IsCompleted && sent.Bytes == before && clock.Elapsed >= _progress + stallLimit)
                {
                    throw new TimeoutException();
                }
            }
        }

        // The reply came first (an error while data was still to be sent), or the connection broke: then sending ends by itself or is stopped.
        return sending.IsCompletedSuccessfully ? await sending.ConfigureAwait(false) : null;
    }

    private async Task<string?> SendAsync(Socket socket, byte[] head, ReadOnlyMemory<byte> image, Progress sent, CancellationToken cancellationToken)
    {
        try
        {
            for (int at = 0; at < head.Length;)
            {
                at += await socket.SendAsync(head.AsMemory(at), cancellationToken).ConfigureAwait(false);
            }

            while (sent.Bytes < image.Length)
            {
                int at = (int)sent.Bytes;
                int count = await socket.SendAsync(image.Slice(at, Math.Min(Chunk, image.Length - at)), cancellationToken).ConfigureAwait(false);
                sent.Add(count);
                Step();
            }

            return null;
        }
        catch (SocketException broken)
        {
            return $"{broken.Message} after {sent.Bytes} of {image.Length} bytes";
        }
    }

    private void Step()
    {
        lock (_gate)
        {
            TimeSpan now = clock.Elapsed;
            _longest = now - _progress > _longest ? now - _progress : _longest;
            _progress = now;
        }
    }

    private sealed class Progress
    {
        private long _bytes;

        public long Bytes => Interlocked.Read(ref _bytes);

        public void Add(int count) => Interlocked.Add(ref _bytes, count);
    }
}
