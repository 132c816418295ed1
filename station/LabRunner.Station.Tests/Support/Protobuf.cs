namespace LabRunner.Station.Tests.Support;

/// <summary>Reads the wire format of protobuf (protobuf.dev/programming-guides/encoding) as far as a test needs it.</summary>
internal static class Protobuf
{
    /// <summary>Every length-delimited field at a path of field numbers.</summary>
    public static IEnumerable<byte[]> Find(byte[] message, params int[] path) => path.Length == 0
        ? [message]
        : Fields(message).Where(f => f.Number == path[0]).SelectMany(f => Find(f.Bytes, path[1..]));

    private static List<(int Number, byte[] Bytes)> Fields(byte[] message)
    {
        List<(int, byte[])> fields = [];
        int at = 0;
        while (at < message.Length)
        {
            ulong tag = Varint(message, ref at);
            int length = (tag & 7) switch
            {
                0 => SkipVarint(message, at),
                1 => 8,
                2 => (int)Varint(message, ref at),
                5 => 4,
                _ => throw new FormatException($"Wire type {tag & 7} at byte {at} is none."),
            };
            if ((tag & 7) == 2)
            {
                fields.Add(((int)(tag >> 3), message[at..(at + length)]));
            }

            at += length;
        }

        return fields;
    }

    private static int SkipVarint(byte[] message, int from)
    {
        int at = from;
        _ = Varint(message, ref at);
        return at - from;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
