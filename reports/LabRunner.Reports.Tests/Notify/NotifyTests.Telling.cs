using LabRunner.Hardware.Faults;
using LabRunner.Reports.Notify;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Tests.Notify;

/// <content>When a night is told, what a channel that fails costs, and what is wrong with a file of channels.</content>
public sealed partial class NotifyTests
{
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
}
