using System.Text;
using System.Text.Json;
using LabRunner.Reports.Notify;

namespace LabRunner.Reports.Tests.Notify;

/// <content>What is told where nothing ran, or more than once.</content>
public sealed partial class NotifyTests
{
    [Test]
    public async Task Night_ThatLeftNoRecord_IsToldWithoutAPicture()
    {
        await using LocalWeb web = new((_, _) => (200, "{}"));

        await TellAsync($"{{ kind: webhook, url: \"{web.Address}/hook\" }}", NightNews.OfNoRun("lab", "nightly", "night 1", "The bench cannot\nbe opened."));
        await TellAsync($"{{ kind: discord, url: \"${{env:HOOK}}\" }}", NightNews.OfNoRun("lab", "nightly", "night 1", "The bench cannot be opened."), ("HOOK", web.Address + "/discord"));
        await TellAsync($"{{ kind: matrix, server: \"{web.Address}\", room: \"!a:b\", token: \"${{env:LAB}}\" }}", NightNews.OfNoRun("lab", "nightly", "night 1", "The bench cannot be opened."), ("LAB", Secret));

        using JsonDocument hook = JsonDocument.Parse(web.Requests[0].Body);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(hook.RootElement.GetProperty("verdict").GetString(), Is.EqualTo("INVALID"));
            Assert.That(hook.RootElement.GetProperty("text").GetString(), Does.StartWith("INVALID: lab, nightly: The bench cannot").And.EndWith("be opened.").And.Not.Contain("\n"));
            Assert.That(hook.RootElement.GetProperty("picture").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(Encoding.UTF8.GetString(web.Requests[1].Body), Does.Contain("The bench cannot be opened").And.Not.Contain("scorecard.png"));
            Assert.That(web.Requests.Skip(2).Select(r => r.Path), Has.Exactly(1).Contains("/send/m.room.message/"));
        }
    }

    /// <summary>A server drops a message whose transaction it has seen: a night that was stopped, told, and then went on must not be dropped.</summary>
    [Test]
    public async Task Matrix_NightThatWentOn_IsAMessageOfItsOwn()
    {
        await using LocalWeb web = new((_, _) => (200, "{}"));
        foreach (string text in (string[])["stopped", "stopped", "completed"])
        {
            await TellAsync($"{{ kind: matrix, server: \"{web.Address}\", room: \"!a:b\", token: \"${{env:LAB}}\" }}", _news with { Text = text, Picture = null }, ("LAB", Secret));
        }

        string[] sent = [.. web.Requests.Select(r => r.Path)];
        Assert.That(sent[1], Is.EqualTo(sent[0]).And.Not.EqualTo(sent[2]));
    }
}
