using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace LabRunner.Reports.Records;

/// <summary>One copy of each text of a few that come again and again, found by its UTF-8 without making it anew. Not thread safe.</summary>
internal sealed class NameTable
{
    private const int Most = 4096;
    private readonly Dictionary<byte[], string>.AlternateLookup<ReadOnlySpan<byte>> _known =
        new Dictionary<byte[], string>(new SameBytes()).GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>The text; beyond a few thousand different ones it is made for each caller.</summary>
    internal string Of(ReadOnlySpan<byte> utf8)
    {
        if (_known.TryGetValue(utf8, out string? text))
        {
            return text;
        }

        text = Encoding.UTF8.GetString(utf8);
        if (_known.Dictionary.Count < Most)
        {
            _known[utf8] = text;
        }

        return text;
    }

    private sealed class SameBytes : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            HashCode hash = default;
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
