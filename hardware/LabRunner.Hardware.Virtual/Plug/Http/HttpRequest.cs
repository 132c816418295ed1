using System.Text;

namespace LabRunner.Hardware.Virtual.Plug.Http;

/// <summary>A request as the firmware sees it after its one recv.</summary>
/// <param name="Method">GET, PUT, POST, OPTIONS, or another word, which is dropped.</param>
/// <param name="Url">Path and query, still encoded, with the leading slash.</param>
/// <param name="ContentLength">-1 when the header is absent.</param>
/// <param name="Body">What of the body came in the same recv; a second request, too.</param>
internal sealed record HttpRequest(string Method, string Url, int ContentLength, ReadOnlyMemory<byte> Body)
{
    /// <summary>Connection: keep-alive. The firmware does not look at it.</summary>
    public bool AsksToStay { get; private init; }

    public string Path => Url.Split('?')[0];

    public string BodyText => Encoding.UTF8.GetString(Body.Span);

    /// <summary>A query value, decoded; null when absent.</summary>
    public string? Query(string name)
    {
        int start = Url.IndexOf('?', StringComparison.Ordinal);
        return start < 0 ? null : Form(Url[(start + 1)..], name);
    }

    /// <summary>All query pairs in order.</summary>
    public IEnumerable<(string Name, string Value)> Pairs()
    {
        int start = Url.IndexOf('?', StringComparison.Ordinal);
        return start < 0 ? [] : PairsOf(Url[(start + 1)..]);
    }

    /// <summary>A value of url-encoded text.</summary>
    public static string? Form(string text, string name)
    {
        foreach ((string key, string value) in PairsOf(text))
        {
            if (key == name)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Reads the first segment; null when it ends within method or URL. What follows may be missing: the firmware asks for no more (HTTP_ProcessPacket).</summary>
    public static HttpRequest? Parse(ReadOnlyMemory<byte> segment)
    {
        string text = Encoding.Latin1.GetString(segment.Span);
        int lineEnd = text.IndexOf('\n', StringComparison.Ordinal);
        string[] words = (lineEnd < 0 ? text : text[..lineEnd]).TrimEnd('\r').Split(' ');
        if (words.Length < 3 || !words[1].StartsWith('/'))
        {
            return null;
        }

        int headersEnd = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        int length = -1;
        bool stays = false;
        string headers = headersEnd < 0 ? text : text[..headersEnd];
        foreach (string line in headers.Split("\r\n").Skip(1))
        {
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            {
                _ = int.TryParse(line["Content-Length:".Length..].Trim(), out length);
            }

            stays |= line.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase) && line.Contains("keep-alive", StringComparison.OrdinalIgnoreCase);
        }

        ReadOnlyMemory<byte> body = headersEnd < 0 ? default : segment[(headersEnd + 4)..];
        return new HttpRequest(words[0], words[1], length, body) { AsksToStay = stays };
    }

    private static IEnumerable<(string Name, string Value)> PairsOf(string text)
    {
        foreach (string pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? pair : pair[..equals];
            yield return (name, equals < 0 ? "" : Decode(pair[(equals + 1)..]));
        }
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
