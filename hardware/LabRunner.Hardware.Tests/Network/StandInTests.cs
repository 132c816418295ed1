using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Drivers.Network.AccessPoint.StandIns;
using LabRunner.Hardware.Time;
using MQTTnet;
using MQTTnet.Formatter;

namespace LabRunner.Hardware.Tests.Network;

/// <summary>Servers that answer in place of the real ones, asked over loopback in the words of the protocols.</summary>
[TestFixture]
internal sealed class StandInTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Question for the address of pool.ntp.org, with EDNS behind it.</summary>
    public static byte[] NameQuestion { get; } =
    [
        0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 1,
        4, .. "pool"u8, 3, .. "ntp"u8, 3, .. "org"u8, 0, 0, 1, 0, 1,
        0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>Asks a port of this machine; null: no answer within a second.</summary>
    public static async Task<byte[]?> AskAsync(int port, byte[] question)
    {
        using UdpClient client = new(AddressFamily.InterNetwork);
        await client.SendAsync(question, question.Length, new IPEndPoint(IPAddress.Loopback, port));
        using CancellationTokenSource limit = new(question.Length < 12 ? TimeSpan.FromSeconds(1) : Limit, TimeProvider.System);
        try
        {
            return (await client.ReceiveAsync(limit.Token)).Buffer;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    [Test]
    public async Task UnknownNames_SayNoSuchName_AndRepeatTheQuestion()
    {
        await using UnknownNames names = new();
        names.Start("bench");
        byte[]? answer = await AskAsync(names.Port, NameQuestion);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer![..2], Is.EqualTo(NameQuestion[..2]));
            Assert.That(answer[2] & 0x80, Is.EqualTo(0x80), "a response");
            Assert.That(answer[3] & 0x0F, Is.EqualTo(3), "NXDOMAIN");
            Assert.That(answer[4..12], Is.EqualTo(new byte[] { 0, 1, 0, 0, 0, 0, 0, 0 }));
            Assert.That(answer[12..], Is.EqualTo(NameQuestion[12..^11]));
        }
    }

    [Test]
    public async Task UnknownNames_WhatIsNoQuestion_GetsNoAnswer_AndTheNextOneDoes()
    {
        await using UnknownNames names = new();
        names.Start("bench");
        byte[]? none = await AskAsync(names.Port, [1, 2, 3]);
        byte[]? answer = await AskAsync(names.Port, NameQuestion);
        Assert.That((none, answer?.Length), Is.EqualTo(((byte[]?)null, (int?)(NameQuestion.Length - 11))));
    }

    [Test]
    public async Task SlowNames_AskTheRealServer_AfterTheWait()
    {
        using UdpClient real = new(new IPEndPoint(IPAddress.Loopback, 0));
        LabClock clock = LabClock.Start(20);
        await using SlowNames names = new((IPEndPoint)real.Client.LocalEndPoint!, TimeSpan.FromSeconds(5), clock);
        names.Start("bench");
        TimeSpan asked = clock.Elapsed;
        Task<byte[]?> answer = AskAsync(names.Port, NameQuestion);
        UdpReceiveResult passed = await real.ReceiveAsync(new CancellationTokenSource(Limit, TimeProvider.System).Token);
        TimeSpan waited = clock.Elapsed - asked;
        await real.SendAsync(new byte[] { 7, 7, 7 }, 3, passed.RemoteEndPoint);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(passed.Buffer, Is.EqualTo(NameQuestion));
            Assert.That(waited, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(5)));
            Assert.That(await answer, Is.EqualTo(new byte[] { 7, 7, 7 }));
        }
    }

    [TestCase(3600.0)]
    [TestCase(-86400.0)]
    [TestCase(4e8)]
    public async Task WrongTime_IsOffByTheError_AlsoBeyondTheRollOver(double seconds)
    {
        LabClock clock = LabClock.Start();
        await using WrongTime time = new(TimeSpan.FromSeconds(seconds), clock);
        time.Start("bench");
        byte[] question = new byte[48];
        question[0] = 0x1B;
        question[40] = 0xAB;
        byte[]? answer = await AskAsync(time.Port, question);
        uint expected = unchecked((uint)(long)(clock.GetUtcNow() + TimeSpan.FromSeconds(seconds) - new DateTimeOffset(1900, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalSeconds);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer![0], Is.EqualTo(0x1C), "version 3, server");
            Assert.That(answer[1], Is.EqualTo(1), "a primary server: stratum 0 would be refused");
            Assert.That(answer[24], Is.EqualTo(0xAB), "the client's own stamp");
            Assert.That(expected - BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(40)), Is.LessThanOrEqualTo(10u));
        }
    }

    [Test]
    public async Task RefusedLeases_AnswerARequestWithNak_AndADiscoverNotAtAll()
    {
        await using RefusedLeases leases = new(IPAddress.Parse("192.168.7.1"));
        leases.Start("bench");
        byte[]? nak = await AskAsync(leases.Port, Dhcp(3));
        using UdpClient client = new(AddressFamily.InterNetwork);
        IPEndPoint there = new(IPAddress.Loopback, leases.Port);
        await client.SendAsync(Dhcp(1), there);
        byte[] request = Dhcp(3);
        request[7] = 99;
        await client.SendAsync(request, there);
        byte[] first = (await client.ReceiveAsync(new CancellationTokenSource(Limit, TimeProvider.System).Token)).Buffer;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(nak![0], Is.EqualTo(2), "a reply");
            Assert.That(nak[4..8], Is.EqualTo(new byte[] { 1, 2, 3, 4 }), "transaction");
            Assert.That(nak[28..34], Is.EqualTo(new byte[] { 0x18, 0xB9, 5, 0, 0, 1 }), "hardware address");
            Assert.That(nak[236..250], Is.EqualTo(new byte[] { 99, 130, 83, 99, 53, 1, 6, 54, 4, 192, 168, 7, 1, 255 }));
            Assert.That(first[7], Is.EqualTo(99), "the discover before it got no answer");
        }
    }

    [TestCase(MqttProtocolVersion.V311)]
    [TestCase(MqttProtocolVersion.V500)]
    public async Task DenyingBroker_SaysNotAuthorised(MqttProtocolVersion version)
    {
        await using DenyingBroker broker = new();
        broker.Start("bench");
        using IMqttClient client = new MqttClientFactory().CreateMqttClient();
        MqttClientOptions options = new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", broker.Port).WithProtocolVersion(version).WithClientId("obk_p1").WithCredentials("user", "secret").WithTimeout(Limit).Build();
        MqttClientConnectResultCode code = (await client.ConnectAsync(options)).ResultCode;
        Assert.That(code, Is.EqualTo(MqttClientConnectResultCode.NotAuthorized));
    }

    // A message of a client that has an address: fixed part, cookie, type.
    private static byte[] Dhcp(byte type)
    {
        byte[] message = new byte[300];
        message[0] = 1;
        message[1] = 1;
        message[2] = 6;
        new byte[] { 1, 2, 3, 4 }.CopyTo(message, 4);
        new byte[] { 192, 168, 7, 20 }.CopyTo(message, 12);
        new byte[] { 0x18, 0xB9, 5, 0, 0, 1 }.CopyTo(message, 28);
        new byte[] { 99, 130, 83, 99, 0, 12, 2, 65, 66, 53, 1, type, 255 }.CopyTo(message, 236);
        return message;
    }
}
