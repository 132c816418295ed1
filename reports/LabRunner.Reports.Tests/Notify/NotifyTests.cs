using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Notify;
using LabRunner.Reports.Records;
using MQTTnet;
using MQTTnet.Server;

namespace LabRunner.Reports.Tests.Notify;

/// <summary>Each channel against a server of this process.</summary>
public sealed partial class NotifyTests
{
    private const string Secret = "s3cr3t-value";
    private TestRun _night = null!;
    private NightNews _news = null!;

    [OneTimeSetUp]
    public void Read()
    {
        _night = Nights.Smoke();
        _news = NightNews.Of(_night.Folder, "https://lab.example/{run}/report/index.html");
    }

    [OneTimeTearDown]
    public void Remove() => _night.Dispose();

    [Test]
    public async Task Webhook_Night_IsOneJsonObjectWithThePicture()
    {
        await using LocalWeb web = new((_, _) => (200, ""));

        await TellAsync($"{{ kind: webhook, url: \"{web.Address}/hook\", header: X-Lab, secret: \"${{env:LAB}}\" }}");

        WebRequest request = web.Requests.Single();
        using JsonDocument json = JsonDocument.Parse(request.Body);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((request.Method, request.Path, request.Headers["X-Lab"]), Is.EqualTo(("POST", "/hook", Secret)));
            Assert.That(json.RootElement.GetProperty("verdict").GetString(), Is.EqualTo("FAIL"));
            Assert.That(json.RootElement.GetProperty("text").GetString(), Does.StartWith("FAIL: virtual, smoke, 2026-11-22 22:00:00 UTC").And.Contain("p3 froze periodically"));
            Assert.That(json.RootElement.GetProperty("slots").GetArrayLength(), Is.EqualTo(5));
            Assert.That(Convert.FromBase64String(json.RootElement.GetProperty("picture").GetProperty("base64").GetString()!), Is.EqualTo(_news.Picture));
        }
    }

    [Test]
    public async Task Slack_Night_IsATextWhoseControlCharactersAreEscaped()
    {
        await using LocalWeb web = new((_, _) => (200, "ok"));
        using TestRun hostile = Hostile.Run("<!channel> & <https://evil.example|click> ~PASS~ *_`x`_*");

        await TellAsync("{ kind: slack, url: \"${env:HOOK}\" }", NightNews.Of(hostile.Folder, null), ("HOOK", web.Address + "/services/T/B/x"));

        using JsonDocument json = JsonDocument.Parse(web.Requests.Single().Body);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json.RootElement.GetProperty("text").GetString(), Does.Contain("&lt;!channel&gt; &amp; &lt;https").And.Not.Contain("<"));
            Assert.That(json.RootElement.GetProperty("text").GetString(), Does.Contain("~PASS~ *_`x`_*"), "as it was said, since Slack is told that it is no Markdown");
            Assert.That(json.RootElement.GetProperty("mrkdwn").GetBoolean(), Is.False);
        }
    }

    [Test]
    public async Task Discord_Night_IsAFormWithThePictureAndMentionsNobody()
    {
        await using LocalWeb web = new((_, _) => (204, ""));

        await TellAsync("{ kind: discord, url: \"${env:HOOK}\" }", _news, ("HOOK", web.Address + "/api/webhooks/1/x"));

        WebRequest request = web.Requests.Single();
        string body = Encoding.Latin1.GetString(request.Body);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(request.Headers["Content-Type"], Does.StartWith("multipart/form-data"));
            Assert.That(body, Does.Contain("\"allowed_mentions\":{\"parse\":[]}").And.Contain("scorecard.png").And.Contain(Encoding.Latin1.GetString(_news.Picture!)));
            Assert.That(body, Does.Contain("https://lab.example/"));
        }
    }

    /// <summary>What a device said is no link, picture or markup, neither in Discord nor in Allure's descriptions.</summary>
    [Test]
    public async Task Markdown_OfAHostileDevice_IsTextInDiscordAndInAllure()
    {
        const string Said = "**b** _i_ ~~s~~ `c` # h > q | [click](javascript:alert(1)) ![p](http://evil.example/p.png) <img src=x onerror=alert(1)> \\";
        const string Shown = @"\*\*b\*\* \_i\_ \~\~s\~\~ \`c\` \# h \> q \| \[click\]\(javascript:alert\(1\)\) !\[p\]\(http://evil.example/p.png\) \<img src=x onerror=alert\(1\)\> \\";
        await using LocalWeb web = new((_, _) => (204, ""));
        using TestRun run = new();
        run.Slot("p1");
        run.Verdict("slot:p1", "stability", Verdict.Fail, Said);
        run.Test("p1", "T10", "Tells", 1, 9, Verdict.Pass);
        Directory.CreateDirectory(Path.Combine(run.Folder, "artifacts"));
        await System.IO.File.WriteAllTextAsync(Path.Combine(run.Folder, "artifacts", "allure.json"), JsonSerializer.Serialize(new { test = new { description = Said } }));
        run.Artefact("p1", "T10", "Tells", 5, AllureNotes.FileName, AllureNotes.MediaType, "artifacts/allure.json");

        await TellAsync("{ kind: discord, url: \"${env:HOOK}\" }", _news with { Text = Said }, ("HOOK", web.Address + "/api/webhooks/1/x"));
        string[] descriptions =
        [
            .. Directory.EnumerateFiles(ReportRenderer.Render(run.Folder).Paths!.AllureResults, "*-result.json")
                .Select(f => JsonSerializer.Deserialize<JsonElement>(System.IO.File.ReadAllText(f)).GetProperty("description").GetString()!).Order(StringComparer.Ordinal),
        ];

        string body = Encoding.UTF8.GetString(web.Requests.Single().Body);
        int from = body.IndexOf("{\"content\"", StringComparison.Ordinal);
        string content = JsonSerializer.Deserialize<JsonElement>(body[from..(body.IndexOf('\r', from))]).GetProperty("content").GetString()!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(content, Does.StartWith(Shown));
            Assert.That(descriptions, Has.Length.EqualTo(2).And.All.StartsWith(Shown));
        }
    }

    [Test]
    public async Task Matrix_Night_IsATextAndAnUploadedPicture()
    {
        await using LocalWeb web = new((_, request) => (200, request.Path.Contains("/media/", StringComparison.Ordinal) ? "{\"content_uri\":\"mxc://local/1\"}" : "{\"event_id\":\"$1\"}"));

        await TellAsync($"{{ kind: matrix, server: \"{web.Address}\", room: \"!lab:local\", token: \"${{env:LAB}}\" }}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(web.Requests.Select(r => r.Method), Is.EqualTo(new[] { "PUT", "POST", "PUT" }));
            Assert.That(web.Requests.Select(r => r.Headers["Authorization"]), Is.All.EqualTo("Bearer " + Secret));
            Assert.That(web.Requests[0].Path, Does.StartWith("/_matrix/client/v3/rooms/%21lab%3Alocal/send/m.room.message/"));
            Assert.That(web.Requests[0].Text, Does.Contain("\"msgtype\":\"m.text\"").And.Not.Contain("formatted_body"));
            Assert.That(web.Requests[1].Body, Is.EqualTo(_news.Picture));
            Assert.That(web.Requests[2].Text, Does.Contain("mxc://local/1"));
        }
    }

    [Test]
    public async Task Mail_Night_HasTheVerdictInItsSubjectAndThePictureAttached()
    {
        await using LocalMail mail = new();

        await TellAsync($"{{ kind: mail, server: 127.0.0.1, port: {mail.Port}, tls: none, from: lab@example.org, to: [team@example.org, boss@example.org], user: lab, password: \"${{env:LAB}}\" }}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(mail.Commands, Has.Some.Contains("MAIL FROM:<lab@example.org>"));
            Assert.That(mail.Commands.Count(c => c.StartsWith("RCPT TO", StringComparison.Ordinal)), Is.EqualTo(2));
            Assert.That(mail.Commands, Has.Some.StartsWith("AUTH PLAIN"));
            Assert.That(mail.Message, Does.Match("Subject: FAIL: virtual smoke").And.Contain("scorecard.png").And.Contain("image/png"));
        }
    }

    [Test]
    public async Task Mail_ServerWithoutTls_IsRefusedUnlessTheFileAllowsIt()
    {
        await using LocalMail mail = new();

        Told told = (await Notifier().TellAsync(
            File($"{{ kind: mail, server: 127.0.0.1, port: {mail.Port}, from: lab@example.org, to: [team@example.org] }}"), _news, CancellationToken.None)).Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(told.Problem, Is.Not.Null);
            Assert.That(mail.Message, Is.Empty);
        }
    }

    [Test]
    public async Task Mqtt_Night_IsRetainedOnItsTopic()
    {
        int port = FreePort();
        using MqttServer broker = new MqttServerFactory().CreateMqttServer(new MqttServerOptionsBuilder().WithDefaultEndpoint().WithDefaultEndpointPort(port).WithDefaultEndpointBoundIPAddress(IPAddress.Loopback).Build());
        await broker.StartAsync();

        await TellAsync($"{{ kind: mqtt, server: 127.0.0.1, port: {port}, topic: lab/night }}");

        IList<MqttApplicationMessage> kept = await broker.GetRetainedMessagesAsync();
        await TellAsync($"{{ kind: mqtt, server: 127.0.0.1, port: {port}, topic: lab/night }}", NightNews.OfNoRun("lab", "nightly", "night 1", "The bench cannot be opened."));
        IList<MqttApplicationMessage> later = await broker.GetRetainedMessagesAsync();
        await broker.StopAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(kept.Select(m => m.Topic), Is.EquivalentTo(new[] { "lab/night", "lab/night/picture" }));
            Assert.That(kept.Single(m => m.Topic == "lab/night").ConvertPayloadToString(), Does.Contain("\"verdict\":\"FAIL\""));
            Assert.That(later.Select(m => m.Topic), Is.EqualTo(new[] { "lab/night" }), "no picture of another night beside the news that nothing ran");
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static NotifyFile File(params string[] channels) =>
        NotifyFile.Parse("channels:\n" + string.Concat(channels.Select(c => $"  - {c}\n")), "notify.yaml");

    private static Notifier Notifier(params (string Name, string? Value)[] variables) =>
        new(TimeProvider.System, name => variables.FirstOrDefault(v => v.Name == name).Value ?? (name == "LAB" ? Secret : null));

    private Task TellAsync(string channel) => TellAsync(channel, _news);

    private static async Task TellAsync(string channel, NightNews news, params (string Name, string? Value)[] variables)
    {
        IReadOnlyList<Told> told = await Notifier(variables).TellAsync(File(channel), news, CancellationToken.None);
        Assert.That(told.Select(t => t.Problem), Is.All.Null);
    }

    /// <summary>A clock whose short timers fire at once: the pauses between attempts.</summary>
    private sealed class NoPause : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.FromSeconds(15) ? dueTime : dueTime < TimeSpan.Zero ? dueTime : TimeSpan.Zero, period);
    }
}
