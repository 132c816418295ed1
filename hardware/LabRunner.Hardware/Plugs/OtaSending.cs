using System.Globalization;

namespace LabRunner.Hardware.Plugs;

/// <summary>How a client leaves in the middle of an upload.</summary>
public enum OtaAbort
{
    /// <summary>Closes in order (FIN), as a browser's tab does: the device's recv gives 0.</summary>
    Fin,

    /// <summary>Resets the connection (RST), as a killed client's machine does: the device's recv gives an error.</summary>
    Rst,
}

/// <summary>How the body's length is told.</summary>
public enum OtaFraming
{
    /// <summary>By Content-Length: true, or <see cref="OtaSending.StatedLength"/>.</summary>
    ContentLength,

    /// <summary>Not at all.</summary>
    None,

    /// <summary>Transfer-Encoding: chunked, in pieces of at most 4,096 bytes.</summary>
    Chunked,
}

/// <summary>How an update is sent. The default is what a browser does; everything else is for abuse tests (F30 to F36). Immutable.</summary>
public sealed record OtaSending
{
    /// <summary>As a browser sends.</summary>
    public static OtaSending Plain { get; } = new();

    /// <summary>Gives up after this time in which the device took nothing, run time; own pauses do not count. More than 0; default 30 s.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most body bytes a second of run time, 100 or more, without bursts to catch up; null (default): as fast as the device takes them.</summary>
    public int? BytesPerSecond { get; init; }

    /// <summary>Where the client leaves without waiting for a reply; null (default): it stays.</summary>
    public OtaPoint? AbortAt { get; init; }

    /// <summary>How it leaves. Default FIN.</summary>
    public OtaAbort AbortBy { get; init; } = OtaAbort.Fin;

    /// <summary>Where the client pauses; null (default): nowhere.</summary>
    public OtaPoint? PauseAt { get; init; }

    /// <summary>How long it pauses, run time, 0 to 1 h. Default 60 s.</summary>
    public TimeSpan PauseFor { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Awaited before the last byte is sent, at most 1 h of run time, once the other side has acknowledged all others; null (default): the last byte follows
    /// them. What the device does after the whole file then begins when the client says.
    /// </summary>
    public Func<CancellationToken, Task>? BeforeLast { get; init; }

    /// <summary>How the body's length is told. Default Content-Length.</summary>
    public OtaFraming Framing { get; init; } = OtaFraming.ContentLength;

    /// <summary>Content-Length to state in place of the true one, 0 or more; null (default): the true one.</summary>
    public long? StatedLength { get; init; }

    /// <summary>Told now and then how many bytes of the file the socket has taken; null (default): nobody.</summary>
    public IProgress<long>? Sent { get; init; }

    /// <summary>What cannot be in it; null when all is possible.</summary>
    public string? Problem =>
        StallLimit <= TimeSpan.Zero ? "the stall limit must be more than 0"
        : BytesPerSecond < LeastRate ? string.Create(CultureInfo.InvariantCulture, $"a rate must be {LeastRate} bytes a second or more")
        : PauseFor < TimeSpan.Zero || PauseFor > TimeSpan.FromHours(1) ? "a pause has 0 to 1 h"
        : StatedLength < 0 ? "a stated length cannot be negative"
        : StatedLength is not null && Framing != OtaFraming.ContentLength ? "a stated length needs the framing ContentLength"
        : null;

    private const int LeastRate = 100;

    /// <summary>Reads a rate: "8k" (8,000 bytes a second), "900", or "max" (null).</summary>
    /// <exception cref="FormatException">Neither.</exception>
    public static int? ParseRate(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string trimmed = text.Trim().ToLowerInvariant();
        if (trimmed == "max")
        {
            return null;
        }

        bool kilo = trimmed.EndsWith('k');
        return double.TryParse(kilo ? trimmed[..^1] : trimmed, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && value * (kilo ? 1000 : 1) is >= LeastRate and <= int.MaxValue
            ? (int)(value * (kilo ? 1000 : 1))
            : throw new FormatException($"'{text}' is no rate: write max, or body bytes a second from {LeastRate} on, such as 8k (8,000) or 900");
    }
}
