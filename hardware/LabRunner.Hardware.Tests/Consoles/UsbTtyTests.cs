using LabRunner.Hardware.Drivers.Native;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Tests.Consoles;

/// <summary>Finding adapters in a copy of sysfs: two alike at a hub, one with two ports, an on-board UART.</summary>
public sealed class UsbTtyTests
{
    private string _root;
    private UsbTty _usb;

    [SetUp]
    public void Machine()
    {
        _root = Directory.CreateTempSubdirectory("sys-").FullName;
        Directory.CreateDirectory(Path.Combine(_root, "class", "tty"));
        Plug("ttyUSB0", "usb1/1-1/1-1.2/1-1.2:1.0/ttyUSB0/tty", "usb1/1-1/1-1.2", "0403:6001", "A50285BI");
        Plug("ttyUSB1", "usb1/1-1/1-1.3/1-1.3:1.0/ttyUSB1/tty", "usb1/1-1/1-1.3", "0403:6001", "A6008isP");
        Plug("ttyUSB2", "usb1/1-1/1-1.4/1-1.4:1.0/ttyUSB2/tty", "usb1/1-1/1-1.4", "0403:6010", null);
        Plug("ttyUSB3", "usb1/1-1/1-1.4/1-1.4:1.1/ttyUSB3/tty", "usb1/1-1/1-1.4", "0403:6010", null);
        Plug("ttyACM0", "usb1/1-12/1-12:1.0/tty", "usb1/1-12", "2e8a:000a", "E66");
        string board = Path.Combine(_root, "devices", "platform", "serial0", "tty", "ttyS0");
        Directory.CreateDirectory(board);
        Directory.CreateSymbolicLink(Path.Combine(_root, "class", "tty", "ttyS0"), board);
        _usb = new UsbTty(_root, "/dev");
    }

    [TearDown]
    public void Remove() => Directory.Delete(_root, recursive: true);

    [TestCase("/dev/ttyS0", "/dev/ttyS0")]
    [TestCase("usb:1-1.2", "/dev/ttyUSB0")]
    [TestCase("usb:1-1.3:1.0", "/dev/ttyUSB1")]
    [TestCase("usb:1-1.4:1.1", "/dev/ttyUSB3")]
    [TestCase("usb:1-12", "/dev/ttyACM0")]
    [TestCase("usb:2E8A:000A", "/dev/ttyACM0")]
    [TestCase("usb:0403:6001:A6008isP", "/dev/ttyUSB1")]
    public void Resolve_OneAdapterFits_ItsNode(string path, string node) => Assert.That(_usb.Resolve("slot p1", path), Is.EqualTo(node));

    [TestCase("usb:1-1", FaultKind.Serial, "no USB serial port is usb:1-1")]
    [TestCase("usb:1-1.4", FaultKind.Serial, "means 2 ports", "ttyUSB2 at usb:1-1.4:1.0", "ttyUSB3 at usb:1-1.4:1.1")]
    [TestCase("usb:0403:6001", FaultKind.Serial, "means 2 ports", "0403:6001:A50285BI", "0403:6001:A6008isP")]
    [TestCase("usb:0403:6001:a6008ISP", FaultKind.Serial, "now there are", "0403:6001:A6008isP")]
    [TestCase("usb:hub", FaultKind.Configuration, "usb:1-1.2")]
    [TestCase("usb:", FaultKind.Configuration, "usb:1-1.2")]
    public void Resolve_NoneOrSeveral_FaultListsWhatThereIs(string path, FaultKind kind, params string[] said)
    {
        BenchFaultException? fault = Assert.Throws<BenchFaultException>(() => _usb.Resolve("slot p1", path));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(fault?.Kind, Is.EqualTo(kind));
            Assert.That(said.Append("slot p1").Where(text => fault?.Message.Contains(text, StringComparison.Ordinal) != true), Is.Empty, fault?.Message);
        }
    }

    [Test]
    public void Resolve_NoAdapterAtAll_SaysSo() =>
        Assert.That(
            () => new UsbTty(Path.Combine(_root, "devices", "platform")).Resolve("slot p1", "usb:1-1.2"),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains("no USB serial port at all"));

    private void Plug(string tty, string at, string device, string identity, string? serial)
    {
        string devices = Path.Combine(_root, "devices");
        string node = Path.Combine(devices, at, tty);
        Directory.CreateDirectory(node);
        string[] ids = identity.Split(':');
        File.WriteAllText(Path.Combine(devices, device, "idVendor"), ids[0] + "\n");
        File.WriteAllText(Path.Combine(devices, device, "idProduct"), ids[1] + "\n");
        if (serial is not null)
        {
            File.WriteAllText(Path.Combine(devices, device, "serial"), serial + "\n");
        }

        Directory.CreateSymbolicLink(Path.Combine(_root, "class", "tty", tty), node);
    }
}
