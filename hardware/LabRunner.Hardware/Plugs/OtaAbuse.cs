using System.Buffers.Binary;
using System.Globalization;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Plugs;

/// <summary>What an update attempt is to end in.</summary>
public enum OtaEnd
{
    /// <summary>200 with the size; the next boot runs the image.</summary>
    Accepted,

    /// <summary>A status other than 200, or the connection ends without one (unread data make the device's stack reset); the old firmware stays.</summary>
    Refused,

    /// <summary>No reply is due: the client left, or the device waits for bytes that never come. The old firmware stays.</summary>
    NoReply,
}

/// <summary>One attempt of the abuse matrix.</summary>
/// <param name="Mode">Failure mode it looks for, F31 to F36.</param>
/// <param name="Name">Unique, lower case, for example "abort-fin-513".</param>
/// <param name="End">What it is to end in.</param>
/// <param name="Words">What a refusal's message holds when it arrives; empty where any will do.</param>
/// <param name="File">Makes the file from a sound one.</param>
/// <param name="Sending">How a file of a length is sent.</param>
public sealed record OtaAbuseCase(string Mode, string Name, OtaEnd End, string Words, Func<ReadOnlyMemory<byte>, byte[]> File, Func<int, OtaSending> Sending)
{
    /// <summary>What is wrong with a reply; null when it is as it should be.</summary>
    /// <param name="reply">How the upload ended.</param>
    /// <param name="stallLimit">Time without progress after which the sender gave up; null: as <see cref="Sending"/> says.</param>
    public string? Judge(OtaUploadReply reply, TimeSpan? stallLimit = null)
    {
        ArgumentNullException.ThrowIfNull(reply);
        TimeSpan patience = stallLimit ?? Sending(0).StallLimit;
        string said = reply.StatusLine is { } line ? $"{line} {reply.Body}" : reply.Failure ?? "nothing";
        bool refused = reply.Status is not null and not 200;
        return End switch
        {
            OtaEnd.Accepted when reply.Accepted => null,
            OtaEnd.Accepted => $"a sound update was not accepted: {said}",
            _ when reply.Accepted => $"it was accepted and must not be: {said}",
            OtaEnd.Refused when refused && !reply.Body.Contains(Words, StringComparison.Ordinal) => $"refused, but not with '{Words}': {said}",
            OtaEnd.Refused when !refused && reply.LongestStall >= patience => $"neither accepted nor refused: {said}",
            _ => null,
        };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Mode} {Name}";
}

/// <summary>
/// Everything an update must survive (failure modes F31 to F36): rates, clients that leave, foreign, oversized and corrupt files, lying
/// lengths. After each attempt the plug must serve the firmware of <see cref="OtaAbuseCase.End"/> within a minute. Pure, thread safe.
/// </summary>
public static class OtaAbuse
{
    /// <summary>Rates of F31: reported to work (8k), and up to as fast as the device takes it.</summary>
    public static IReadOnlyList<string> Rates { get; } = ["8k", "32k", "128k", "max"];

    /// <summary>Places of F32: around the 512 bytes of the header, and over the body.</summary>
    public static IReadOnlyList<string> Places { get; } = ["0", "511", "512", "513", "25%", "50%", "75%", "99%"];

    /// <summary>All attempts at the usual rates and places, in order.</summary>
    public static IReadOnlyList<OtaAbuseCase> Matrix { get; } = Cases(Rates, Places);

    /// <summary>All attempts, in order.</summary>
    /// <param name="rates">As <see cref="OtaSending.ParseRate"/> reads them.</param>
    /// <param name="places">Where clients leave, as <see cref="OtaPoint.Parse"/> reads them.</param>
    /// <exception cref="FormatException">One of them is no rate or no place.</exception>
    public static IReadOnlyList<OtaAbuseCase> Cases(IEnumerable<string> rates, IEnumerable<string> places)
    {
        ArgumentNullException.ThrowIfNull(rates);
        ArgumentNullException.ThrowIfNull(places);
        return [.. ByRate(rates), .. Aborts([.. places]), .. Foreign(), .. Sizes(), .. Corrupt(), .. Lengths()];
    }

    private static IEnumerable<OtaAbuseCase> ByRate(IEnumerable<string> rates)
    {
        foreach (string rate in rates)
        {
            int? bytesPerSecond = OtaSending.ParseRate(rate);
            yield return new OtaAbuseCase("F31", $"rate-{rate.Trim()}", OtaEnd.Accepted, "", Whole, _ => new OtaSending { BytesPerSecond = bytesPerSecond });
        }
    }

    private static IEnumerable<OtaAbuseCase> Aborts(string[] places)
    {
        foreach (OtaAbort by in Enum.GetValues<OtaAbort>())
        {
            foreach (string place in places)
            {
                OtaPoint at = OtaPoint.Parse(place);
                yield return new OtaAbuseCase(
                    "F32", $"abort-{by.ToString().ToLowerInvariant()}-{place.Trim().Replace("%", "pc", StringComparison.Ordinal)}", OtaEnd.NoReply, "", Whole,
                    _ => new OtaSending { AbortAt = at, AbortBy = by });
            }
        }

        // The default server has no receive time limit: the upload goes on where it stood.
        yield return new OtaAbuseCase("F32", "stall-60s", OtaEnd.Accepted, "", Whole, _ => new OtaSending { PauseAt = OtaPoint.AtPercent(50) });
    }

