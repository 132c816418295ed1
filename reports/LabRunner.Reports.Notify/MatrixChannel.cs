using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LabRunner.Reports.Notify;

/// <summary>
/// A Matrix room by the client-server API, version 3: the picture is uploaded and sent as m.image, the paragraph as m.text without a formatted
/// body, so that nothing in it is markup. The transaction id comes from the run and from what is told: telling the same again is no second message,
/// and a night that went on and ended otherwise is one.
/// </summary>
internal sealed class MatrixChannel(HttpClient http, string server, string room, string token) : IChannel
{
    private readonly string _server = server.TrimEnd('/');

    /// <inheritdoc/>
    public async Task TellAsync(NightNews news, CancellationToken cancellationToken)
    {
        await SendAsync($"{news.Run}-text {news.TextWithLink}", new { msgtype = "m.text", body = news.TextWithLink }, cancellationToken).ConfigureAwait(false);
        if (news.Picture is not { } png)
        {
            return;
        }

        using ByteArrayContent picture = new(png);
        picture.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        using HttpRequestMessage upload = new(HttpMethod.Post, $"{_server}/_matrix/media/v3/upload?filename=scorecard.png") { Content = picture };
        using HttpResponseMessage answer = await AskAsync(upload, cancellationToken).ConfigureAwait(false);
        using JsonDocument uploaded = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
        string? address = uploaded.RootElement.TryGetProperty("content_uri", out JsonElement uri) ? uri.GetString() : null;
        if (address is not null)
        {
            await SendAsync($"{news.Run}-picture {Convert.ToHexString(SHA256.HashData(png))}", new { msgtype = "m.image", body = "scorecard.png", url = address, info = new { mimetype = "image/png", size = png.Length } }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SendAsync<T>(string key, T content, CancellationToken cancellationToken)
    {
        string id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32];
        using HttpRequestMessage request = new(HttpMethod.Put, $"{_server}/_matrix/client/v3/rooms/{Uri.EscapeDataString(room)}/send/m.room.message/{id}")
        {
            Content = new StringContent(JsonSerializer.Serialize(content), Encoding.UTF8, "application/json"),
        };
        using HttpResponseMessage answer = await AskAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> AskAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        HttpResponseMessage answer = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        HttpAnswer.Demand(answer);
        return answer;
    }
}
