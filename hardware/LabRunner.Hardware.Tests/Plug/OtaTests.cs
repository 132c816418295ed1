using System.Text;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Plug;

[TestFixture]
public sealed class OtaTests
{
    [Test]
    public void Upload_GoodImage_BootsTheNewVersionAfterReboot()
    {
        PlugBench bench = new PlugBench().Boot();
        ClientEnd client = Upload(bench, VirtualFirmwareImage.Build("1.18.159"), sendAll: true);
        bench.Run(10);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(client.Text, Does.StartWith("HTTP/1.1 200 OK\n"));
            Assert.That(client.Body, Is.EqualTo($"{{\"size\":{VirtualFirmwareImage.BodyLength + OtaImage.HeaderLength}}}"));
            Assert.That(bench.Lines.Count(l => l.Line.StartsWith("[OTA] Erased:", StringComparison.Ordinal)), Is.EqualTo(9));
            Assert.That(bench.Get("/api/info"), Does.Contain("version 1.18.158"), "it does not reboot by itself");
        }

        bench.Post("/api/reboot", "");
        bench.Run(18);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Get("/api/info"), Does.Contain("version 1.18.159"));
            Assert.That(bench.Get("/index?state=1"), Does.Contain("ota counter: 1,"));
        }
    }

    [Test]
    public void Upload_Running_ClosesMqtt()
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Run(10);
        Upload(bench, VirtualFirmwareImage.Build("1.18.159"), sendAll: false);
        bench.Run(5);
        Assert.That(bench.Disconnects, Is.EqualTo(1));
    }

    /// <summary>What the firmware answers to each file that can be made; null: it accepts it.</summary>
    private static readonly Dictionary<OtaBreak, string?> Answers = new()
    {
        [OtaBreak.None] = null,
        [OtaBreak.Magic] = "Invalid header ident",
        [OtaBreak.Length] = null,
        [OtaBreak.Hash] = "SHA256 NOT Correct",
        [OtaBreak.FlippedBit] = "SHA256 NOT Correct",
        [OtaBreak.UnpackedLength] = "",
        [OtaBreak.LargestUnpackedThatFits] = null,
        [OtaBreak.Truncated] = "SHA256 NOT Correct",
        [OtaBreak.Oversize] = "Too large bin",
        [OtaBreak.LargestThatFits] = null,
        [OtaBreak.HeaderOnly] = "SHA256 NOT Correct",
        [OtaBreak.ShortHeader] = "No header found",
    };

    [TestCaseSource(nameof(Defects))]
    public void Upload_EachDefect_IsAnsweredAsTheFirmwareDoes(OtaBreak defect)
    {
        byte[] body = VirtualFirmwareImage.Build("1.18.159")[OtaImage.HeaderLength..];
        PlugBench bench = new PlugBench().Boot();
        ClientEnd client = Upload(bench, OtaForge.Make(body, defect, packing: "RAW"), sendAll: true);
        bench.Run(15);
        string? refusal = Answers[defect];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(client.Text, Does.StartWith(refusal is null ? "HTTP/1.1 200 OK\n" : "HTTP/1.1 -20 OK\n"));
            Assert.That(client.Body, refusal is null ? Does.StartWith("{\"size\":") : Is.EqualTo($"{{\"error\":-20, \"msg\":\"{refusal}\"}}"));
        }

        bench.PowerCycle(3, 15);
        Assert.That(bench.Get("/api/info"), Does.Contain(refusal is null ? "version 1.18.159" : "version 1.18.158"));
    }

    private static OtaBreak[] Defects() => Enum.GetValues<OtaBreak>();

    [Test]
    public void Upload_Aborted_LeavesTheOtaMarkedUntilReboot()
    {
        PlugBench bench = new PlugBench().Boot();
        ClientEnd client = Upload(bench, VirtualFirmwareImage.Build("1.18.159"), sendAll: false);
        bench.Run(5);
        client.Server!.PeerClosed();
        bench.Run(30);
        Assert.That(bench.Get("/index?state=1"), Does.Contain("OTA In Progress"));
        bench.PowerCycle(3, 12);
        Assert.That(bench.Get("/index?state=1"), Does.Not.Contain("OTA In Progress").And.Contain("ota counter: 0,"));
    }

    [TestCase(0, "No header found")]
    [TestCase(511, "No header found")]
    [TestCase(20_000, "SHA256 NOT Correct")]
    public void Upload_Reset_EndsTheUploadByItself(int bytes, string judged)
    {
        PlugBench bench = new PlugBench().Boot();
        byte[] image = VirtualFirmwareImage.Build("1.18.159");
        ClientEnd client = Post(bench, $"Content-Length: {image.Length}\r\n", image.AsMemory(0, bytes));
        client.Server!.PeerReset();
        bench.Run(10);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(client.Body, Does.Contain(judged), "what the firmware would have said");
            Assert.That(bench.Get("/index?state=1"), Does.Not.Contain("OTA In Progress"));
        }
    }

    [Test]
    public void Upload_Abandoned_SlowsRequestsDown()
    {
        PlugBench bench = new PlugBench().Boot();
        TimeSpan before = Latency(bench);
        ClientEnd client = Upload(bench, VirtualFirmwareImage.Build("1.18.159"), sendAll: false);
        bench.Run(5);
        client.Server!.PeerClosed();
        bench.Run(2);
        Assert.That(Latency(bench), Is.GreaterThan(before));
    }

    [TestCase("", "No header found")]
    [TestCase("Content-Length: 0\r\n", "No header found")]
    [TestCase("Content-Length: 1000\r\n", "SHA256 NOT Correct")]
    public void Upload_LyingOrNoLength_IsRefusedAndAlive(string header, string message)
    {
        PlugBench bench = new PlugBench().Boot();
        ClientEnd client = Post(bench, header, VirtualFirmwareImage.Build("1.18.159"));
        bench.Run(10);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(client.Body, Does.Contain(message));
            Assert.That(client.ClosedByReset, Is.True, "there are unread data");
            Assert.That(bench.Get("/api/info"), Does.Contain("1.18.158"));
        }
    }

    [Test]
    public void Upload_TwoAtOnce_KeepTheirStateApart()
    {
        PlugBench bench = new PlugBench().Boot();
        byte[] image = VirtualFirmwareImage.Build("1.18.159");
        ClientEnd waiting = Upload(bench, image, sendAll: false);
        bench.Run(5);
        ClientEnd whole = Upload(bench, image, sendAll: true);
        bench.Run(10);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(whole.Text, Does.StartWith("HTTP/1.1 200 OK\n"));
            Assert.That(waiting.Text, Is.Empty);
        }
    }

    [Test]
    public void PowerCut_WhileUnpacking_UnpacksAgain()
    {
        PlugBench bench = new PlugBench().Boot();
        Upload(bench, VirtualFirmwareImage.Build("1.18.159"), sendAll: true);
        bench.Run(10);
        bench.PowerCycle(3, 1);
        bench.PowerCycle(3, 14);
        Assert.That(bench.Get("/api/info"), Does.Contain("version 1.18.159"));
    }

    /// <summary>An accepted update is what the partition table in flash says, so that what is written over the UART afterwards decides.</summary>
    [Test]
    public void Upload_Accepted_WaitsInFlashAndIsGoneWithIt()
    {
        byte[] image = VirtualFirmwareImage.Build("1.18.159");
        PlugBench bench = new PlugBench().Boot();
        Upload(bench, image, sendAll: true);
        bench.Run(10);
        Partition waiting = PartitionTable.Find(bench.Plug.Flash.Memory.Bytes, out _)!.Find("FW")!;
        byte[] slot = bench.Plug.Flash.Memory.Bytes.Slice((int)waiting.Address1, (int)waiting.ContentLength).ToArray();
        bench.Plug.Flash.Memory.Place(0, VirtualFirmwareImage.BuildWholeFlash("1.18.170"));
        bench.PowerCycle(3, 15);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(waiting.ActiveSlot, Is.EqualTo(1));
            Assert.That(slot.AsSpan().SequenceEqual(image.AsSpan(OtaImage.HeaderLength)), Is.True);
            Assert.That(bench.Get("/api/info"), Does.Contain("version 1.18.170"));
        }
    }

    [Test]
    public void Upload_Unpacked_RunsFromTheFirstSlot()
    {
        PlugBench bench = new PlugBench().Boot();
        Upload(bench, VirtualFirmwareImage.Build("1.18.159"), sendAll: true);
        bench.Run(10);
        bench.PowerCycle(3, 15);
        Assert.That(PartitionTable.Find(bench.Plug.Flash.Memory.Bytes, out _)!.Find("FW")!.ActiveSlot, Is.Zero);
        Upload(bench, VirtualFirmwareImage.Build("1.18.160"), sendAll: true);
        bench.Run(10);
        bench.PowerCycle(3, 15);
        Assert.That(bench.Get("/api/info"), Does.Contain("version 1.18.160"));
    }

    [Test]
    public void VersionOf_BuiltImage_ReadsItBack()
    {
        byte[] image = VirtualFirmwareImage.Build("1.18.200");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(VirtualFirmwareImage.VersionOf(image.AsSpan(OtaImage.HeaderLength)), Is.EqualTo("1.18.200"));
            Assert.That(VirtualFirmwareImage.VersionOf(new byte[100]), Is.Null);
        }
    }

    private static TimeSpan Latency(PlugBench bench)
    {
        ClientEnd client = new();
        client.Server = bench.Plug.OpenConnection(client);
        TimeSpan start = bench.Engine.Now;
        client.Server!.Received(Encoding.ASCII.GetBytes("GET /api/info HTTP/1.1\r\n\r\n"));
        while (client.Text.Length == 0)
        {
            bench.Run(0.001);
        }

        return bench.Engine.Now - start;
    }

    private static ClientEnd Post(PlugBench bench, string length, ReadOnlyMemory<byte> body)
    {
        ClientEnd client = new();
        client.Server = bench.Plug.OpenConnection(client);
        client.Server!.Received(Encoding.ASCII.GetBytes($"POST /api/ota HTTP/1.1\r\nHost: p\r\n{length}\r\n"));
        bench.Run(0.1);
        client.Server.Received(body);
        return client;
    }

    /// <summary>Posts an image; the first segment carries 253 body bytes, as with a browser's headers.</summary>
    internal static ClientEnd Upload(PlugBench bench, byte[] image, bool sendAll)
    {
        int first = Math.Min(253, image.Length);
        byte[] head = Encoding.ASCII.GetBytes($"POST /api/ota HTTP/1.1\r\nHost: p\r\nContent-Length: {image.Length}\r\n\r\n");
        ClientEnd client = new();
        client.Server = bench.Plug.OpenConnection(client);
        client.Server!.Received(new byte[][] { head, image[..first] }.SelectMany(b => b).ToArray());
        bench.Run(0.1);
        int end = sendAll ? image.Length : Math.Min(20_000, image.Length);
        for (int at = first; at < end; at += 1460)
        {
            client.Server.Received(image.AsMemory(at, Math.Min(1460, end - at)));
        }

        return client;
    }
}
