using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Notify;

/// <summary>
/// Webhooks. Generic: a JSON object {verdict, bench, plan, run, text, report, slots[{slot, verdict, sentence, deviceHours}], picture{mime, base64}};
/// where nothing ran slots are empty and picture is null. Slack: {text, mrkdwn: false}, its three control characters escaped, so that a DUT can
/// neither call a channel nor strike a word out. Discord: a multipart form with the picture, and no mentions allowed.
/// </summary>
internal sealed class HookChannel(HttpClient http, string kind, string url, string header, string? secret) : IChannel
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <inheritdoc/>
    public async Task TellAsync(NightNews news, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, url) { Content = Content(news) };
        if (secret is not null)
        {
            request.Headers.TryAddWithoutValidation(header, secret);
        }

        using HttpResponseMessage answer = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        HttpAnswer.Demand(answer);
    }

    private HttpContent Content(NightNews news) => kind switch
    {
        "slack" => Json(new { text = SlackText(news.TextWithLink), mrkdwn = false }),
        "discord" => Discord(news),
        _ => Json(new
        {
            verdict = news.Card.Verdict.ToText(), news.Card.Bench, news.Card.Plan, news.Run, news.Text, news.Report,
            slots = news.Card.Slots.Select(s => new { s.Slot, verdict = s.Verdict.ToText(), s.Sentence, s.DeviceHours }),
            picture = news.Picture is { } png ? new { mime = "image/png", base64 = Convert.ToBase64String(png) } : null,
        }),
    };

    /// <summary>The three characters that Slack reads as control characters, also in a text that it is told to hold for plain.</summary>
    internal static string SlackText(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private static MultipartFormDataContent Discord(NightNews news)
    {
        // The address stays as it is, so that it can be followed.
        string text = SafeText.Markdown(news.Text);
        text = (text.Length > 1700 ? text[..1700] + "…" : text) + (news.Report is null ? "" : " " + news.Report);
        MultipartFormDataContent form = new() { { Json(new { content = text, allowed_mentions = new { parse = Array.Empty<string>() } }), "payload_json" } };
        if (news.Picture is { } png)
        {
            ByteArrayContent picture = new(png);
            picture.Headers.ContentType = new MediaTypeHeaderValue("image/png");
            form.Add(picture, "files[0]", "scorecard.png");
        }

        return form;
    }

    private static StringContent Json<T>(T value) => new(JsonSerializer.Serialize(value, Options), Encoding.UTF8, "application/json");
}
