using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Discovery.Proposal;
using LabRunner.Bench.Hosting.Discovery.Survey;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Catalogue;

namespace LabRunner.Bench.Tests.Discovery;

public sealed class InventoryProposalTests
{
    private static readonly string Boards = BenchFolders.Find().Boards;

    [TestCaseSource(typeof(Machines), nameof(Machines.Names))]
    public async Task Proposal_HoldsWhenItsBlanksAreFilled_AndNotBefore(string model)
    {
        using FakeMachine machine = Machines.Make(model);

        (string text, _) = await ProposeAsync(machine.Groups(Machines.Gpio));

        FileProblemsException open = Assert.Throws<FileProblemsException>(() => Load(text));
        Assert.That(open.Problems, Has.All.Property(nameof(FileProblem.Problem)).Contains(InventoryProposal.Blank));
        Assert.That(Fill(text).Slots, Is.Not.Empty);
    }

    [TestCaseSource(typeof(Machines), nameof(Machines.Names))]
    public async Task Scan_WithoutOptions_AsksNothingOfBusesAndOpensNothing(string model)
    {
        using FakeMachine machine = Machines.Make(model);

        await ProposeAsync(machine.Groups(Machines.Gpio));

        Assert.Multiple(() =>
        {
            Assert.That(machine.Probed, Is.Empty);
            Assert.That(machine.Ran, Is.EqualTo(new[] { "uhubctl" }));
        });
    }

    [TestCase(nameof(Machines.Pi3), "pinctrl-bcm2835", new[] { 14, 15, 22 })]
    [TestCase(nameof(Machines.Pi4), "pinctrl-bcm2711", new[] { 12, 13, 14, 15, 22 })]
    [TestCase(nameof(Machines.Pi5), "pinctrl-rp1", new[] { 7, 8, 9, 10, 11, 12, 13, 14, 15, 18, 19, 22 })]
    public async Task Header_IsFoundByLabel_AndItsTakenPinsAreKeptFree(string model, string label, int[] taken)
    {
        using FakeMachine machine = Machines.Make(model);

        (string text, MachineSurvey survey) = await ProposeAsync(machine.Groups(Machines.Gpio));

        BenchInventory inventory = Fill(text);
        int[] relays = [.. inventory.Slots.Select(slot => ((LabRunner.Hardware.Lines.LineId)Option(slot.Drivers[Contracts.Power], "Line")!).Offset)];
        Assert.Multiple(() =>
        {
            Assert.That(inventory.Resources.Values.Select(resource => Option(resource, "Label")), Does.Contain(label));
            Assert.That(survey.TakenHeaderPins.Keys, Is.EquivalentTo(taken));
            Assert.That(relays, Is.Unique.And.All.InRange(9, 27));
            Assert.That(relays.Intersect(taken), Is.Empty);
        });
    }

    [Test]
    public async Task Header_WithoutTheRightToAsk_IsKnownFromSys()
    {
        using FakeMachine machine = Machines.Pi4();

        (string text, MachineSurvey survey) = await ProposeAsync(machine);

        Assert.Multiple(() =>
        {
            Assert.That(survey.Header?.LineCount, Is.EqualTo(58));
            Assert.That(survey.Header?.Problem, Does.Contain("Permission denied"));
            Assert.That(text, Does.Contain("label: \"pinctrl-bcm2711\""));
        });
    }

    [Test]
    public async Task Pi5_LinkedChip_IsNotCountedTwice()
    {
        using FakeMachine machine = Machines.Pi5();

        (_, MachineSurvey survey) = await ProposeAsync(machine.Groups(Machines.Gpio));

        Assert.That(survey.GpioChips.Select(chip => chip.Path), Is.EqualTo(new[] { "/dev/gpiochip0" }));
    }

    [Test]
    public async Task Adapters_AreNamedById_WithPlaceAndDriver()
    {
        using FakeMachine machine = Machines.Pi3();

        (string text, MachineSurvey survey) = await ProposeAsync(machine);

        Assert.Multiple(() =>
        {
            Assert.That(survey.SerialPorts, Has.One.Matches<FoundSerialPort>(port => port is
            {
                Path: "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0", Node: "/dev/ttyUSB0", Usb: "1-1.2", VendorProduct: "0403:6001", Driver: "ftdi_sio",
            }));
            Assert.That(text, Does.Contain("FT232R USB UART, 0403:6001, USB 1-1.2, ftdi_sio"));
        });
    }

    [Test]
    public async Task Adapters_WithoutSerialNumbers_AreNamedByTheirSockets()
    {
        using FakeMachine machine = Machines.Pi4();

        (string text, _) = await ProposeAsync(machine);

        string[] paths = [.. Fill(text).Slots.Select(slot => (string)Option(slot.Drivers[Contracts.Console], "Path")!)];
        Assert.That(paths, Is.EqualTo(new[] { "/dev/serial/by-path/platform-usb-0:1-1.3:1.0-port0", "/dev/serial/by-path/platform-usb-0:1-1.4:1.0-port0" }));
    }

    [Test]
    public async Task Adapters_WithoutUdev_AreNamedByTheirPlaceOnTheBus()
    {
        using FakeMachine machine = Machines.Pi3();
        Directory.Delete(machine.Files.Real("/dev/serial"), recursive: true);

        (string text, _) = await ProposeAsync(machine);

        Assert.That(text, Does.Contain("path: \"usb:1-1.2\""));
    }

