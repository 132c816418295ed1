using System.Collections.Concurrent;
using System.Net;
using System.Text;
using LabRunner.Station.Builds;
using LabRunner.Station.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using MQTTnet;
using MQTTnet.Protocol;
using MQTTnet.Server;

namespace LabRunner.Station.Tests.Builds;

/// <content>Topics.</content>
public sealed partial class BuildSourceTests
{
    [Test]
    public async Task Topic_TellsBuilds_OnlyBelowTheWatchsOwnAddress_AndNothingIsLostWhileTheStationIsAway()
    {
        await using WebApplication server = await LocalServer.StartAsync(context => context.Response.WriteAsync(context.Request.Path));
        using LocalBroker broker = await LocalBroker.StartAsync();
        string web = server.Urls.Single();
        BuildWatch watch = WatchTopic(broker.Port, web);
        using Download download = new();
        List<string> found = [];
        await using (MqttSource source = new(watch, "virtual", download, _clock))
        {
            found.Add(await LookAsync(source));
            await TellAsync(broker, $"{web}/stable/a.ota");
            found.Add(await UntilAsync(source));
        }

        await TellAsync(broker, $$"""{"url": "{{web}}/stable/b.ota", "sha256": "{{BuildDesk.Hash(Encoding.UTF8.GetBytes("/stable/b.ota"))}}"}""");
        await using MqttSource later = new(watch, "virtual", download, _clock);
        found.Add(await UntilAsync(later));
        await TellAsync(broker, $"{web}/other/c.ota");
        await TellAsync(broker, $$"""{"url": "{{web}}/stable/d.ota", "sha256": "00"}""");
        await TellAsync(broker, "hello");
        await TellAsync(broker, $"{web}/stable/e.ota");
        List<string> problems = [];
        while (problems.Count < 3)
        {
            try
            {
                await later.LookAsync(TestContext.CurrentContext.CancellationToken);
            }
            catch (BuildPlaceException wrong)
            {
                problems.Add(wrong.Message);
            }
        }

        found.Add(await UntilAsync(later));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found, Is.EqualTo(new[] { "", "a.ota=/stable/a.ota", "b.ota=/stable/b.ota", "e.ota=/stable/e.ota" }));
            Assert.That(problems[0], Does.Contain("is not below"));
            Assert.That(problems[1], Does.Contain("has another SHA-256"));
            Assert.That(problems[2], Does.Contain("is no address of a build"));
        }
    }

    [Test]
    public async Task Address_ThatSendsOn_IsFollowedBelowTheWatchsOwnAddressAlone()
    {
        ConcurrentBag<string> asked = [];
        await using WebApplication server = await LocalServer.StartAsync(context =>
        {
            asked.Add(context.Request.Path);
            string? to = context.Request.Path.Value switch { "/stable/latest.ota" => "/stable/b.ota", "/stable/out.ota" => "/secret", "/stable/round.ota" => "/stable/round.ota", _ => null };
            if (to is null)
            {
                return context.Response.WriteAsync(context.Request.Path);
            }

            context.Response.Redirect(to);
            return Task.CompletedTask;
        });
        using LocalBroker broker = await LocalBroker.StartAsync();
        string web = server.Urls.Single();
        using Download download = new();
        await using MqttSource source = new(WatchTopic(broker.Port, web), "virtual", download, _clock);
        await LookAsync(source);
        await TellAsync(broker, $"{web}/stable/latest.ota");
        string found = await UntilAsync(source);
        List<string> problems = [];
        foreach (string name in new[] { "out", "round" })
        {
            await TellAsync(broker, $"{web}/stable/{name}.ota");
            problems.Add((await Assert.ThrowsAsync<BuildPlaceException>(() => UntilAsync(source)))!.Message);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found, Is.EqualTo("latest.ota=/stable/b.ota"));
            Assert.That(problems[0], Does.Contain("/secret, where no build of this watch may come from"));
            Assert.That(problems[1], Does.Contain("sends on more than 3 times"));
            Assert.That(asked, Has.None.EqualTo("/secret"));
        }
    }

    [Test]
    public async Task Build_ToldBetweenALookAndItsEnd_IsFoundByTheNextLook()
    {
        await using WebApplication server = await LocalServer.StartAsync(context => context.Response.WriteAsync(context.Request.Path));
        using LocalBroker broker = await LocalBroker.StartAsync();
        string web = server.Urls.Single();
        using Download download = new();
        await using MqttSource source = new(WatchTopic(broker.Port, web), "virtual", download, _clock);
        await LookAsync(source);
        string atFirst = await LookAsync(source);
        await TellAsync(broker, $"{web}/stable/a.ota");
        await TestStation.PollAsync(() => !source.HasSeenAll, TestContext.CurrentContext.CancellationToken);
        await source.AcceptAsync(default);
        string found = await LookAsync(source);

        Assert.That((atFirst, found), Is.EqualTo(("", "a.ota=/stable/a.ota")));
    }

    [Test]
    public async Task Build_ThatAStationHeardOfAndDidNotAccept_IsToldToTheNextOne_AndOnlyUntilItIsAccepted()
    {
        await using WebApplication server = await LocalServer.StartAsync(context => context.Response.WriteAsync(context.Request.Path));
        using LocalBroker broker = await LocalBroker.StartAsync();
        BuildWatch watch = WatchTopic(broker.Port, server.Urls.Single());
        using Download download = new();
        await using (MqttSource source = new(watch, "virtual", download, _clock))
        {
            await LookAsync(source);
            await TellAsync(broker, $"{server.Urls.Single()}/stable/a.ota");
            while ((await source.LookAsync(TestContext.CurrentContext.CancellationToken)).Count == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.CurrentContext.CancellationToken);
            }
        }

        string again;
        await using (MqttSource next = new(watch, "virtual", download, _clock))
        {
            again = await UntilAsync(next);
        }

        await using MqttSource last = new(watch, "virtual", download, _clock);
        await LookAsync(last);
        await TellAsync(broker, $"{server.Urls.Single()}/stable/b.ota");

        Assert.That((again, await UntilAsync(last)), Is.EqualTo(("a.ota=/stable/a.ota", "b.ota=/stable/b.ota")));
    }

    // The first byte of a TLS handshake is 0x16 (RFC 8446, 5.1), that of an MQTT CONNECT 0x10 (MQTT 5.0, 3.1).
    [TestCase("tls: true, ", 0x16)]
    [TestCase("", 0x10)]
    public async Task Broker_IsSpokenToOverTls_WhereTheWatchSaysSo(string tls, int first)
    {
        using System.Net.Sockets.TcpListener broker = new(IPAddress.Loopback, 0);
        broker.Start();
        BuildWatch watch = Watch($"mqtt: {{ broker: \"127.0.0.1:{((IPEndPoint)broker.LocalEndpoint).Port}\", {tls}topic: builds, from: \"https://ci.example/\" }}");
        using Download download = new();
        await using MqttSource source = new(watch, "virtual", download, _clock);
        Task<IReadOnlyList<FoundBuild>> look = source.LookAsync(default);
        byte[] heard = new byte[1];
        using (System.Net.Sockets.TcpClient connection = await broker.AcceptTcpClientAsync())
        {
            await connection.GetStream().ReadExactlyAsync(heard);
        }

        Assert.That(heard[0], Is.EqualTo(first));
        await Assert.ThatAsync(() => look, Throws.TypeOf<BuildPlaceException>().With.Message.Contains("cannot be asked"));
    }

    private static async Task TellAsync(LocalBroker broker, string text) => await broker.Server.InjectApplicationMessage(new InjectedMqttApplicationMessage(
        new MqttApplicationMessageBuilder().WithTopic("builds/stable").WithPayload(text).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build())
    { SenderClientId = "ci" });

    private static BuildWatch WatchTopic(int port, string web) => Watch($"mqtt: {{ broker: \"127.0.0.1:{port}\", topic: builds/stable, from: \"{web}/stable\" }}");

    /// <summary>A message takes its way over real sockets.</summary>
    private static async Task<string> UntilAsync(IBuildSource source)
    {
        while (true)
        {
            if (await LookAsync(source) is { Length: > 0 } found)
            {
                return found;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.CurrentContext.CancellationToken);
        }
    }
}
