using LabRunner.Hardware.Plugs;

namespace LabRunner.Hardware.Tests.Plug;

/// <summary>What is compared before and after an update, read off the virtual plug's own pages.</summary>
public sealed class PlugSettingsTests
{
    [TestCase("MqttGroup others", "MQTT group topic")]
    [TestCase("MqttUser somebody", "MQTT user")]
    [TestCase("FriendlyName Other", "full name")]
    [TestCase("FullBootTime 9", "boot time (FullBootTime)")]
    [TestCase("SetStartValue 1 -1", "start values")]
    [TestCase("SSID1 Elsewhere", "SSID")]
    [TestCase("SetFlag 5 1", "flags")]
    public async Task Differences_OneSettingChanged_NamesThatOneAlone(string command, string name)
    {
        PlugBench bench = new(c => c);
        bench.Boot();
        ScriptedPlug plug = new(path => bench.Get(path));
        PlugSettings before = await PlugSettings.ReadAsync(plug, default);
        bench.Get("/cm?cmnd=" + Uri.EscapeDataString(command));
        bench.Run(5);
        IReadOnlyList<string> changed = before.Differences(await PlugSettings.ReadAsync(plug, default));
        Assert.That(changed, Has.Count.EqualTo(1), string.Join("; ", changed));
        Assert.That(changed[0], Does.StartWith(name + " was"));
    }

    [TestCase("echo nothing", 5)]
    [TestCase("FullBootTime 30", 30)]
    public async Task FullBootSeconds_AreThePlugsOwn(string command, int seconds)
    {
        PlugBench bench = new(c => c);
        bench.Boot();
        bench.Get("/cm?cmnd=" + Uri.EscapeDataString(command));
        bench.Run(5);
        Assert.That(await new ScriptedPlug(path => bench.Get(path)).FullBootSecondsAsync(default), Is.EqualTo(seconds));
    }

    [TestCase("<html></html>")]
    [TestCase("<input name=\"boot_ok_delay\" value=\"soon\">")]
    [TestCase("<input name=\"boot_ok_delay\" value=\"0\">")]
    public async Task FullBootSeconds_NotTold_AreUnknown(string page) =>
        Assert.That(await new ScriptedPlug(_ => page).FullBootSecondsAsync(default), Is.Null);

    [Test]
    public async Task ReadAsync_SecretsOfThePlug_AreNeverShown()
    {
        PlugBench bench = new(c => c);
        bench.Boot();
        PlugSettings read = await PlugSettings.ReadAsync(new ScriptedPlug(path => bench.Get(path)), default);
        using (Assert.EnterMultipleScope())
        {
            foreach (string secret in new[] { "MQTT password", "Wi-Fi password", "SSID" })
            {
                Assert.That(read.Of(secret), Does.Match("^hash [0-9a-f]{4}$"), secret);
            }

            Assert.That(read.Facts.Select(f => f.Value), Has.None.Contains("virtual-bench").And.None.Contains("qqqqqqqqqq"));
            Assert.That(read.Of("start values"), Does.Contain("1:0"));
        }
    }

    [TestCase("""{"dir":"/","content":[{"name":"b.txt","type":1,"size":3},{"name":"autoexec.bat","type":1,"size":17}]}""", "autoexec.bat 17 B, b.txt 3 B")]
    [TestCase("no LFS", "")]
    [TestCase("[]", "")]
    [TestCase("""{"fname":"","error":-2}""", "")]
    public async Task ReadAsync_FileListing_AsTheFirmwareGivesIt(string body, string files)
    {
        PlugSettings read = await PlugSettings.ReadAsync(new ScriptedPlug(path => path == "/api/lfs/" ? body : "<html></html>"), default);
        Assert.That(read.Of("files"), Is.EqualTo(files));
    }

    [TestCase("1024", 10, true)]
    [TestCase("1024", 38, false)]
    [TestCase("274877907968", 38, true)]
    [TestCase("18446744073709551615", 63, true)]
    [TestCase("", 10, false)]
    [TestCase("-1", 10, false)]
    public void Has_FlagOfADecimalNumber_AsSet(string flags, int flag, bool set) => Assert.That(PlugFlags.Has(flags, flag), Is.EqualTo(set));

    [Test]
    public void StartValues_FormsOfThePage_ByChannel() => Assert.That(
        PlugForm.StartValues("""<form><input type="hidden" id="idx" name="idx" value="1"/><label>x</label><input type="number" id="value" name="value" value="-1"></form><form><input name='idx' value='3'><input name='value' value='7'></form><input name="value">"""),
        Is.EquivalentTo(new Dictionary<int, int> { [1] = -1, [3] = 7 }));

    /// <summary>A plug whose pages are given; what no page tells is fixed.</summary>
    private sealed class ScriptedPlug(Func<string, string> page) : IPlug
    {
        public Uri Address { get; } = new("http://127.0.0.1/");

        public Task<PlugInfo> GetInfoAsync(CancellationToken cancellationToken)
        {
            string body = page("/api/info");
            int at = body.IndexOf("\"flags\":\"", StringComparison.Ordinal);
            string flags = at < 0 ? "" : body[(at + 9)..].Split('"')[0];
            return Task.FromResult(new PlugInfo(0, "", "", "00", "", "obk", "BL602", "obk", "") { Flags = flags });
        }

        public Task<PlugPins> GetPinsAsync(CancellationToken cancellationToken) => Task.FromResult(new PlugPins([1], [1]));

        public Task<(int Status, string Body)> GetAsync(string path, CancellationToken cancellationToken) => Task.FromResult((200, page(path)));

        public Task<CommandReply> CommandAsync(string line, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<PlugPageState> GetPageStateAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<PlugStatus> GetStatusAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task SetPinsAsync(PlugPins pins, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task RebootAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<OtaUploadReply> UploadOtaAsync(ReadOnlyMemory<byte> image, OtaSending sending, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
