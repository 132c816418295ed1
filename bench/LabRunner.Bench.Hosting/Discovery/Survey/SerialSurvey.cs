namespace LabRunner.Bench.Hosting.Discovery.Survey;

/// <summary>
/// Finds serial ports in /sys/class/tty, without opening one: opening moves DTR, which resets some boards. Names that stay come from udev's
/// links in /dev/serial.
/// </summary>
internal static class SerialSurvey
{
    private const string PicoVendor = "2e8a:";

    public static IReadOnlyList<FoundSerialPort> Read(MachineFiles files)
    {
        Dictionary<string, string> byId = Links(files, "/dev/serial/by-id");
        Dictionary<string, string> byPath = Links(files, "/dev/serial/by-path");
        HashSet<string> consoles = [.. ConsoleNodes(files)];
        List<FoundSerialPort> ports = [];
        foreach (string name in files.Names("/sys/class/tty"))
        {
            string entry = "/sys/class/tty/" + name;
            if (files.Resolve(entry + "/device") is { } device && !IsPhantom(files, entry) && files.Exists("/dev/" + name))
            {
                ports.Add(Describe(files, "/dev/" + name, device, byId, byPath, consoles));
            }
        }

        return [.. ports.Select(port => WithStableName(port, ports, byPath))];
    }

    /// <summary>Nodes that the kernel writes its console to or a login prompt waits on.</summary>
    public static IEnumerable<string> ConsoleNodes(MachineFiles files)
    {
        foreach (string word in (files.Text("/proc/cmdline") ?? "").Split(' '))
        {
            if (word.StartsWith("console=", StringComparison.Ordinal) && files.Resolve("/dev/" + word["console=".Length..].Split(',')[0]) is { } node)
            {
                yield return node;
            }
        }

        foreach (string[] words in Processes(files).Select(process => process.Arguments).Where(words => words.Length > 1 && Path.GetFileName(words[0]).TrimStart('-').EndsWith("getty", StringComparison.Ordinal)))
        {
            foreach (string node in words.Skip(1).Where(word => word.StartsWith("tty", StringComparison.Ordinal)).Select(word => "/dev/" + word))
            {
                yield return node;
            }
        }
    }

    /// <summary>Processes with their command lines.</summary>
    public static IEnumerable<(string Id, string Name, string[] Arguments)> Processes(MachineFiles files) =>
        files.Names("/proc").Where(id => id.All(char.IsAsciiDigit))
            .Select(id => (id, files.Text($"/proc/{id}/comm") ?? "", (files.Text($"/proc/{id}/cmdline") ?? "").Split('\0', StringSplitOptions.RemoveEmptyEntries)));

    private static FoundSerialPort Describe(
        MachineFiles files, string node, string device, Dictionary<string, string> byId, Dictionary<string, string> byPath, HashSet<string> consoles)
    {
        string? usb = Upwards(device).FirstOrDefault(folder => files.Exists(folder + "/idVendor"));
        string? driver = Upwards(device).Select(folder => files.Resolve(folder + "/driver")).OfType<string>().Select(path => Path.GetFileName(path))
            .FirstOrDefault(word => word is not ("port" or "ctrl" or "usb"));
        string? vendorProduct = usb is null ? null : $"{files.Text(usb + "/idVendor")}:{files.Text(usb + "/idProduct")}";
        string? product = usb is null ? null : files.Text(usb + "/product");
        return new(
            byId.GetValueOrDefault(node) ?? WithoutId(node, usb, byPath), node, usb is null ? null : Path.GetFileName(usb), vendorProduct, product,
            usb is null ? null : files.Text(usb + "/serial"), driver, consoles.Contains(node),
            consoles.Contains(node) ? "the kernel's console or a login prompt speaks on it: './lab doctor' says how to free it"
            : vendorProduct?.StartsWith(PicoVendor, StringComparison.Ordinal) == true ? "a Raspberry Pi Pico: a pulse box or a debug probe rather than a plug's console"
            : null);
    }

    /// <summary>Adapters without a serial number share one by-id name, which then leads to whichever came last: their place on the bus tells them apart.</summary>
    private static FoundSerialPort WithStableName(FoundSerialPort port, List<FoundSerialPort> all, Dictionary<string, string> byPath)
    {
        bool twin = port.Usb is not null && port.SerialNumber is null or ""
            && all.Any(other => other.Usb != port.Usb && other.VendorProduct == port.VendorProduct && other.SerialNumber is null or "");
        return !twin ? port : port with
        {
            Path = WithoutId(port.Node, port.Usb, byPath),
            Note = port.Note ?? "it has no serial number and is not the only one of its kind: named by its USB socket, so leave it there",
        };
    }

    /// <summary>Without udev there are no links: the console drivers also take the place on the bus.</summary>
    private static string WithoutId(string node, string? usb, Dictionary<string, string> byPath) =>
        byPath.GetValueOrDefault(node) ?? (usb is null ? node : $"usb:{Path.GetFileName(usb)}");

    /// <summary>The node that a console path of an inventory means on this machine; null where it leads nowhere.</summary>
    public static string? NodeOf(MachineFiles files, IReadOnlyList<FoundSerialPort> ports, string path)
    {
        if (!path.StartsWith("usb:", StringComparison.Ordinal))
        {
            return files.Resolve(path);
        }

        string wanted = path["usb:".Length..];
        return ports.FirstOrDefault(port => port.Usb is { } usb
            && (usb == wanted || wanted.StartsWith(usb + ":", StringComparison.Ordinal)
                || string.Equals(port.VendorProduct, wanted, StringComparison.OrdinalIgnoreCase)
                || string.Equals($"{port.VendorProduct}:{port.SerialNumber}", wanted, StringComparison.OrdinalIgnoreCase)))?.Node;
    }

    /// <summary>A PC shows ttyS0 to ttyS3 whether or not a UART is there; type 0 says there is none.</summary>
    private static bool IsPhantom(MachineFiles files, string entry) => files.Text(entry + "/type") is "0";

    private static Dictionary<string, string> Links(MachineFiles files, string folder)
    {
        Dictionary<string, string> links = [];
        foreach (string path in files.Names(folder).Select(name => $"{folder}/{name}"))
        {
            if (files.Resolve(path) is { } node)
            {
                links.TryAdd(node, path);
            }
        }

        return links;
    }

    private static IEnumerable<string> Upwards(string device)
    {
        for (string? folder = device; folder is not null && folder.StartsWith("/sys/devices/", StringComparison.Ordinal); folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }
    }
}