    [Test]
    public async Task PicoAndLoginPrompt_AreNoConsoles()
    {
        using FakeMachine machine = Machines.Pi5();

        (string text, MachineSurvey survey) = await ProposeAsync(machine);

        Assert.Multiple(() =>
        {
            Assert.That(survey.SerialPorts.Single(port => port.Node == "/dev/ttyAMA0").KernelConsole, Is.True);
            Assert.That(Fill(text).Slots, Has.Count.EqualTo(1));
            Assert.That(text, Does.Contain("# Left out: /dev/ttyAMA0").And.Contain("# Left out: /dev/serial/by-id/usb-Raspberry_Pi_Pico"));
        });
    }

    [Test]
    public async Task Pc_ShowsNoPhantomPorts()
    {
        using FakeMachine machine = Machines.Pc();

        (_, MachineSurvey survey) = await ProposeAsync(machine);

        Assert.That(survey.SerialPorts.Select(port => port.Node), Is.EqualTo(new[] { "/dev/ttyS0" }));
    }

    [Test]
    public async Task PwmChips_AreNamedByTheirDevice()
    {
        using FakeMachine machine = Machines.Pi5();

        (string text, _) = await ProposeAsync(machine);

        Assert.That(text, Does.Contain("chip: \"1f00098000.pwm\"").And.Contain("4 channels"));
    }

    [Test]
    public async Task I2c_IsProbedOnDemand_ButNeverOnInternalBuses()
    {
        using FakeMachine machine = Machines.Pi4();
        machine.I2cAnswers[1] = [0x40, 0x68];

        MachineSurvey survey = await MachineSurvey.TakeAsync(machine, probeI2c: true, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(machine.Probed, Is.EqualTo(new[] { 1 }));
            Assert.That(InventoryProposal.Write(survey, null, ["x"]), Does.Contain("answered: 0x40 (an INA219 rail monitor?), 0x68"));
        });
    }

    [Test]
    public async Task Hubs_AreReadFromUhubctl()
    {
        using FakeMachine machine = Machines.Pi4();
        machine.Programs["uhubctl"] = new(
            0,
            "Current status for hub 2 [1d6b:0003 Linux 6.6.51 xhci-hcd, USB 3.00, 4 ports, ppps]\n  Port 1: 02a0 power 5gbps Rx.Detect\n"
            + "Current status for hub 1-1 [2109:3431 USB2.0 Hub, USB 2.10, 4 ports, ganged]\n  Port 1: 0100 power",
            "");

        (_, MachineSurvey survey) = await ProposeAsync(machine);

        Assert.That(survey.PowerHubs, Is.EqualTo(new[] { new FoundPowerHub("2", "1d6b:0003 Linux 6.6.51 xhci-hcd, USB 3.00", 4) }));
    }

    [Test]
    public async Task Plugs_AreListedWithWhatTellsThemApart()
    {
        using FakeMachine machine = Machines.Pi3();
        MachineSurvey survey = await MachineSurvey.TakeAsync(machine, false, CancellationToken.None);

        string text = InventoryProposal.Write(survey, [new("192.168.4.21:80", "kitchen\nplug", "BL602", "00:11:22:33:44:55", "obk1", "Built on x")], BoardLoader.Names(Boards));

        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("# Plug at 192.168.4.21:80: kitchen plug, BL602, MAC 00:11:22:33:44:55, MQTT client obk1"));
            Assert.That(Fill(text).Slots, Is.Not.Empty);
        });
    }

    [TestCase("192.168.4.0/24", 254, "192.168.4.1", "192.168.4.254")]
    [TestCase("192.168.4.77/30", 2, "192.168.4.77", "192.168.4.78")]
    [TestCase("10.0.0.9/32", 1, "10.0.0.9", "10.0.0.9")]
    [TestCase("10.0.0.8/31", 2, "10.0.0.8", "10.0.0.9")]
    public void Network_IsItsHosts(string network, int count, string first, string last)
    {
        var addresses = PlugSearch.Addresses(network);

        Assert.Multiple(() =>
        {
            Assert.That(addresses, Has.Count.EqualTo(count));
            Assert.That(addresses[0].ToString(), Is.EqualTo(first));
            Assert.That(addresses[^1].ToString(), Is.EqualTo(last));
        });
    }

    [TestCase("192.168.4.0")]
    [TestCase("192.168.0.0/16")]
    [TestCase("4/24")]
    [TestCase("fe80::1/64")]
    [TestCase("192.168.4.0/33")]
    [TestCase("")]
    public void Network_ThatIsNone_IsRefusedWithAnExample(string network) =>
        Assert.That(() => PlugSearch.Addresses(network), Throws.Exception.With.Message.Contains("192.168.4.0/24"));

    private static async Task<(string Text, MachineSurvey Survey)> ProposeAsync(FakeMachine machine)
    {
        MachineSurvey survey = await MachineSurvey.TakeAsync(machine, probeI2c: false, CancellationToken.None);
        return (InventoryProposal.Write(survey, null, BoardLoader.Names(Boards)), survey);
    }

    private static BenchInventory Fill(string text) => Load(text
        .Replace($"board: {InventoryProposal.Blank}", $"board: {BoardLoader.Names(Boards)[0]}", StringComparison.Ordinal)
        .Replace($"supply: {InventoryProposal.Blank}", "supply: isolated-3v3", StringComparison.Ordinal));

    private static object? Option(DriverEntry driver, string name) => driver.Options.GetType().GetProperty(name)?.GetValue(driver.Options);

    private static BenchInventory Load(string text) => InventoryLoader.LoadText("proposed.yaml", text, new DriverCatalogue(), null, Boards);
}
