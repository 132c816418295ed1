using LabRunner.Hardware.Faults;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace LabRunner.Reports.Notify;

/// <summary>Which nights are told.</summary>
public enum NotifyWhen
{
    /// <summary>Every night.</summary>
    Always,

    /// <summary>Nights whose verdict is not PASS; INCONCLUSIVE is one of them.</summary>
    NotPass,
}

/// <summary>One way to tell a night. Which keys a kind needs stands in <see cref="NotifyFile"/>.</summary>
public sealed record ChannelText
{
    /// <summary>webhook, slack, discord, matrix, mail or mqtt.</summary>
    public string Kind { get; init; } = "";

    /// <summary>webhook, slack, discord: the address; a reference to a secret for slack and discord, whose address is one.</summary>
    public string? Url { get; init; }

    /// <summary>webhook: name of a header that carries <see cref="Secret"/>; default Authorization.</summary>
    public string Header { get; init; } = "Authorization";

    /// <summary>webhook: value of the header, a reference.</summary>
    public string? Secret { get; init; }

    /// <summary>matrix: base address of the home server; mail and mqtt: host name.</summary>
    public string? Server { get; init; }

    /// <summary>mail, default 587; mqtt, default 1883.</summary>
    public int? Port { get; init; }

    /// <summary>matrix: room id, for example !abc:example.org.</summary>
    public string? Room { get; init; }

    /// <summary>matrix: access token, a reference.</summary>
    public string? Token { get; init; }

    /// <summary>mail: sender.</summary>
    public string? From { get; init; }

    /// <summary>mail: receivers.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>mail, mqtt: login name.</summary>
    public string? User { get; init; }

    /// <summary>mail, mqtt: password, a reference.</summary>
    public string? Password { get; init; }

    /// <summary>mail: required (default), or none for a server on this machine. mqtt: none (default) or required.</summary>
    public string? Tls { get; init; }

    /// <summary>mqtt: topic; the message is retained.</summary>
    public string? Topic { get; init; }
}

/// <summary>
/// The file that says who is told of a night: bench/notify.yaml or another. A secret is never in it: it is a reference, ${env:NAME} or
/// ${file:PATH}, that is read when a night is told; a secret written out is refused.
/// <code>
/// when: notPass                       # always (default) or notPass
/// reportUrl: https://lab.example/{run}/report/index.html
/// channels:
///   - { kind: slack, url: "${env:LAB_SLACK}" }
///   - { kind: discord, url: "${file:/run/secrets/discord}" }
///   - { kind: matrix, server: "https://matrix.example", room: "!lab:example", token: "${env:LAB_MATRIX}" }
///   - { kind: webhook, url: "https://ci.example/hook", secret: "${env:LAB_HOOK}" }
///   - { kind: mail, server: smtp.example, from: lab@example, to: [team@example], user: lab, password: "${env:LAB_SMTP}" }
///   - { kind: mqtt, server: broker.example, topic: lab/night }
/// </code>
/// </summary>
public sealed record NotifyFile
{
    /// <summary>Which nights are told.</summary>
    public NotifyWhen When { get; init; } = NotifyWhen.Always;

    /// <summary>Address of the report for readers, {run} is the run folder's name; none by default.</summary>
    public string? ReportUrl { get; init; }

    /// <summary>Ways to tell.</summary>
    public IReadOnlyList<ChannelText> Channels { get; init; } = [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="BenchFaultException">Kind Configuration: the file is missing, is no such file, or a channel lacks a key.</exception>
    public static NotifyFile Load(string path)
    {
        if (!File.Exists(path))
        {
            throw Wrong(path, "there is no such file", "Name a file like the one in reports/README.md");
        }

        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Wrong(path, $"the file cannot be read ({e.Message})", "Name a file like the one in reports/README.md");
        }
    }

