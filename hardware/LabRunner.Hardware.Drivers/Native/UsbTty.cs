using System.Text.RegularExpressions;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Native;

/// <summary>
/// Finds the tty of a USB adapter by where it is plugged in (<c>usb:1-1.2</c>, with interface <c>usb:1-1.2:1.0</c>) or by what it is
/// (<c>usb:0403:6001</c>, with serial number <c>usb:0403:6001:A50285BI</c>), for machines where udev makes no links.
/// Source: Documentation/ABI/stable/sysfs-bus-usb of the Linux kernel.
/// </summary>
/// <param name="sys">Root of sysfs.</param>
/// <param name="dev">Folder of the device nodes.</param>
internal sealed partial class UsbTty(string sys = "/sys", string dev = "/dev")
{
    /// <summary>How such a path begins.</summary>
    public const string Prefix = "usb:";

    /// <summary>The node that a path of the inventory means now; a path without the prefix means itself.</summary>
    /// <param name="place">Slot, for messages.</param>
    /// <param name="path">Path of the inventory.</param>
    /// <exception cref="BenchFaultException">Kind Serial: no such adapter, or several; kind Configuration: no such form.</exception>
    public string Resolve(string place, string path)
    {
        if (!path.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return path;
        }

        string wanted = path[Prefix.Length..];
        bool byLocation = Location().IsMatch(wanted);
        if (!byLocation && !Identity().IsMatch(wanted))
        {
            throw new BenchFaultException(
                FaultKind.Configuration, place, $"'{path}' names no USB port",
                "Write usb:1-1.2 (where it is plugged in), usb:0403:6001 (vendor and product) or usb:0403:6001:SERIAL");
        }

        Adapter[] all = Adapters();
        Adapter[] fitting = [.. all.Where(adapter => byLocation ? adapter.IsAt(wanted) : adapter.Is(wanted))];
        return fitting.Length switch
        {
            1 => Path.Combine(dev, fitting[0].Tty),
            0 => throw new BenchFaultException(
                FaultKind.Serial, place, $"no USB serial port is {path}",
                all.Length == 0 ? "Check the cable: this machine has no USB serial port at all now" : $"Check the cable; now there are {Listed(all)}"),
            _ => throw new BenchFaultException(FaultKind.Serial, place, $"{path} means {fitting.Length} ports", $"Say which: {Listed(fitting)}"),
        };
    }

    private static string Listed(Adapter[] adapters) =>
        string.Join(", ", adapters.OrderBy(adapter => adapter.Tty, StringComparer.Ordinal).Select(a => $"{a.Tty} at {Prefix}{a.Interface} ({a.Identity})"));

    private Adapter[] Adapters()
    {
        string ttys = Path.Combine(sys, "class", "tty");
        return Directory.Exists(ttys) ? [.. Directory.GetFileSystemEntries(ttys).Select(Look).OfType<Adapter>()] : [];
    }

    /// <summary>Null: not a USB port, or it went away meanwhile.</summary>
    private static Adapter? Look(string tty)
    {
        try
        {
            // …/1-1.2/1-1.2:1.0/ttyUSB0/tty/ttyUSB0 for usb-serial, …/1-1.2/1-1.2:1.0/tty/ttyACM0 for cdc-acm.
            FileSystemInfo real = new DirectoryInfo(tty).ResolveLinkTarget(returnFinalTarget: true) ?? new DirectoryInfo(tty);
            string? at = null;
            for (DirectoryInfo? folder = new(real.FullName); folder is not null; folder = folder.Parent)
            {
                string vendor = Path.Combine(folder.FullName, "idVendor");
                if (at is null && InterfaceName().IsMatch(folder.Name))
                {
                    at = folder.Name;
                }
                else if (at is not null && File.Exists(vendor))
                {
                    string serial = Path.Combine(folder.FullName, "serial");
                    string product = Path.Combine(folder.FullName, "idProduct");
                    string identity = $"{File.ReadAllText(vendor).Trim()}:{File.ReadAllText(product).Trim()}";
                    return new(real.Name, at, File.Exists(serial) ? $"{identity}:{File.ReadAllText(serial).Trim()}" : identity);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return null;
    }

    [GeneratedRegex(@"^\d+-\d+(\.\d+)*(:\d+\.\d+)?$")]
    private static partial Regex Location();

    [GeneratedRegex(@"^\d+-\d+(\.\d+)*:\d+\.\d+$")]
    private static partial Regex InterfaceName();

    [GeneratedRegex("^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}(:.+)?$")]
    private static partial Regex Identity();

    private sealed record Adapter(string Tty, string Interface, string Identity)
    {
        public bool IsAt(string location) => Interface == location || Interface.StartsWith(location + ":", StringComparison.Ordinal);

        // Vendor and product are hexadecimal, the serial number is text.
        public bool Is(string identity) =>
            identity.Length <= 9
                ? Identity.StartsWith(identity, StringComparison.OrdinalIgnoreCase)
                : Identity.Length > 9 && Identity[..9].Equals(identity[..9], StringComparison.OrdinalIgnoreCase) && Identity[9..] == identity[9..];
    }
}
