using LabRunner.Hardware.Faults;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Notify;

/// <summary>How one channel fared.</summary>
/// <param name="Channel">Kind and place among the channels, for example "slack (channel 1)".</param>
/// <param name="Problem">Why it was not told; null when it was. Holds no secret.</param>
public sealed record Told(string Channel, string? Problem);

/// <summary>
/// Tells a night on every channel of a file, each on its own: one that fails does not keep another from being told. A channel gets three
/// attempts with growing pauses, 20 s each. Thread safe.
/// </summary>
/// <param name="time">Clock of the pauses and limits.</param>
/// <param name="variable">Reads an environment variable.</param>
public sealed class Notifier(TimeProvider time, Func<string, string?> variable)
{
    private const int Attempts = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);

    /// <summary>Tells the night, unless the file wants only nights that did not pass and it did.</summary>
    /// <returns>By channel, in the order of the file; none for a night that is not to be told.</returns>
    public async Task<IReadOnlyList<Told>> TellAsync(NotifyFile file, NightNews news, CancellationToken cancellationToken)
    {
        if (file.When == NotifyWhen.NotPass && news.Card.Verdict == Verdict.Pass)
        {
            return [];
        }

        // A redirect would lose the message (a POST becomes a GET) and carry a secret header to whoever it names.
        using HttpClientHandler handler = new() { AllowAutoRedirect = false };
        using HttpClient http = new(handler) { Timeout = Timeout.InfiniteTimeSpan };
        return await Task.WhenAll(file.Channels.Select((channel, i) => TellAsync(http, channel, NameOf(channel, i), news, cancellationToken))).ConfigureAwait(false);
    }

    /// <summary>Looks whether each channel could be told, and asks none: its secrets are there, and what should be an address is one.</summary>
    /// <returns>By channel, in the order of the file. Holds no secret.</returns>
    public IReadOnlyList<Told> Check(NotifyFile file) =>
        [.. file.Channels.Select((channel, i) => new Told(NameOf(channel, i), string.Join(" ", Problems(channel)) is { Length: > 0 } problems ? problems : null))];

    private IEnumerable<string> Problems(ChannelText channel)
    {
        foreach ((string key, string? text, bool address) in new[]
                 {
                     ("url", channel.Url, true), ("server", channel.Kind == "matrix" ? channel.Server : null, true),
                     ("secret", channel.Secret, false), ("token", channel.Token, false), ("password", channel.Password, false),
                 })
        {
            string? problem = null;
            try
            {
                if (text is not null && SecretText.Read(text, variable) is var found && address && !NotifyFile.IsWebAddress(found))
                {
                    problem = $"{text}: '{key}' is no address of a web server. Write one that begins with https://.";
                }
            }
            catch (BenchFaultException e)
            {
                problem = e.Message;
            }

            if (problem is not null)
            {
                yield return problem;
            }
        }
    }

    private static string NameOf(ChannelText channel, int index) => $"{channel.Kind} (channel {index + 1})";

    private async Task<Told> TellAsync(HttpClient http, ChannelText text, string name, NightNews news, CancellationToken cancellationToken)
    {
        TimeSpan pause = FirstPause;
        List<string> secrets = [];
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                IChannel channel = Make(http, text, secrets);
                using CancellationTokenSource limit = new(Limit, time);
                using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
                await channel.TellAsync(news, both.Token).ConfigureAwait(false);
                return new Told(name, null);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
            catch (BenchFaultException e)
            {
                return new Told(name, e.Message);
            }
            catch (Exception e) when (attempt >= Attempts || IsFinal(e))
            {
                return new Told(name, Without(secrets, e is OperationCanceledException ? $"no answer within {Limit.TotalSeconds:0} s" : e.Message.Split('\n')[0]));
            }
            catch (Exception)
            {
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
                pause *= 3;
            }
        }
    }

    // What the other side refuses it refuses again, but for "too many" and "not now".
    private static bool IsFinal(Exception e) =>
        e is HttpRequestException { StatusCode: >= System.Net.HttpStatusCode.Ambiguous and < System.Net.HttpStatusCode.InternalServerError and not System.Net.HttpStatusCode.TooManyRequests and not System.Net.HttpStatusCode.RequestTimeout }
            or MailKit.Security.AuthenticationException or FormatException or UriFormatException or InvalidOperationException;

    private IChannel Make(HttpClient http, ChannelText text, List<string> secrets)
    {
        string? Secret(string? reference)
        {
            string? secret = reference is null ? null : SecretText.Read(reference, variable);
            if (secret is not null && reference is not null && SecretText.IsReference(reference))
            {
                secrets.Add(secret);
            }

            return secret;
        }

        return text.Kind switch
        {
            "matrix" => new MatrixChannel(http, text.Server!, text.Room!, Secret(text.Token)!),
            "mail" => new MailChannel(text, Secret(text.Password)),
            "mqtt" => new MqttChannel(text, Secret(text.Password)),
            _ => new HookChannel(http, text.Kind, Secret(text.Url)!, text.Header, Secret(text.Secret)),
        };
    }

    private static string Without(List<string> secrets, string text) => secrets.Aggregate(text, (t, s) => t.Replace(s, "(hidden)", StringComparison.Ordinal));
}
