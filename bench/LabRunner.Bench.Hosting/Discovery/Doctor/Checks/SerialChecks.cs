using LabRunner.Bench.Hosting.Discovery.Survey;

namespace LabRunner.Bench.Hosting.Discovery.Doctor.Checks;

/// <summary>Serial ports, the right to them, and who else speaks on them.</summary>
internal sealed class SerialCheck : IDoctorCheck
{
    public int Order => 24;

    public string Name => "serial";

    public Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        IReadOnlyList<FoundSerialPort> ports = SerialSurvey.Read(visit.Files);
        Dictionary<string, string> slots = [];
        List<Finding> findings = [];
        foreach ((string slot, string path) in visit.Needs.Consoles)
        {
            if (SerialSurvey.NodeOf(visit.Files, ports, path) is { } node)
            {
                slots.TryAdd(node, slot);
                if (path == node && ports.FirstOrDefault(port => port.Node == node) is { Usb: not null } port && port.Path != node)
                {
                    findings.Add(new(
                        Name, CheckState.Warn, $"slot {slot} names {path}, which may be another adapter after the next start", $"name {port.Path} in the inventory"));
                }
            }
            else
            {
                string there = string.Join(", ", ports.Select(port => port.Path));
                findings.Add(new(
                    Name, CheckState.Wrong, $"slot {slot} needs {path}, which is not there",
                    there.Length == 0 ? "plug the adapter in, and look at 'sudo dmesg'" : $"plug the adapter in, or name one of {there} in the inventory"));
            }
        }

        Dictionary<string, string> holders = Holders(visit.Files);
        foreach (FoundSerialPort port in ports.Where(port => port.Usb is not null || port.KernelConsole || slots.ContainsKey(port.Node)))
        {
            findings.Add(Judge(visit, port, slots.GetValueOrDefault(port.Node), holders.GetValueOrDefault(port.Node)));
        }

        if (findings.Count == 0)
        {
            findings.Add(new(Name, CheckState.NotApplicable, "no serial adapter is plugged in"));
        }

        return Task.FromResult<IReadOnlyList<Finding>>(findings);
    }

    /// <summary>Processes that hold a tty open, by node: one's own processes, and as root all of them.</summary>
    private static Dictionary<string, string> Holders(MachineFiles files)
    {
        Dictionary<string, string> holders = [];
        string self = (files.Text("/proc/self/stat") ?? "").Split(' ')[0];
        foreach ((string id, string name, _) in SerialSurvey.Processes(files).Where(process => process.Id != self))
        {
            foreach (string descriptor in files.Names($"/proc/{id}/fd"))
            {
                if (files.Target($"/proc/{id}/fd/{descriptor}") is { } node && node.StartsWith("/dev/tty", StringComparison.Ordinal))
                {
                    holders.TryAdd(node, $"{name} (process {id})");
                }
            }
        }

        return holders;
    }

    private Finding Judge(DoctorVisit visit, FoundSerialPort port, string? slot, string? holder)
    {
        CheckState bad = slot is null ? port.Usb is null ? CheckState.NotApplicable : CheckState.Warn : CheckState.Wrong;
        string what = $"{port.Path}{(port.Path == port.Node ? "" : $" ({port.Node})")}{(slot is null ? "" : $", slot {slot}")}";
        string config = visit.Files.Exists("/boot/firmware/cmdline.txt") ? "/boot/firmware/cmdline.txt" : "/boot/cmdline.txt";
        return port.KernelConsole && bad == CheckState.NotApplicable && !visit.RaspberryPi ? new(Name, bad, $"{what} is this machine's console")
            : port.KernelConsole ? new(
                Name, bad, $"{what}: the kernel's console or a login prompt speaks on it",
                visit.RaspberryPi
                    ? $"sudo raspi-config nonint do_serial_cons 1 (it takes 'console=serial0,115200' out of {config}), then sudo reboot"
                    : $"sudo systemctl disable --now serial-getty@{Path.GetFileName(port.Node)}, and take console={Path.GetFileName(port.Node)} off the kernel's command line")
            : holder is not null ? new(Name, bad, $"{what}: {holder} holds it", "end that program; if it is a night, let it finish")
            : visit.Machine.Owner(port.Node) is { } owner && !visit.User.MayUse(owner) ? new(Name, bad, $"{what}: this user may not open it", visit.User.Remedy(port.Node, owner))
            : port.Note is { } note ? new(Name, CheckState.Warn, $"{what}: {note}", "give adapters with serial numbers a try, or never move this one to another socket")
            : new(Name, CheckState.Ok, what);
    }
}

/// <summary>Services that open serial adapters by themselves, and with that reset or disturb what is behind them.</summary>
internal sealed class PortThievesCheck : IDoctorCheck
{
    private static readonly (string Process, string Remedy)[] Thieves =
    [
        ("ModemManager", "sudo systemctl disable --now ModemManager"),
        ("brltty", "sudo systemctl disable --now brltty brltty-udev"),
        ("gpsd", "sudo systemctl disable --now gpsd.socket gpsd"),
    ];

    public int Order => 30;

    public string Name => "port-users";

    public Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        HashSet<string> running = [.. SerialSurvey.Processes(visit.Files).Select(process => process.Name)];
        Finding[] findings = [.. Thieves.Where(thief => running.Contains(thief.Process)).Select(thief => new Finding(
            Name, CheckState.Warn, $"{thief.Process} runs: it opens serial adapters when they are plugged in and writes to them", thief.Remedy))];
        return Task.FromResult<IReadOnlyList<Finding>>(findings.Length > 0 ? findings : [new(Name, CheckState.Ok, "no program that opens serial adapters by itself runs")]);
    }
}
