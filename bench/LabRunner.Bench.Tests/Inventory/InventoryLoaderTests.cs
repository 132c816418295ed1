using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Tests.Inventory;

public sealed class InventoryLoaderTests
{
    private const string Start = """
        bench: lab
        resources:
          chip: { kind: gpio, driver: gpiochip, label: pinctrl-rp1 }
        slots:
          a:
            board: cb2s
            power: 
        """;

    [Test]
    public void Load_EveryInventoryOfTheRepository_HasNoProblem()
    {
        IReadOnlyList<string> names = DataFiles.Folders.InventoryNames();
        Assert.That(names, Does.Contain("virtual"));
        foreach (string name in names)
        {
            Assert.That(
                () => InventoryLoader.Load(DataFiles.Folders.InventoryFile(name), new FakeCatalogue(), null, DataFiles.Folders.Boards), Throws.Nothing, name);
        }
    }

    [Test]
    public void Load_Virtual_IsBound()
    {
        BenchInventory bench = InventoryLoader.Load(DataFiles.VirtualFile, new FakeCatalogue(), DataFiles.Variables, DataFiles.Folders.Boards);
        SlotEntry p2 = bench.Slots[1];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Name, Is.EqualTo("virtual"));
            Assert.That(bench.Text, Is.EqualTo(File.ReadAllText(DataFiles.VirtualFile)));
            Assert.That(bench.Mqtt, Is.EqualTo(new MqttSection("127.0.0.1", 4000, null, null)));
            Assert.That(bench.Resources["harness"].Options, Is.EqualTo(new HarnessOptions { Socket = "/run/bench/virtual.harness" }));
            Assert.That(bench.Firmware["b"].Version, Is.EqualTo("1.18.5"));
            Assert.That(bench.Slots.Select(s => s.Name), Is.EqualTo(new[] { "p1", "p2", "p3", "p4", "p5" }));
            Assert.That(bench.Slots.Select(s => s.Sentinel), Is.EqualTo(new[] { true, false, false, false, false }));
            Assert.That(p2.Supply, Is.EqualTo(SlotSupply.Isolated3V3));
            Assert.That(p2.Drivers["button"].Options, Is.EqualTo(new LineOptions { Chip = "harness", Line = 11 }));
            Assert.That(p2.Drivers["rail"].Options, Is.EqualTo(new Ina219Options { Bus = "harness-i2c", Address = 0x41 }));
            Assert.That(
                p2.Drivers["pulses"].Options,
                Is.EqualTo(new PulseOptions { Chip = "harness-pwm", Cf = 3, Cf1Voltage = 4, Cf1Current = 5, FollowsSel = true }));
            Assert.That(p2.Drivers["console"].Options, Is.EqualTo(new TtyOptions { Path = "/run/bench/virtual.p2.tty", Baud = 2_000_000 }));
            Assert.That(p2.Capabilities, Is.SupersetOf(new[] { "power", "ping", "http", "mqtt" }));
            Assert.That(p2.Place.Line, Is.GreaterThan(20));
        }
    }

    [Test]
    public void Load_VirtualPlugs_CarryFaultsAndBoards()
    {
        VirtualSection plugs = InventoryLoader
            .Load(DataFiles.VirtualFile, new FakeCatalogue(), DataFiles.Variables, DataFiles.Folders.Boards).Virtual!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plugs.MaxTimeScale, Is.EqualTo(100));
            Assert.That(plugs.Plugs["p1"].Faults, Is.Empty);
            Assert.That(plugs.Plugs["p2"].Faults[0].Parameters["uptime"], Is.EqualTo("200s..280s"));
            Assert.That(plugs.Plugs["p4"].Faults.Select(f => f.Id), Is.EqualTo(new[] { "F03", "F17" }));
            Assert.That(plugs.Plugs["p5"].Board.Description.ButtonGpio, Is.EqualTo(22));
            Assert.That(plugs.Plugs["p5"].Template.Description.ButtonGpio, Is.EqualTo(17));
            Assert.That(plugs.Plugs["p1"].Template.Description.Name, Is.EqualTo("sm-028-v1.3-b17"));
        }
    }

    [Test]
    public void Load_WithoutVariables_LeavesVirtualNamesInPlace()
    {
        BenchInventory bench = InventoryLoader.Load(DataFiles.VirtualFile, new FakeCatalogue(), null, DataFiles.Folders.Boards);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Slots[0].Http, Is.EqualTo("${virtual.p1.http}"));
            Assert.That(bench.Mqtt!.Host, Is.EqualTo("${virtual.mqtt}"));
        }
    }

    [Test]
    public void Load_MissingFile_NamesTheNearestOne()
    {
        string path = Path.Combine(DataFiles.Folders.Inventory, "virtaul.yaml");
        FileProblemsException failure = Assert.Throws<FileProblemsException>(
            () => InventoryLoader.Load(path, new FakeCatalogue(), null, DataFiles.Folders.Boards))!;
        Assert.That(failure.Message, Is.EqualTo($"{path}:1:1: there is no inventory file 'virtaul'. Write 'virtual'."));
    }

    [Test]
    public void LoadText_EveryOptionType_IsBound()
    {
        SlotEntry slot = Load(Start + """
            { driver: command, program: /bin/relay, args: [a, "${x}", "$${HOME}-${x}"], exit: anyCode, weight: 1.5e3, bytes: null, limits: { run: 1m30s, retries: 0x10 } }
            """, new Dictionary<string, string> { ["x"] = "put in" }).Slots[0];
        CommandOptions options = (CommandOptions)slot.Drivers["power"].Options;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(options.Args, Is.EqualTo(new[] { "a", "put in", "${HOME}-put in" }));
            Assert.That(options.Exit, Is.EqualTo(ExitRule.AnyCode));
            Assert.That(options.Weight, Is.EqualTo(1500));
            Assert.That(options.Bytes, Is.Null);
            Assert.That(options.Limits, Is.EqualTo(new LimitOptions { Run = TimeSpan.FromSeconds(90), Retries = 16 }));
            Assert.That(slot.Supply, Is.EqualTo(SlotSupply.Mains));
        }
    }

    [Test]
    public void LoadText_EnvironmentVariable_IsPutIn()
    {
        string path = Environment.GetEnvironmentVariable("PATH") ?? "";
        CommandOptions options = (CommandOptions)Load(Start + "{ driver: command, program: \"${env.PATH}\" }").Slots[0].Drivers["power"].Options;
        Assert.That(options.Program, Is.EqualTo(path));
    }

    [Test]
    public void LoadText_AliasedSection_IsReadTwice()
    {
        BenchInventory bench = Load("""
            bench: lab
            slots:
              a: &same
                board: cb2s
              b: *same
            """);
        Assert.That(bench.Slots.Select(s => (s.Name, s.Board.Description.Chip)), Is.EqualTo(new[] { ("a", "BK7231N"), ("b", "BK7231N") }));
    }

    [Test]
    public void LoadText_PulsesOnMains_NeedIsolatedInjection()
    {
        const string text = """
            bench: lab
            resources: { pwm0: { kind: pwm, driver: harness, socket: s } }
            slots:
              a: { board: cb2s, isolatedInjection: true, pulses: { driver: pwm, chip: pwm0, cf: 0, cf1Voltage: 1, cf1Current: 2 } }
            """;
        Assert.That(Load(text).Slots[0].IsolatedInjection, Is.True);
        Assert.That(
            () => Load(text.Replace("isolatedInjection: true, ", "", StringComparison.Ordinal)),
            Throws.InstanceOf<FileProblemsException>().With.Message.Contains("slot 'a' is on mains and has 'pulses' without isolation"));
    }

    [TestCase("", RelayRule.Declared)]
    [TestCase("supply: isolated-3v3, ", RelayRule.Any)]
    [TestCase("relayOn: any, ", RelayRule.Any)]
    [TestCase("supply: isolated-3v3, relayOn: declared, ", RelayRule.Declared)]
    public void LoadText_RelayThatMayBeOn_IsDeclaredOnMainsUnlessTheSlotSaysOtherwise(string keys, RelayRule expected)
    {
        string text = $$"""
            bench: lab
            resources: { chip: { kind: gpio, driver: gpiochip, label: x } }
            slots:
              a: { board: cb2s, {{keys}}power: { driver: gpio, chip: chip, line: 0 }, relaySense: { driver: gpio, chip: chip, line: 1 } }
            """;
        Assert.That(Load(text).Slots[0].RelayOn, Is.EqualTo(expected));
    }

    [Test]
    public void LoadText_MainsSlotThatSeesNoContact_DeclaresNothing() =>
        Assert.That(Load("bench: lab\nslots:\n  a: { board: cb2s }\n").Slots[0].RelayOn, Is.EqualTo(RelayRule.Any));

    private static BenchInventory Load(string text, IReadOnlyDictionary<string, string>? variables = null) =>
        InventoryLoader.LoadText("lab.yaml", text, new FakeCatalogue(), variables ?? new Dictionary<string, string>(), DataFiles.Folders.Boards);
}
