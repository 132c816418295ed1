using LabRunner.Hardware.Drivers.Network.AccessPoint;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Tests.Host;

namespace LabRunner.Hardware.Tests.Network;

/// <summary>An access point whose programs are stood in for by scripts that write down how they were called.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal sealed class AccessPointRig : IDisposable
{
    public static readonly Station Plug = new("18:b9:05:00:00:01", "192.168.7.20");

    private readonly TemporaryFolder _folder = new();

    public AccessPointRig()
    {
        Script("hostapd_cli", "echo OK");
        Script("tc", "echo OK");
        Script("iw", "");
        Script("nft", $"if [ \"$1\" = list ]; then cat {File("nft.listed")} 2> /dev/null || true; else cat > {File("nft.in")}; fi");
    }

    /// <summary>The table as it was set last.</summary>
    public string Rules => System.IO.File.ReadAllText(File("nft.in"));

    /// <summary>What the kernel's tables are from now on, as nft prints them.</summary>
    public void Lists(string tables) => System.IO.File.WriteAllText(File("nft.listed"), tables);

    public string File(string name) => _folder.File(name);

    /// <summary>As on a machine where nobody installed it.</summary>
    public void Remove(string program) => System.IO.File.Delete(File(program));

    public LinuxAccessPoint Make() => new(
        new LinuxAccessPoint.Options
        {
            Interface = "wlan0", Channel = 6, TxPower = 20, Hosts = File("hosts"), Pid = File("pid"), State = File("state.json"),
            HostapdCli = File("hostapd_cli"), Iw = File("iw"), Nft = File("nft"), Tc = File("tc"),
        },
        new FakeContext());

    public void Script(string name, string body)
    {
        string path = File(name);
        System.IO.File.WriteAllText(path, $"#!/bin/sh\necho \"$*\" >> {path}.calls\n{body}\n");
        System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string[] Calls(string name) => System.IO.File.ReadAllLines(File(name) + ".calls");

    public void Dispose() => _folder.Dispose();
}
