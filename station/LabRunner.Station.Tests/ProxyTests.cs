using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Station.Access;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>What comes over a proxy of this machine.</summary>
[Category("access")]
[CancelAfter(120_000)]
public sealed class ProxyTests
{
    [TestCase("Forwarded", "for=192.0.2.7")]
    [TestCase("X-Forwarded-For", "192.0.2.7")]
    [TestCase("X-Forwarded-Proto", "https")]
    [TestCase("X-Real-IP", "192.0.2.7")]
    [TestCase("Via", "1.1 proxy")]
    public async Task Request_ThatAProxyOfThisMachinePassesOn_IsFromElsewhere_AndNeedsAToken(string header, string value)
    {
        await using TestStation open = await TestStation.StartAsync(loopback: Role.Switch);
        using HttpClient here = open.Client(), known = open.Client(Role.Look, "known");
        HttpStatusCode own = (await here.GetAsync(new Uri("slots", UriKind.Relative))).StatusCode;
        here.DefaultRequestHeaders.Add(header, value);
        known.DefaultRequestHeaders.Add(header, value);
        HttpStatusCode look = (await here.GetAsync(new Uri("slots", UriKind.Relative))).StatusCode;
        HttpStatusCode act = (await here.PostAsJsonAsync("slots/p1/power", new { state = "on" })).StatusCode;
        JsonElement nobody = await here.GetFromJsonAsync<JsonElement>("me"), me = await known.GetFromJsonAsync<JsonElement>("me");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((own, look, act), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)));
            Assert.That((nobody.GetProperty("via").GetString(), nobody.GetProperty("role").ValueKind), Is.EqualTo(("remote", JsonValueKind.Null)));
            Assert.That((me.GetProperty("via").GetString(), me.GetProperty("role").GetString()), Is.EqualTo(("remote", "look")), "a token counts over a proxy too");
            Assert.That(open.Opener.Plugs["p1"].Log, Has.None.EqualTo("on"));
        }
    }
}