    private static IEnumerable<OtaAbuseCase> Foreign()
    {
        foreach ((string name, byte[] start) in new (string, byte[])[]
        {
            ("bk7231-rbl", [.. "RBL\0"u8]), ("esp8266", [0xE9, 1, 0, 0x40, 0x10, 0, 0x10, 0x40]), ("bare-code", [0xA1, 0x42, 0x73, 0xB0, 0x02, 0x30]),
            ("boot-header", [.. "BFNP"u8]), ("ln882h", Ln882hStart()), ("random-1-mb", []),
        })
        {
            yield return new OtaAbuseCase("F33", "foreign-" + name, OtaEnd.Refused, "Invalid header ident", _ => Noise(name, name == "random-1-mb" ? 1 << 20 : 300_000, start), Plain);
        }
    }

    // A boot header as LnImages knows it: target, length, and the CRC-32 of all before it.
    private static byte[] Ln882hStart()
    {
        byte[] header = new byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0x2000_0000);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 0x4000);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), Crc.Crc32(header.AsSpan(0, 20)));
        return header;
    }

    private static IEnumerable<OtaAbuseCase> Sizes()
    {
        foreach (int body in new[] { OtaImage.SlotLength - 1, OtaImage.SlotLength, 600_000 })
        {
            bool fits = body < OtaImage.SlotLength;
            yield return new OtaAbuseCase(
                "F34", string.Create(CultureInfo.InvariantCulture, $"body-{body}"), fits ? OtaEnd.Accepted : OtaEnd.Refused, fits ? "" : "Too large bin",
                file => OtaForge.WithBodyLength(file.Span, body), Plain);
        }

        foreach (uint unpacked in new uint[] { OtaImage.MaxUnpackedLength, OtaImage.MaxUnpackedLength + 1 })
        {
            bool fits = unpacked <= OtaImage.MaxUnpackedLength;
            yield return new OtaAbuseCase(
                "F34", string.Create(CultureInfo.InvariantCulture, $"unpacked-{unpacked}"), fits ? OtaEnd.Accepted : OtaEnd.Refused, "",
                file => Changed(file, f => BinaryPrimitives.WriteUInt32LittleEndian(f.AsSpan(96), unpacked)), Plain);
        }
    }

    private static IEnumerable<OtaAbuseCase> Corrupt()
    {
        yield return Case("flip-body", OtaEnd.Refused, "SHA256 NOT Correct", f => f[OtaImage.HeaderLength + ((f.Length - OtaImage.HeaderLength) / 2)] ^= 0x10);
        yield return Case("flip-sha", OtaEnd.Refused, "SHA256 NOT Correct", f => f[64] ^= 0x01);
        yield return Case("flip-ident", OtaEnd.Refused, "Invalid header ident", f => f[3] ^= 0x01);

        // hal_ota_bl602.c prints the header's length and compares it with nothing.
        yield return Case("flip-length", OtaEnd.Accepted, "", f => f[20] ^= 0x01);

        static OtaAbuseCase Case(string name, OtaEnd end, string words, Action<byte[]> change) =>
            new("F35", name, end, words, file => Changed(file, change), Plain);
    }

    private static IEnumerable<OtaAbuseCase> Lengths()
    {
        // The device waits for the rest without a time limit.
        yield return Case("length-too-long", OtaEnd.NoReply, "", length => new OtaSending { StatedLength = length + 1000 });
        yield return Case("length-too-short", OtaEnd.Refused, "SHA256 NOT Correct", length => new OtaSending { StatedLength = length / 2 });
        yield return Case("length-zero", OtaEnd.Refused, "", _ => new OtaSending { StatedLength = 0 });
        yield return Case("length-none", OtaEnd.Refused, "", _ => new OtaSending { Framing = OtaFraming.None });
        yield return Case("chunked", OtaEnd.Refused, "", _ => new OtaSending { Framing = OtaFraming.Chunked });
        yield return new OtaAbuseCase("F36", "truncated", OtaEnd.Refused, "SHA256 NOT Correct", file => file[..(file.Length / 2)].ToArray(), Plain);

        static OtaAbuseCase Case(string name, OtaEnd end, string words, Func<int, OtaSending> sending) => new("F36", name, end, words, Whole, sending);
    }

    private static OtaSending Plain(int length) => OtaSending.Plain;

    private static byte[] Whole(ReadOnlyMemory<byte> file) => file.ToArray();

    private static byte[] Changed(ReadOnlyMemory<byte> file, Action<byte[]> change)
    {
        byte[] changed = file.ToArray();
        change(changed);
        return changed;
    }

    private static byte[] Noise(string name, int length, byte[] start)
    {
        byte[] bytes = new byte[length];
        new Chance(0x0F33, name).Fill(bytes);
        bytes[0] = (byte)'?';
        start.CopyTo(bytes, 0);
        return bytes;
    }
}
