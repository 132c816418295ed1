using System.Net.Sockets;
using LabRunner.Hardware.Drivers.Plugs;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Tests.Drivers;

[CancelAfter(60_000)]
public sealed class OtaUploadTests
{
    private static readonly byte[] Image = new byte[600_000];
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(10);
    private static readonly OtaSending Usual = new() { StallLimit = StallLimit };

    [Test]
    public async Task UploadOtaAsync_DeviceTakesAll_AcceptedAndStallMeasured(CancellationToken token)
    {
        LabClock clock = LabClock.Start(10);
        await using QuirkyServer server = QuirkyServer.Doing(async (request, socket, stop) =>
        {
            // The device erases the whole slot first. Long, because a cold start of the sending side falls into the same time.
            await Task.Delay(TimeSpan.FromSeconds(8), clock, stop);
            await DrainAsync(socket, request, stop);
            await QuirkyServer.SendAsync(socket, QuirkyServer.Page("""{"size":600000}"""), stop);
        });
        OtaUploadReply reply = await new OpenBekenPlug(server.Address, clock).UploadOtaAsync(Image, new OtaSending { StallLimit = 6 * StallLimit }, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reply, Is.EqualTo(
                new OtaUploadReply(true, 200, """{"size":600000}""", Image.Length, reply.LongestStall, null) { StatusLine = "HTTP/1.1 200 OK", Took = reply.Took }));
            Assert.That(reply.Took, Is.GreaterThanOrEqualTo(reply.LongestStall));
            Assert.That(reply.LongestStall, Is.GreaterThan(TimeSpan.FromSeconds(2)), "the erasing is seen although this machine's kernel buffers");
            Assert.That(server.Requests.Single(), Does.StartWith("POST /api/ota HTTP/1.1\r\n").And.Contain("Content-Length: 600000\r\n"));
        }
    }

    [Test]
    public async Task UploadOtaAsync_RejectedWithUnreadData_StatusOrResetButNoException(CancellationToken token)
    {
        await using QuirkyServer server = QuirkyServer.Doing(async (_, socket, stop) =>
        {
            await socket.ReceiveAsync(new byte[1022], stop);
            await QuirkyServer.SendAsync(socket, QuirkyServer.Page("""{"error":-20,"msg":"Invalid header ident"}""", -20), stop);
        });
        OtaUploadReply reply = await new OpenBekenPlug(server.Address, LabClock.Start()).UploadOtaAsync(Image, Usual, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reply.Accepted, Is.False);
            Assert.That(reply.BytesSent, Is.LessThan(Image.Length));
            Assert.That(reply.Status is -20 && reply.Body.Contains("Invalid header ident") && reply.Failure is null || reply.Status is null && reply.Failure is not null, reply.ToString());
        }
    }

    [Test]
    public async Task UploadOtaAsync_ResetInTheMiddle_FailureWithoutStatus(CancellationToken token)
    {
        await using QuirkyServer server = QuirkyServer.Doing(async (_, socket, stop) =>
        {
            await socket.ReceiveAsync(new byte[1022], stop);
            socket.LingerState = new LingerOption(true, 0);
        });
        OtaUploadReply reply = await new OpenBekenPlug(server.Address, LabClock.Start()).UploadOtaAsync(Image, Usual, token);
        Assert.That((reply.Accepted, reply.Status, reply.Failure is null), Is.EqualTo((false, (int?)null, false)));
    }

    [Test]
    public async Task UploadOtaAsync_DeviceStopsReading_GivesUpAfterTheStallLimit(CancellationToken token)
    {
        LabClock clock = LabClock.Start(50);
        await using QuirkyServer server = QuirkyServer.Doing((_, _, stop) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop));
        OtaUploadReply reply = await new OpenBekenPlug(server.Address, clock).UploadOtaAsync(new byte[8 << 20], Usual, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reply.Failure, Does.Contain("no progress for 10 s"));
            Assert.That(reply.LongestStall, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(9.9)));
            Assert.That(reply.BytesSent, Is.GreaterThan(0).And.LessThan(8 << 20));
        }
    }

    [Test]
    public async Task UploadOtaAsync_Cancelled_ConnectionClosedAndCancelled(CancellationToken token)
    {
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(token);
        TaskCompletionSource<bool> closed = new();
        await using QuirkyServer server = QuirkyServer.Doing(async (_, socket, stop) =>
        {
            await cancel.CancelAsync();
            try
            {
                await DrainAsync(socket, "", stop);
                closed.TrySetResult(true);
            }
            catch (SocketException)
            {
                closed.TrySetResult(true);
            }
        });
        await Assert.ThatAsync(
            () => new OpenBekenPlug(server.Address, LabClock.Start()).UploadOtaAsync(new byte[8 << 20], Usual, cancel.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await closed.Task.WaitAsync(token), "the device sees the end of the connection");
    }

    [TestCase(OtaAbort.Fin, "513", 513)]
    [TestCase(OtaAbort.Rst, "513", 513)]
    [TestCase(OtaAbort.Fin, "0", 0)]
    [TestCase(OtaAbort.Rst, "50%", 300_000)]
    public async Task UploadOtaAsync_Abort_DeviceGetsThatMuchAndThenTheWantedEnd(OtaAbort by, string at, int bytes, CancellationToken token)
    {
        TaskCompletionSource<(long Body, bool Reset)> seen = new();
        await using QuirkyServer server = QuirkyServer.Doing(async (request, socket, stop) =>
        {
            int body = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            seen.TrySetResult(await CountAsync(socket, request.Length - body - 4, stop));
        });
        OtaUploadReply reply = await new OpenBekenPlug(server.Address, LabClock.Start())
            .UploadOtaAsync(Image, Usual with { AbortAt = OtaPoint.Parse(at), AbortBy = by }, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await seen.Task.WaitAsync(token), Is.EqualTo(((long)bytes, by == OtaAbort.Rst)));
            Assert.That((reply.Accepted, reply.Aborted, reply.Status, reply.BytesSent), Is.EqualTo((false, true, (int?)null, (long)bytes)));
            Assert.That(reply.Failure, Does.Contain("on purpose").And.Contain(by.ToString().ToUpperInvariant()));
        }
    }

    [Test]
    public async Task UploadOtaAsync_Rate_TakesAtLeastTheTimeOfTheRate(CancellationToken token)
    {
        LabClock clock = LabClock.Start(20);
        await using QuirkyServer server = TakingAll();
        OtaUploadReply reply = await new OpenBekenPlug(server.Address, clock).UploadOtaAsync(Image, Usual with { BytesPerSecond = 100_000, StallLimit = TimeSpan.FromSeconds(200) }, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reply.Accepted, Is.True, reply.ToString());

            // All but the first piece and the one that may be caught up.
            Assert.That(reply.Took, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(5.8)));
        }
    }

    [Test]
    public async Task UploadOtaAsync_OwnPause_IsNoStallOfTheDevice(CancellationToken token)
    {
        LabClock clock = LabClock.Start(10);
        await using QuirkyServer server = TakingAll();
        OtaUploadReply reply = await new OpenBekenPlug(server.Address, clock).UploadOtaAsync(
            Image, new OtaSending { StallLimit = TimeSpan.FromSeconds(50), PauseAt = OtaPoint.AtByte(1000), PauseFor = TimeSpan.FromSeconds(60) }, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reply.Accepted, Is.True, reply.ToString());
            Assert.That(reply.Took, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(60)));
            Assert.That(reply.LongestStall, Is.LessThan(TimeSpan.FromSeconds(50)));
        }
    }

    [Test]
    public async Task UploadOtaAsync_BeforeLast_HoldsOneByteBackAndIsNoStallOfTheDevice(CancellationToken token)
    {
        LabClock clock = LabClock.Start(10);
        TaskCompletionSource<int> arrived = new();
        await using QuirkyServer server = QuirkyServer.Doing(async (request, socket, stop) =>
        {
            int bytes = request.Length - request.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4;
            byte[] buffer = new byte[4096];
            while (bytes < Image.Length - 1)
            {
                bytes += await socket.ReceiveAsync(buffer, stop);
            }

            arrived.SetResult(bytes);
            await socket.ReceiveAsync(buffer, stop);
            await QuirkyServer.SendAsync(socket, QuirkyServer.Page("""{"size":600000}"""), stop);
        });
        int before = 0;
        OtaSending held = new()
        {
            StallLimit = TimeSpan.FromSeconds(50),
            BeforeLast = async stop =>
            {
                before = await arrived.Task.WaitAsync(stop);
                await Task.Delay(TimeSpan.FromSeconds(60), clock, stop);
            },
        };
        OtaUploadReply reply = await new OpenBekenPlug(server.Address, clock).UploadOtaAsync(Image, held, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.EqualTo(Image.Length - 1), "bytes that the device has while the last is held back");
            Assert.That(reply.Accepted, Is.True, reply.ToString());
            Assert.That(reply.LongestStall, Is.LessThan(TimeSpan.FromSeconds(50)));
        }
    }

    [TestCase(OtaFraming.Chunked, null, "Transfer-Encoding: chunked\r\n")]
    [TestCase(OtaFraming.None, null, "Content-Type: application/octet-stream\r\n\r\n")]
    [TestCase(OtaFraming.ContentLength, 601_000L, "Content-Length: 601000\r\n")]
    public async Task UploadOtaAsync_Framing_IsWhatGoesOut(OtaFraming framing, long? stated, string head, CancellationToken token)
    {
        TaskCompletionSource<byte[]> body = new();
        await using QuirkyServer server = QuirkyServer.Doing(async (request, socket, stop) =>
        {
            int at = request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
            byte[] all = await ReadAllAsync(socket, System.Text.Encoding.Latin1.GetBytes(request[at..]), framing == OtaFraming.Chunked ? Chunked : Image.Length, stop);
            body.TrySetResult(all);
            await QuirkyServer.SendAsync(socket, QuirkyServer.Page("no", 400), stop);
        });
        OtaUploadReply reply = await new OpenBekenPlug(server.Address, LabClock.Start())
            .UploadOtaAsync(Image, Usual with { Framing = framing, StatedLength = stated }, token);
        byte[] sent = await body.Task.WaitAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(server.Requests.Single(), Does.Contain(head));
            Assert.That((reply.Status, reply.StatusLine, reply.BytesSent), Is.EqualTo((400, "HTTP/1.1 400 OK", (long)Image.Length)));
            Assert.That(System.Text.Encoding.Latin1.GetString(sent.AsSpan(0, 6)), framing == OtaFraming.Chunked ? Is.EqualTo("1000\r\n") : Is.EqualTo("\0\0\0\0\0\0"));
        }
    }

    [TestCase("stall", "stall limit")]
    [TestCase("rate", "rate")]
    [TestCase("pause", "pause")]
    [TestCase("length", "stated length")]
    [TestCase("both", "framing")]
    public async Task UploadOtaAsync_OptionsThatCannotBe_AreRefusedBeforeAnythingIsSent(string what, string words, CancellationToken token)
    {
        OtaSending wrong = what switch
        {
            "stall" => Usual with { StallLimit = TimeSpan.Zero },
            "rate" => Usual with { BytesPerSecond = 99 },
            "pause" => Usual with { PauseFor = TimeSpan.FromHours(2) },
            "length" => Usual with { StatedLength = -1 },
            _ => Usual with { StatedLength = 1, Framing = OtaFraming.Chunked },
        };
        await Assert.ThatAsync(
            () => new OpenBekenPlug("127.0.0.1:9", LabClock.Start()).UploadOtaAsync(Image, wrong, token), Throws.ArgumentException.With.Message.Contains(words));
    }

    // 146 whole pieces of 4,096 bytes and one of 1,984, each with its length in hexadecimal and two line ends, and the last of 0.
    private const int Chunked = 600_000 + (146 * (4 + 4)) + (3 + 4) + 5;

    private static QuirkyServer TakingAll() => QuirkyServer.Doing(async (request, socket, stop) =>
    {
        await DrainAsync(socket, request, stop);
        await QuirkyServer.SendAsync(socket, QuirkyServer.Page("""{"size":600000}"""), stop);
    });

    private static async Task<(long Body, bool Reset)> CountAsync(Socket socket, long body, CancellationToken token)
    {
        byte[] buffer = new byte[65536];
        try
        {
            while (true)
            {
                int count = await socket.ReceiveAsync(buffer, token);
                if (count == 0)
                {
                    return (body, false);
                }

                body += count;
            }
        }
        catch (SocketException)
        {
            return (body, true);
        }
    }

    private static async Task<byte[]> ReadAllAsync(Socket socket, byte[] first, int length, CancellationToken token)
    {
        List<byte> all = [.. first];
        byte[] buffer = new byte[65536];
        while (all.Count < length)
        {
            int count = await socket.ReceiveAsync(buffer, token);
            Assert.That(count, Is.Positive, $"the client closed after {all.Count} of {length} bytes");
            all.AddRange(buffer.AsSpan(0, count));
        }

        return [.. all];
    }

    /// <summary>Reads a request's body to its end, or to the end of the connection where the request is not given.</summary>
    private static async Task DrainAsync(Socket socket, string request, CancellationToken token)
    {
        byte[] buffer = new byte[65536];
        int body = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        long left = body < 0 ? long.MaxValue : Image.Length - (request.Length - body - 4);
        while (left > 0)
        {
            int count = await socket.ReceiveAsync(buffer, token);
            if (count == 0)
            {
                return;
            }

            left -= count;
        }
    }
}
