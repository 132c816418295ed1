using System.Text.Json;

namespace LabRunner.Hardware.Tests.Plug;

[TestFixture]
public sealed class HttpTests
{
    [Test]
    public void Get_Info_HasBareLfStatusLineAndNoLength()
    {
        PlugBench bench = new PlugBench().Boot();
        ClientEnd client = bench.Send("GET /api/info HTTP/1.1\r\nHost: p\r\n\r\n");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(client.Text, Does.StartWith("HTTP/1.1 200 OK\nContent-type: application/json\r\n"));
            Assert.That(client.Text, Does.Contain("\r\nConnection: close\r\n\r\n").And.Not.Contain("Content-Length"));
            Assert.That(client.ClosedByReset, Is.False);
            using JsonDocument json = JsonDocument.Parse(client.Body);
            Assert.That(json.RootElement.GetProperty("uptime_s").GetInt32(), Is.InRange(10, 13));
            Assert.That(json.RootElement.GetProperty("chipset").GetString(), Is.EqualTo("BL602"));
            Assert.That(json.RootElement.GetProperty("mqtttopic").GetString(), Is.EqualTo("obk_p1"));
        }
    }

    [Test]
    public void Get_InTwoSegments_ReadsOnlyTheFirst()
    {
        PlugBench bench = new PlugBench().Boot();
        ClientEnd client = new();
        client.Server = bench.Plug.OpenConnection(client);
        client.Server!.Received("GET /api/in"u8.ToArray());
        bench.Run(0.05);
        client.Server.Received("fo HTTP/1.1\r\n\r\n"u8.ToArray());
        bench.Run(0.2);
        Assert.That(client.Body, Does.Not.Contain("uptime_s"));
    }

    [Test]
    public void Open_SilentClients_CostHeapUntilNoneIsLeft()
    {
        PlugBench bench = new PlugBench().Boot();
        List<ClientEnd> clients = [];
        for (int i = 0; i < 12; i++)
        {
            ClientEnd client = new();
            client.Server = bench.Plug.OpenConnection(client);
            if (client.Server is not null)
            {
                clients.Add(client);
            }
        }

        bench.Run(120);
        Assert.That(clients, Has.Count.EqualTo(8));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Uart, Does.Contain("thread creation failed"));
            Assert.That(bench.Lines[^1].Line, Does.Contain("socks 10/21"));
        }

        clients.ForEach(c => c.Server!.PeerClosed());
        bench.Run(2);
        Assert.That(bench.Lines[^1].Line, Does.Contain("socks 2/21"));
    }

    [Test]
    public void Root_Redirects_AndUnknownPathIsNotFoundWith200()
    {
        PlugBench bench = new PlugBench().Boot();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Send("GET / HTTP/1.1\r\n\r\n").Text, Does.StartWith("HTTP/1.1 302 OK\n").And.Contain("\r\nLocation: /index\r\n"));
            Assert.That(bench.Send("GET /nowhere HTTP/1.1\r\n\r\n").Text, Does.StartWith("HTTP/1.1 200 OK\n").And.Contain("Not found"));
            Assert.That(bench.Send("HEAD /index HTTP/1.1\r\n\r\n").Text, Is.Empty);
        }
    }

    [Test]
    public void Cm_LongerThan123Characters_RunsTwice()
    {
        PlugBench bench = new PlugBench().Boot();
        string padding = string.Concat(Enumerable.Repeat("echo+x;", 20));
        bench.Get($"/cm?cmnd=backlog+{padding}POWER+TOGGLE");
        Assert.That(bench.Contacts.Select(c => c.Closed), Is.EqualTo(new[] { true, false }));
        bench.Get("/cm?cmnd=POWER+TOGGLE");
        Assert.That(bench.Contacts, Has.Count.EqualTo(3));
    }

    [Test]
    public void Cm_UnknownCommand_IsEmptyObjectAndApiCmndIs501()
    {
        PlugBench bench = new PlugBench().Boot();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Get("/cm?cmnd=nonsense"), Is.EqualTo("{}"));
            Assert.That(bench.Post("/api/cmnd", "nonsense").Text, Does.StartWith("HTTP/1.1 501 OK\n"));
            Assert.That(bench.Post("/api/cmnd", "POWER ON").Body, Is.EqualTo("{\"success\":200,\"msg\":\"OK\",\"res\":{\"POWER\":\"ON\"}}"));
        }
    }

    [Test]
    public void Status0_HasRealAndFakeFields()
    {
        PlugBench bench = new PlugBench().Boot();
        using JsonDocument json = JsonDocument.Parse(bench.Get("/cm?cmnd=Status%200"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(json.RootElement.GetProperty("StatusFWR").GetProperty("Version").GetString(), Is.EqualTo("OpenBL602_1.18.158"));
            Assert.That(json.RootElement.GetProperty("StatusPRM").GetProperty("RestartReason").GetString(), Is.EqualTo("HardwareWatchdog"));
            Assert.That(json.RootElement.GetProperty("StatusSTS").GetProperty("Heap").GetInt32(), Is.InRange(85, 111));
            Assert.That(json.RootElement.GetProperty("StatusSNS").GetProperty("ENERGY").GetProperty("Voltage").GetDouble(), Is.EqualTo(230).Within(0.7));
        }
    }

    [Test]
    public void IndexState_IgnoresActions_AndFullPageActs()
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Get("/index?state=1&tgl=1");
        Assert.That(bench.Contacts, Is.Empty);
        string page = bench.Get("/index?tgl=1");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Contacts, Has.Count.EqualTo(1));
            Assert.That(page, Does.Contain("<td class='on'>ON</td>").And.Contain("id=\"state\"").And.Contain("index?state=1"));
            Assert.That(page, Does.Contain("incomplete boots: 1").And.Contain("BL0937"));
        }
    }

    [TestCase("/cfg_mac", "Set MAC address", "name=\"mac\" value=\"")]
    [TestCase("/cfg_ping", "Set Watchdog", "name=\"host\" value=\"192.168.0.1\"")]
    [TestCase("/cfg_webapp", "Set Webapp", "name=\"url\" value=\"https://openbekeniot.github.io/webapp/\"")]
    [TestCase("/ha_cfg", "Home Assistant Setup", "function send_ha_disc()")]
    public void ServicePage_IsInTheMenu_AndHasItsForm(string path, string title, string form)
    {
        PlugBench bench = new PlugBench().Boot();
        string page = bench.Get(path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Get("/cfg"), Does.Contain($"<form action=\"{path[1..]}\">"));
            Assert.That(page, Does.Contain($" - {title}</title>").And.Contain(form));
        }
    }

    [Test]
    public void ServicePages_KeepWhatTheySave_OverAReset()
    {
        PlugBench bench = new PlugBench().Boot();
        string set = bench.Get("/cfg_ping?host=192.168.7.1&disconnectTime=60") + bench.Get("/cfg_mac?mac=0200000000aa") + bench.Get("/cfg_webapp_set?url=http%3A%2F%2Fbench%2Fapp%2F");
        bench.Post("/api/reboot", "");
        bench.Run(20);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(set, Does.Contain("New ping host set!").And.Contain("New ping disconnectTime set!").And.Contain("New MAC set!").And.Contain("Webapp url set to http://bench/app/"));
            Assert.That(bench.Get("/cfg_ping"), Does.Contain("value=\"192.168.7.1\"").And.Contain("value=\"60\""));
            Assert.That(bench.Get("/cfg_mac"), Does.Contain("value=\"0200000000AA\""));
            Assert.That(bench.Get("/app"), Does.Contain("var root='http://bench/app/',device='http://'+location.host;").And.Contain("src='http://bench/app//startup.js'"));
            Assert.That(bench.Get("/cfg_webapp_set"), Does.Contain("not set because you didn't specify the argument"));
            Assert.That(bench.Get("/cfg_ping?clear=1"), Does.Contain("Ping watchdog disabled!").And.Contain("name=\"disconnectTime\" value=\"0\""));
        }
    }

    [Test]
    public void PostPins_CutSoonerThanTheSave_IsLost()
    {
        string pins = "{\"roles\":[" + string.Join(',', Enumerable.Repeat(0, 24)) + "]}";
        PlugBench early = new PlugBench().Boot();
        early.Post("/api/pins", pins);
        early.PowerCycle(3, 12);
        PlugBench late = new PlugBench().Boot();
        late.Post("/api/pins", pins);
        late.Run(4);
        late.PowerCycle(3, 12);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(early.Get("/api/pins"), Does.Contain("\"roles\":[0,0,1,19,"));
            Assert.That(late.Get("/api/pins"), Does.Contain("\"roles\":[0,0,0,0,"));
        }
    }

    [TestCase("0", false)]
    [TestCase("1", true)]
    [TestCase("-1", true)]
    public void StartValue_PowerCutWithRelayOn_DecidesTheContact(string start, bool closed)
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Post("/api/cmnd", $"SetStartValue 1 {start}");
        bench.Post("/api/cmnd", "POWER ON");
        bench.Run(4);
        bench.PowerCycle(3, 3);
        Assert.That(bench.Plug.ContactClosed, Is.EqualTo(closed));
    }

    [Test]
    public void Mqtt_Connects_PublishesItselfAndObeys()
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Run(30);
        bench.Plug.MqttMessage("obk_p1/1/set", "1");
        bench.Plug.MqttMessage("cmnd/obk_p1/POWER", "TOGGLE");
        bench.Plug.MqttMessage("cmnd/obk_p1/STATUS", "8");
        bench.Run(1);
        string[] topics = [.. bench.Published.Select(p => p.Topic)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Connects, Has.Count.EqualTo(1));
            Assert.That(bench.Connects[0], Does.Contain("obk_p1/+/set").And.Contain("cmnd/obk_p1/+"));
            Assert.That(bench.Published[0], Is.EqualTo((bench.Published[0].At, "obk_p1/connected", "online", 2, true)));
            Assert.That(topics.Where(t => t.Count(c => c == '/') == 1 && t.StartsWith("obk_p1/", StringComparison.Ordinal)).Take(12), Is.EqualTo(new[]
            {
                "obk_p1/connected", "obk_p1/host", "obk_p1/build", "obk_p1/mac", "obk_p1/temp", "obk_p1/ssid", "obk_p1/datetime", "obk_p1/sockets",
                "obk_p1/rssi", "obk_p1/uptime", "obk_p1/freeheap", "obk_p1/ip",
            }));
            Assert.That(bench.Contacts.Select(c => c.Closed), Is.EqualTo(new[] { true, false }));
            Assert.That(topics, Does.Contain("obk_p1/1/get").And.Contain("stat/obk_p1/RESULT").And.Contain("stat/obk_p1/STATUS8"));
            Assert.That(topics, Does.Contain("obk_p1/voltage/get"));
        }
    }
}
