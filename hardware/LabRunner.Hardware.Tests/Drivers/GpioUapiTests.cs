using System.Buffers.Binary;
using System.Device.Gpio;
using System.Text;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Drivers;

/// <summary>The bytes of the kernel's interface against the offsets of include/uapi/linux/gpio.h, and the search for a chip.</summary>
public sealed class GpioUapiTests
{
    private string _folder = null!;

    [SetUp]
    public void Make() => _folder = Directory.CreateTempSubdirectory("dev").FullName;

    [TearDown]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void RequestNumbers_AsTheHeaderDefinesThem() =>
        Assert.That(
            new[] { GpioUapi.GetChipInfo, GpioUapi.GetLineInfo, GpioUapi.GetLine, GpioUapi.SetConfig, GpioUapi.GetValues, GpioUapi.SetValues },
            Is.EqualTo(new[] { 0x8044B401u, 0xC100B405u, 0xC250B407u, 0xC110B40Du, 0xC010B40Eu, 0xC010B40Fu }));

    [Test]
    public void WriteRequest_OutputHigh_LevelTravelsWithDirection()
    {
        byte[] request = new byte[GpioUapi.RequestSize];
        Array.Fill(request, (byte)0xEE);
        GpioUapi.WriteRequest(request, 17, "labrunner", GpioUapi.LineFlags.Output, high: true, TimeSpan.Zero, bufferedEvents: 1024);
        byte[] expected = new byte[592];
        expected[0] = 17;
        Encoding.ASCII.GetBytes("labrunner").CopyTo(expected, 256);
        expected[288] = 8;      // config.flags: output
        expected[296] = 1;      // config.num_attrs
        expected[320] = 2;      // config.attrs[0].attr.id: output values
        expected[328] = 1;      // .values: high
        expected[336] = 1;      // .mask: line 0 of the request
        expected[560] = 1;      // num_lines
        expected[565] = 4;      // event_buffer_size: 1024
        Assert.That(request, Is.EqualTo(expected));
    }

    [Test]
    public void WriteRequest_LongConsumer_CutToThirtyOneAndTerminated()
    {
        byte[] request = new byte[GpioUapi.RequestSize];
        GpioUapi.WriteRequest(request, 0, new string('x', 40), GpioUapi.LineFlags.Input, false, TimeSpan.Zero, 16);
        Assert.That((request[286], request[287], request[288]), Is.EqualTo(((byte)'x', (byte)0, (byte)4)));
    }

    [Test]
    public void WriteConfig_Input_NoAttributes()
    {
        byte[] config = new byte[GpioUapi.ConfigSize];
        GpioUapi.WriteConfig(config, GpioUapi.LineFlags.Input | GpioUapi.LineFlags.PullUp | GpioUapi.LineFlags.RisingEdge | GpioUapi.LineFlags.FallingEdge, true, TimeSpan.Zero);
        byte[] expected = new byte[272];
        BinaryPrimitives.WriteUInt64LittleEndian(expected, 4 | 256 | 16 | 32);
        Assert.That(config, Is.EqualTo(expected));
    }

    [Test]
    public void WriteConfig_Debounce_InMicroseconds()
    {
        byte[] config = new byte[GpioUapi.ConfigSize];
        GpioUapi.WriteConfig(config, GpioUapi.LineFlags.Input, false, TimeSpan.FromMilliseconds(20));
        byte[] expected = new byte[272];
        expected[0] = 4;
        expected[8] = 1;        // num_attrs
        expected[32] = 3;       // attrs[0].attr.id: debounce
        BinaryPrimitives.WriteUInt32LittleEndian(expected.AsSpan(40), 20_000);      // µs
        expected[48] = 1;       // .mask: line 0 of the request
        Assert.That(config, Is.EqualTo(expected));
    }

