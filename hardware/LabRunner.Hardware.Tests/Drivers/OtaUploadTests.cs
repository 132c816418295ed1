using System.Net.Sockets;
using LabRunner.Hardware.Drivers.Plugs;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Tests.Drivers;

[CancelAfter(30_000)]
public sealed class OtaUploadTests
{
    private static readonly byte[] Image = new byte[600_000];
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(10);

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
        OtaUploadReply reply = await new OpenBekenPlug(server.Address, clock).UploadOtaAsync(Image, 6 * StallLimit, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reply, Is.EqualTo(new OtaUploadReply(true, 200, """{"size":600000}""", Image.Length, reply.LongestStall, null)));
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
        OtaUploadReply reply = await new OpenBekenPlug(server.Address, LabClock.Start()).UploadOtaAsync(Image, StallLimit, token);
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
        OtaUploadReply reply = await new OpenBekenPlug(server.Address, LabClock.Start()).UploadOtaAsync(Image, StallLimit, token);
        Assert.That((reply.Accepted, reply.Status, reply.Failure is null), Is.EqualTo((false, (int?)null, false)));
    }

    [Test]
    public async Task UploadOtaAsync_DeviceStopsReading_GivesUpAfterTheStallLimit(CancellationToken token)
    {
        LabClock clock = LabClock.Start(50);
        await using QuirkyServer server = QuirkyServer.Doing((_, _, stop) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop));
        OtaUploadReply reply = await new OpenBekenPlug(server.Address, clock).UploadOtaAsync(new byte[8 << 20], StallLimit, token);
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
            () => new OpenBekenPlug(server.Address, LabClock.Start()).UploadOtaAsync(new byte[8 << 20], StallLimit, cancel.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await closed.Task.WaitAsync(token), "the device sees the end of the connection");
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
