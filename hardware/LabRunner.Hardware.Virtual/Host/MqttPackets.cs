using System.Buffers.Binary;
using System.Text;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>Control packet types of MQTT 3.1.1 (OASIS standard, table 2.1).</summary>
internal enum MqttPacketType
{
    Connect = 1,
    ConnAck = 2,
    Publish = 3,
    PubAck = 4,
    PubRec = 5,
    PubRel = 6,
    PubComp = 7,
    Subscribe = 8,
    SubAck = 9,
    PingReq = 12,
    PingResp = 13,
    Disconnect = 14,
}

/// <summary>A packet as received.</summary>
internal sealed record MqttPacket(MqttPacketType Type, int Flags, byte[] Body)
{
    /// <summary>Packet identifier of an acknowledgement.</summary>
    public ushort Id => BinaryPrimitives.ReadUInt16BigEndian(Body);
}

/// <summary>A received PUBLISH.</summary>
internal sealed record MqttMessage(string Topic, string Payload, int Qos, ushort Id)
{
    public static MqttMessage Parse(MqttPacket packet)
    {
        int qos = (packet.Flags >> 1) & 0x3;
        ReadOnlySpan<byte> rest = packet.Body;
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest);
        string topic = Encoding.UTF8.GetString(rest.Slice(2, length));
        rest = rest[(2 + length)..];
        ushort id = 0;
        if (qos > 0)
        {
            id = BinaryPrimitives.ReadUInt16BigEndian(rest);
            rest = rest[2..];
        }

        return new MqttMessage(topic, Encoding.UTF8.GetString(rest), qos, id);
    }
}

/// <summary>Builds and reads packets of MQTT 3.1.1. Stateless.</summary>
internal static class MqttPackets
{
    // 256 MiB is the protocol's limit; a plug's RAM takes far less.
    private const int LongestBody = 1 << 20;

    public static byte[] Connect(string client, string willTopic, string willPayload, int keepAliveSeconds)
    {
        MemoryStream body = new();
        Text(body, "MQTT");

        // Level 4; clean session, will with QoS 1 and retain.
        body.Write([4, 0x02 | 0x04 | 0x08 | 0x20]);
        Number(body, keepAliveSeconds);
        Text(body, client);
        Text(body, willTopic);
        Text(body, willPayload);
        return Packet(MqttPacketType.Connect, 0, body);
    }

    public static byte[] Subscribe(ushort id, IReadOnlyList<string> topics)
    {
        MemoryStream body = new();
        Number(body, id);
        foreach (string topic in topics)
        {
            Text(body, topic);
            body.WriteByte(1);
        }

        return Packet(MqttPacketType.Subscribe, 2, body);
    }

    public static byte[] Publish(string topic, string payload, int qos, bool retain, ushort id)
    {
        MemoryStream body = new();
        Text(body, topic);
        if (qos > 0)
        {
            Number(body, id);
        }

        body.Write(Encoding.UTF8.GetBytes(payload));
        return Packet(MqttPacketType.Publish, (qos << 1) | (retain ? 1 : 0), body);
    }

    public static byte[] Acknowledge(MqttPacketType type, ushort id)
    {
        MemoryStream body = new();
        Number(body, id);
        return Packet(type, type == MqttPacketType.PubRel ? 2 : 0, body);
    }

    public static byte[] Bare(MqttPacketType type) => Packet(type, 0, new MemoryStream());

    /// <summary>Reads one packet.</summary>
    /// <exception cref="EndOfStreamException">The broker closed.</exception>
    /// <exception cref="InvalidDataException">Not MQTT.</exception>
    public static async Task<MqttPacket> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] one = new byte[1];
        await stream.ReadExactlyAsync(one, cancellationToken).ConfigureAwait(false);
        byte first = one[0];
        int length = 0;
        int shift = 0;
        do
        {
            await stream.ReadExactlyAsync(one, cancellationToken).ConfigureAwait(false);
            length |= (one[0] & 0x7F) << shift;
            shift += 7;
        }
        while ((one[0] & 0x80) != 0 && shift < 28);

        if (length > LongestBody)
        {
            throw new InvalidDataException($"An MQTT packet of {length} bytes.");
        }

        byte[] body = new byte[length];
        await stream.ReadExactlyAsync(body, cancellationToken).ConfigureAwait(false);
        return new MqttPacket((MqttPacketType)(first >> 4), first & 0x0F, body);
    }

    private static byte[] Packet(MqttPacketType type, int flags, MemoryStream body)
    {
        MemoryStream packet = new();
        packet.WriteByte((byte)(((int)type << 4) | flags));
        long rest = body.Length;
        do
        {
            packet.WriteByte((byte)(rest > 0x7F ? (rest & 0x7F) + 0x80 : rest));
            rest >>= 7;
        }
        while (rest > 0);
        body.WriteTo(packet);
        return packet.ToArray();
    }

    private static void Number(MemoryStream body, int number) => body.Write([(byte)(number >> 8), (byte)number]);

    private static void Text(MemoryStream body, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Number(body, bytes.Length);
        body.Write(bytes);
    }
}
