using System.Text;
using CsCheck;
using LabRunner.Hardware.Drivers.Plugs;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Hardware.Tests.Drivers;

public sealed class OpenBekenPageTests
{
    private const string Fragment = """
        <table><tr><td class='on'>ON</td></tr></table><form action="index"><input type="hidden" name="tgl" value="1"><input class="bgrn" type="submit" value="Toggle 1"></form>
        <hr><table><tr><td><b>Voltage</b></td><td style='text-align: right;'>230.1</td><td>V</td><tr><td><b>Current</b></td><td style='text-align: right;'>0.435</td><td>A</td>
        <tr><td><b>Power</b></td><td style='text-align: right;'>99.70</td><td>W</td><tr><td><b>Apparent Power</b></td><td style='text-align: right;'>100.09</td><td>VA</td>
        <tr><td><b>Power Factor</b></td><td style='text-align: right;'>1.00</td><td></td><tr><td><b>Energy Total</b></td><td style='text-align: right;'>12.345</td><td>kWh</td></table>
        (changes sent 5, skipped 6, saved 7) - BL0937<hr><h5>1 drivers active (BL0937), total: 24</h5><h5>Channel 1 = 1.00</h5>
        <h5>Cfg size: 3584, change counter: 14, ota counter: 2, incomplete boots: 1</h5><h5>Chip temperature: 41.5°C</h5><h5>Wifi RSSI: Good (-52dBm)</h5>
        <h5>Reboot reason: BL_RST_SOFTWARE_WATCHDOG</h5><h5>MQTT State: <span style="color:green">connected</span> RES: 0(ERR_OK)<br>MQTT ErrMsg: <br>MQTT Stats: CONN: 1 PUB: 9 RECV: 0 ERR: 0</h5>
        """;

    private static readonly string[] Starts =
        ["", "HTTP/1.1 ", "HTTP/1.1 200 OK\n", "HTTP/1.1 -20 OK\nA: b\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"];

    [Test]
    public void Parse_Fragment_AllFields() =>
        Assert.That(OpenBekenPage.Parse(Fragment), Is.EqualTo(new PlugPageState(
            Fragment, true, 230.1, 0.435, 99.7, 12.345, "BL_RST_SOFTWARE_WATCHDOG", 1, 2, 14, -52, 41.5, false, true) { MqttConnects = 1 }));

    [Test]
    public void Parse_OtherQuotesAndStates_Understood()
    {
        PlugPageState state = OpenBekenPage.Parse(
            """<td class="off" style="x">OFF</td><h5 class="safe">You are in safe mode (AP only) because full reboot failed 5 times.</h5><h5>MQTT State: not configured<br></h5><td><b>Voltage</b></td><td>nan</td>""");
        Assert.That((state.RelayOn, state.SafeMode, state.MqttConnected, state.Voltage, state.RebootReason), Is.EqualTo(((bool?)false, true, (bool?)false, (double?)null, (string?)null)));
    }

    [Test]
    public void Parse_Nothing_AllNull() =>
        Assert.That(OpenBekenPage.Parse(""), Is.EqualTo(new PlugPageState("", null, null, null, null, null, null, null, null, null, null, null, false, null)));

    [Test]
    public void Parse_CutOrDamagedPage_NeverThrows() =>
        Gen.Select(Gen.Int[0, Fragment.Length], Gen.Int[0, Fragment.Length], Gen.String).Sample((cut, at, garbage) =>
        {
            string page = Fragment[..cut].Insert(Math.Min(at, cut), garbage);
            return OpenBekenPage.Parse(page).Html == page;
        });

    [Test]
    public void ReplyParse_AnyBytes_NeverThrows() =>
        Gen.Select(Gen.Int[0, Starts.Length - 1].Select(index => Starts[index]), Gen.Byte.Array).Sample((start, tail) =>
        {
            byte[] bytes = [.. Encoding.ASCII.GetBytes(start), .. tail];
            HttpReply? reply = HttpReply.Parse(bytes);
            int? complete = HttpReply.CompleteAt(bytes);
            return (!start.Contains('\n') || reply is not null) && complete is null or > 0;
        });

    [TestCase("HTTP/1.1 -20 OK\nContent-type: x\r\n\r\nbody", -20, "body")]
    [TestCase("HTTP/1.1 200 OK\r\n\r\n", 200, "")]
    [TestCase("HTTP/1.1 302 OK\nLocation: /index\r\n\r\n", 302, "")]
    [TestCase("HTTP/1.0 404 Not Found\n\na\n\nb", 404, "a\n\nb")]
    public void ReplyParse_KnownShapes_StatusAndBody(string text, int status, string body) =>
        Assert.That(HttpReply.Parse(Encoding.UTF8.GetBytes(text)), Is.EqualTo(new HttpReply(status, body)));
}
