using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LabRunner.Hardware.Faults;
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

    [Test]
    public async Task Tell_ServerThatIsBusyTwice_IsAskedAThirdTime()
    {
        await using LocalWeb web = new((n, _) => (n < 3 ? 503 : 200, ""));

        IReadOnlyList<Told> told = await new Notifier(new NoPause(), _ => null).TellAsync(File($"{{ kind: webhook, url: \"{web.Address}\" }}"), _news, CancellationToken.None);

        Assert.That((told.Single().Problem, web.Requests.Count), Is.EqualTo(((string?)null, 3)));
    }

    [Test]
    public async Task Tell_ChannelThatRefuses_KeepsNoOtherFromBeingTold()
    {
        await using LocalWeb web = new((_, request) => (request.Path == "/no" ? 403 : 200, ""));

        IReadOnlyList<Told> told = await Notifier(("HOOK", web.Address + "/no"), ("GONE", null)).TellAsync(
            File("{ kind: slack, url: \"${env:HOOK}\" }", "{ kind: discord, url: \"${env:GONE}\" }", $"{{ kind: webhook, url: \"{web.Address}/yes\" }}"), _news, CancellationToken.None);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(told.Select(t => t.Problem is null), Is.EqualTo(new[] { false, false, true }));
            Assert.That(told[0].Problem, Does.Contain("403").And.Not.Contain(web.Address));
            Assert.That(told[1].Problem, Does.Contain("Set GONE"));
            Assert.That(web.Requests.Select(r => r.Path), Is.EquivalentTo(new[] { "/no", "/yes" }), "a refusal is not asked again");
        }
    }

    /// <summary>A followed redirect would bring the secret header to whoever is named, and the message to nobody.</summary>
    [TestCase(301)]
    [TestCase(302)]
    [TestCase(307)]
    [TestCase(308)]
    public async Task Tell_ServerThatRedirects_IsNotTold_AndTheTargetGetsNothing(int status)
    {
        await using LocalWeb target = new((_, _) => (200, ""));
        await using LocalWeb web = new((_, _) => (status, ""), target.Address + "/" + Secret);

        Told told = (await Notifier().TellAsync(
            File($"{{ kind: webhook, url: \"{web.Address}/hook\", header: X-Lab, secret: \"${{env:LAB}}\" }}"), _news, CancellationToken.None)).Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(told.Problem, Does.StartWith($"it redirects to {target.Address},").And.Not.Contain(Secret));
            Assert.That((web.Requests.Count, target.Requests.Count), Is.EqualTo((1, 0)));
        }
    }

    [Test]
    public void Check_SecretsAndAddresses_AreNamedAndNothingIsShown()
    {
        IReadOnlyList<Told> told = Notifier(("GOOD", "https://hooks.example/T/" + Secret), ("BAD", Secret)).Check(File(
            "{ kind: slack, url: \"${env:GOOD}\" }", "{ kind: slack, url: \"${env:GONE}\" }", "{ kind: discord, url: \"${env:BAD}\" }",
            "{ kind: mail, server: s, from: a@b, to: [c@d], password: \"${file:/no/such/file}\" }"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(told.Select(t => t.Problem is null), Is.EqualTo(new[] { true, false, false, false }));
            Assert.That(told[1].Problem, Does.Contain("Set GONE"));
            Assert.That(told[2].Problem, Does.Contain("${env:BAD}").And.Contain("no address of a web server"));
            Assert.That(told[3].Problem, Does.Contain("/no/such/file"));
            Assert.That(told.Select(t => t.Problem ?? ""), Has.None.Contains(Secret));
        }
    }

    [Test]
    public async Task Tell_NightThatPassed_IsLeftOutWhereTheFileSaysSo()
    {
        using TestRun good = new();
        good.Verdict("night", "overall", Verdict.Pass, "fine");
        NotifyFile file = NotifyFile.Parse("when: notPass\nchannels:\n  - { kind: webhook, url: \"http://127.0.0.1:1\" }\n", "notify.yaml");

        Assert.That(await Notifier().TellAsync(file, NightNews.Of(good.Folder, null), CancellationToken.None), Is.Empty);
    }

    [TestCase("channels: []", "no channel is named")]
    [TestCase("", "empty")]
    [TestCase("chanels: []", "notify.yaml(1,1): 'chanels' is no key of the file. Write one of when, reportUrl, channels.")]
    [TestCase("channels:\n  - { kind: mail, servr: s }", "'servr' is no key of a channel. Write one of kind, url, header,")]
    [TestCase("when: sometimes", "'sometimes' is no word for 'when'. Write always or notPass.")]
    [TestCase("channels: { kind: mail }", "See reports/README.md")]
    [TestCase("channels:\n  - { kind: mail, server: s, from: notanaddress, to: [a@b] }", "'notanaddress' is no mail address")]
    [TestCase("channels:\n  - { kind: mail, server: s, from: a@b, to: [a@b, x] }", "'x' is no mail address")]
    [TestCase("channels:\n  - { kind: webhook, url: ci.example/hook }", "is no address of a web server")]
    [TestCase("channels:\n  - { kind: mqtt, server: s, topic: t, port: 99999 }", "is no port")]
    [TestCase("channels:\n  - { kind: pigeon }", "'pigeon' is no kind of channel")]
    [TestCase("channels:\n  - { kind: matrix, server: \"https://m\", room: \"!r\" }", "needs 'token'")]
    [TestCase("channels:\n  - { kind: slack, url: \"https://hooks.example/T/B/x\" }", "is a secret and is written out")]
    [TestCase("channels:\n  - { kind: mail, server: s, from: a@b, to: [c@d], password: hunter2 }", "'password' of a mail channel is a secret")]
    public void Parse_WrongFile_IsRefusedWithItsPlace(string text, string expected) =>
        Assert.That(() => NotifyFile.Parse(text, "notify.yaml"), Throws.TypeOf<BenchFaultException>().With.Message.Contains(expected).And.Message.Not.Contains("LabRunner.").And.Message.Not.Contains("System."));

    [Test]
    public void Secret_OfAFile_IsItsFirstLine()
    {
        string path = Path.GetTempFileName();
        System.IO.File.WriteAllText(path, Secret + "\nsecond\n");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(SecretText.Read($"${{file:{path}}}", _ => null), Is.EqualTo(Secret));
            Assert.That(() => SecretText.Read("${file:/no/such/file}", _ => null), Throws.TypeOf<BenchFaultException>());
        }

        System.IO.File.Delete(path);
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
