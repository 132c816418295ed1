using System.Net;
using System.Net.Http.Headers;

namespace LabRunner.Station.Builds;

/// <summary>What a server says of the build it has, so that it is asked only for another one.</summary>
/// <param name="ETag">As it was told; null: none.</param>
/// <param name="LastModified">As it was told; null: none.</param>
public sealed record Validators(string? ETag, DateTimeOffset? LastModified);

/// <summary>Gets builds over HTTP: at most so large, within so long, from where they may come, and whole or not at all. Thread safe.</summary>
internal sealed class Download : IDisposable
{
    private const int LongestName = 200;
    private const int MostHops = 3;

    // Redirects are followed here, where each address is looked at.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Gets a build.</summary>
    /// <param name="url">Address.</param>
    /// <param name="allows">Which addresses a server may send on to.</param>
    /// <param name="known">What is known of the one that is here; null: nothing.</param>
    /// <param name="largest">Bytes.</param>
    /// <param name="limit">For all of it.</param>
    /// <param name="clock">Of the limit.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null: the server still has the one that is known.</returns>
    /// <exception cref="BuildPlaceException">It cannot be had, or is too large.</exception>
    public async Task<(FoundBuild Build, Validators Now)?> GetAsync(Uri url, Func<Uri, bool> allows, Validators? known, long largest, TimeSpan limit, TimeProvider clock, CancellationToken cancellationToken)
    {
        using CancellationTokenSource late = new(limit, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        string shown = BuildPlace.Shown(url);
        try
        {
            using HttpResponseMessage answer = await AskAsync(url, allows, known, either.Token).ConfigureAwait(false);
            if (answer.StatusCode == HttpStatusCode.NotModified)
            {
                return null;
            }

            if (!answer.IsSuccessStatusCode)
            {
                throw new BuildPlaceException($"{shown} answers {(int)answer.StatusCode} {answer.ReasonPhrase}. Check the address, and who may read it.");
            }

            byte[] content = await ReadAsync(answer, shown, largest, either.Token).ConfigureAwait(false);
            DateTimeOffset? modified = answer.Content.Headers.LastModified;
            return (new FoundBuild(NameOf(url), content, modified ?? clock.GetUtcNow(), WasThere: true), new Validators(answer.Headers.ETag?.ToString(), modified));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BuildPlaceException($"{shown} took longer than {limit.TotalSeconds:0} s. Raise limit, or look at the server.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new BuildPlaceException($"{shown} cannot be had ({failure.Message.TrimEnd('.')}). Check address and network.", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> AskAsync(Uri url, Func<Uri, bool> allows, Validators? known, CancellationToken cancellationToken)
    {
        Uri asked = url;
        for (int hops = 0; ; hops++)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, asked);
            if (known?.ETag is { } tag && EntityTagHeaderValue.TryParse(tag, out EntityTagHeaderValue? parsed))
            {
                request.Headers.IfNoneMatch.Add(parsed);
            }

            request.Headers.IfModifiedSince = known?.LastModified;
            HttpResponseMessage answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            if (answer.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
                || answer.Headers.Location is not { } location)
            {
                return answer;
            }

            answer.Dispose();
            Uri next = new(asked, location);
            if (hops == MostHops)
            {
                throw new BuildPlaceException($"{BuildPlace.Shown(url)} sends on more than {MostHops} times. Name the address itself.");
            }

            if (next.Scheme is not ("http" or "https") || (asked.Scheme == "https" && next.Scheme != "https") || !allows(next))
            {
                throw new BuildPlaceException($"{BuildPlace.Shown(url)} sends on to {BuildPlace.Shown(next)}, where no build of this watch may come from. Name the address itself, or correct the server.");
            }

            asked = next;
        }
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage answer, string shown, long largest, CancellationToken cancellationToken)
    {
        BuildPlaceException TooLarge() => new(FormattableString.Invariant($"{shown} has more than {largest:N0} bytes. Check the address, or look at largestMegabytes."));
        if (answer.Content.Headers.ContentLength > largest)
        {
            throw TooLarge();
        }

        using Stream stream = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using MemoryStream whole = new();
        byte[] part = new byte[64 * 1024];
        for (int read; (read = await stream.ReadAsync(part, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            whole.Write(part, 0, read);
            if (whole.Length > largest)
            {
                throw TooLarge();
            }
        }

        return whole.ToArray();
    }

    private static string NameOf(Uri url)
    {
        string name = string.Concat(Uri.UnescapeDataString(url.Segments[^1]).Where(c => !char.IsControl(c) && c is not '/' and not '\\'));
        return name.Length == 0 ? "build" : name[..Math.Min(name.Length, LongestName)];
    }
}