    [Test]
    public void ReadEvent_Falling_TimeLineAndItsOwnSequence()
    {
        byte[] raw = new byte[48];
        BinaryPrimitives.WriteUInt64LittleEndian(raw, 123_456_789_012);
        BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(8), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(12), 25);
        BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(16), 900);
        BinaryPrimitives.WriteUInt32LittleEndian(raw.AsSpan(20), 7);
        Assert.That(GpioUapi.ReadEvent(raw), Is.EqualTo(new LineEdge(25, false, 123_456_789_012, 7)));
    }

    [Test]
    public void ReadInfos_Names_CutAtTheZero()
    {
        byte[] chip = new byte[68];
        Encoding.ASCII.GetBytes("gpiochip4").CopyTo(chip, 0);
        Encoding.ASCII.GetBytes("pinctrl-rp1").CopyTo(chip, 32);
        chip[64] = 54;
        byte[] line = new byte[256];
        GpioUapi.WriteLineInfo(line, 17);
        Assert.That(line[64], Is.EqualTo(17));
        Encoding.ASCII.GetBytes("GPIO17").CopyTo(line, 0);
        Encoding.ASCII.GetBytes("spi0 CS0").CopyTo(line, 32);
        line[72] = 9;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(GpioUapi.ReadChipInfo(chip), Is.EqualTo(new ChipFacts("gpiochip4", "pinctrl-rp1", 54)));
            Assert.That(GpioUapi.ReadLineInfo(line), Is.EqualTo(new LineFacts("GPIO17", "spi0 CS0", GpioUapi.LineFlags.Used | GpioUapi.LineFlags.Output)));
        }
    }

    [Test]
    public void Find_Label_ItsPathWhateverTheNumber()
    {
        Chips("gpiochip0", "gpiochip4", "gpiochip10");
        Assert.That(Find("pinctrl-rp1"), Is.EqualTo(Path.Combine(_folder, "gpiochip10")));
    }

    [Test]
    public void Find_UnknownLabel_FaultListsThoseThereAre()
    {
        Chips("gpiochip0", "gpiochip4");
        Assert.That(
            () => Find("pinctrl-rp1"),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Gpio)
                .And.Message.Contains("gpiochip0 'brcm'").And.Message.Contains("gpiochip4 (no right to open it)"));
    }

    [Test]
    public void Find_TwoOfTheSame_FaultNamesBoth()
    {
        Chips("gpiochip0", "gpiochip1");
        Assert.That(() => Find("brcm"), Throws.TypeOf<BenchFaultException>().With.Message.Contains("gpiochip0").And.Message.Contains("gpiochip1"));
    }

    [Test]
    public void Find_NoChips_FaultSaysSo() =>
        Assert.That(() => Find("pinctrl-rp1"), Throws.TypeOf<BenchFaultException>().With.Message.Contains("no GPIO character device at all"));

    [Test]
    public void Chip_NeitherLabelNorPath_ConfigurationFault() =>
        Assert.That(
            () => new CdevGpioChip(new CdevGpioChipOptions(), new FakeContext()),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Configuration));

    [Test]
    public void Finder_LinkToTheChip_IsNoSecondChip()
    {
        Chips("gpiochip10");
        File.CreateSymbolicLink(Path.Combine(_folder, "gpiochip12"), "gpiochip10");
        Assert.That(Find("pinctrl-rp1"), Does.EndWith("gpiochip10"));
    }

    [TestCase("/dev/gpiochip-none")]
    [TestCase("/dev/null")]
    public void Survey_PathThatIsNoChip_SaysSo(string path) =>
        Assert.That(() => GpioChipSurvey.Read(path), Throws.TypeOf<IOException>().With.Message.Contains(path));

    [TestCase("/dev/gpiochip-none")]
    [TestCase("/dev/null")]
    public void Chip_PathThatIsNoChip_GpioFaultNamesIt(string path) =>
        Assert.That(
            () => new CdevGpioChip(new CdevGpioChipOptions { Path = path }, new FakeContext()),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Gpio).And.Message.Contains(path));

    [Test]
    [Category("hardware")]
    public void Chip_RealOne_OutputsHoldTheirLevelAndEdgesAreStamped()
    {
        string? pair = Environment.GetEnvironmentVariable("LABRUNNER_GPIO_LOOP");
        if (pair?.Split(':') is not [string label, string output, string input])
        {
            Assert.Ignore("needs a GPIO chip with two lines wired together: set LABRUNNER_GPIO_LOOP=label:output:input");
            return;
        }

        (int from, int to) = (int.Parse(output, System.Globalization.CultureInfo.InvariantCulture), int.Parse(input, System.Globalization.CultureInfo.InvariantCulture));
        using GpioController controller = new(new CdevGpioChip(new CdevGpioChipOptions { Label = label }, new FakeContext()).Driver);
        using BlockingEdges edges = new();
        controller.OpenPin(to, PinMode.Input);
        controller.OpenPin(from, PinMode.Output, PinValue.High);
        Assert.That((bool)controller.Read(to), Is.True, "the initial level");
        controller.RegisterCallbackForPinValueChangedEvent(to, PinEventTypes.Falling, edges.OnEdge);
        controller.Write(from, PinValue.Low);
        Assert.That((bool)controller.Read(from), Is.False);
        Assert.That(edges.Seen.Wait(TimeSpan.FromSeconds(5)), "the falling edge");
    }

    private void Chips(params string[] names)
    {
        foreach (string name in names)
        {
            File.WriteAllText(Path.Combine(_folder, name), "");
        }
    }

    private string Find(string label) =>
        GpioChipFinder.Find("resource pi", _folder, label, path => Path.GetFileName(path) switch
        {
            "gpiochip4" => null,
            "gpiochip10" or "gpiochip12" => new ChipFacts("gpiochip10", "pinctrl-rp1", 54),
            string name => new ChipFacts(name, "brcm", 8),
        });

    private sealed class BlockingEdges : IDisposable
    {
        public ManualResetEventSlim Seen { get; } = new();

        public void OnEdge(object sender, PinValueChangedEventArgs change) => Seen.Set();

        public void Dispose() => Seen.Dispose();
    }
}