    /// <summary>Reads a text; <paramref name="path"/> names it in problems.</summary>
    /// <exception cref="BenchFaultException">As <see cref="Load"/>.</exception>
    public static NotifyFile Parse(string text, string path)
    {
        NotifyFile file;
        try
        {
            file = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance)
                .WithTypeMapping<IReadOnlyList<ChannelText>, List<ChannelText>>().WithTypeMapping<IReadOnlyList<string>, List<string>>().WithDuplicateKeyChecking().Build().Deserialize<NotifyFile>(text)
                ?? throw Wrong(path, "the file is empty", "Write at least one channel");
        }
        catch (YamlException e)
        {
            (string what, string remedy) = NotifyMistake.Of(e);
            throw Wrong($"{path}({e.Start.Line},{e.Start.Column})", what, remedy);
        }

        if (file.Channels.Count == 0)
        {
            throw Wrong(path, "no channel is named", "Write at least one under channels:");
        }

        foreach ((int index, ChannelText channel) in file.Channels.Index())
        {
            Check(channel, $"{path}, channel {index + 1}");
        }

        return file;
    }

    private static void Check(ChannelText channel, string place)
    {
        (string Key, string? Value)[] needed = channel.Kind switch
        {
            "webhook" => [("url", channel.Url)],
            "slack" or "discord" => [("url", channel.Url)],
            "matrix" => [("server", channel.Server), ("room", channel.Room), ("token", channel.Token)],
            "mail" => [("server", channel.Server), ("from", channel.From), ("to", channel.To.Count > 0 ? "there" : null)],
            "mqtt" => [("server", channel.Server), ("topic", channel.Topic)],
            _ => throw Wrong(place, $"'{channel.Kind}' is no kind of channel", "Write webhook, slack, discord, matrix, mail or mqtt"),
        };
        foreach ((string key, string? value) in needed)
        {
            if (string.IsNullOrWhiteSpace(value))
            {
                throw Wrong(place, $"a {channel.Kind} channel needs '{key}'", $"Write {key}: …");
            }
        }

        CheckSecrets(channel, place);
        CheckAddresses(channel, place);
    }

    private static void CheckSecrets(ChannelText channel, string place)
    {
        (string Key, string? Value)[] secrets = channel.Kind is "slack" or "discord"
            ? [("url", channel.Url)]
            : [("secret", channel.Secret), ("token", channel.Token), ("password", channel.Password)];
        foreach ((string key, string? value) in secrets)
        {
            if (value is not null && !SecretText.IsReference(value))
            {
                throw Wrong(place, $"'{key}' of a {channel.Kind} channel is a secret and is written out", $"Write {key}: \"${{env:NAME}}\" or \"${{file:PATH}}\" and keep the secret there");
            }
        }
    }

    private static void CheckAddresses(ChannelText channel, string place)
    {
        foreach ((string key, string? text) in new[] { ("url", channel.Url), ("server", channel.Kind == "matrix" ? channel.Server : null) })
        {
            if (text is not null && !SecretText.IsReference(text) && !IsWebAddress(text))
            {
                throw Wrong(place, $"'{key}: {text}' is no address of a web server", "Write one that begins with https://");
            }
        }

        if (channel.Kind == "mail" && channel.To.Prepend(channel.From!).FirstOrDefault(a => !IsMailAddress(a)) is { } wrong)
        {
            throw Wrong(place, $"'{wrong}' is no mail address", "Write one like team@example.org");
        }

        if (channel.Port is { } port and not (> 0 and <= 65535))
        {
            throw Wrong(place, $"'port: {port}' is no port", "Write one from 1 to 65535, or leave it out");
        }
    }

    /// <summary>True for an absolute http or https address.</summary>
    internal static bool IsWebAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" && address.Host.Length > 0;

    private static bool IsMailAddress(string? text) => MimeKit.MailboxAddress.TryParse(text, out MimeKit.MailboxAddress? mailbox) && mailbox.Address.IndexOf('@', StringComparison.Ordinal) > 0;

    private static BenchFaultException Wrong(string place, string what, string remedy) => new(FaultKind.Configuration, place, what, remedy);
}
