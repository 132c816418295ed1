using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Tests.Drivers.Support.PowerRigs;

/// <summary>An agent behind net-snmp's programs: one INTEGER, 1 on and 2 off.</summary>
internal sealed class SnmpRig : ScriptRig
{
    private const string Outlet = "1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.3";

    public override IPowerSwitch Build()
    {
        const string check = "[ \"$1 $3 $4 $5 $6 $7 $8 $9 ${10}\" = \"-v2c private -r 0 -t 1.6 -Oqve 192.0.2.9 " + Outlet + "\" ] || { echo 'Timeout: No Response'; exit 1; }\n";
        const string answer = "\n[ $(cat $D/state) = on ] && echo 1 || echo 2";
        Script("snmpget", check + answer);
        Script("snmpset", check + "[ \"${11}\" = i ] || exit 2\nshift 11\n[ $1 = 1 ] && set_to on || set_to off" + answer);
        return new SnmpPower(new SnmpPowerOptions { Host = "192.0.2.9", Community = "private", Oid = Outlet, Folder = Folder, Limit = Limit }, Context);
    }
}

/// <summary>
/// A real agent, net-snmp's snmpd (Debian: snmpd and snmp), with one writable INTEGER behind its 'pass_persist' directive, spoken to by the driver's real
/// programs. Ignored where they are not installed.
/// </summary>
internal sealed class SnmpdRig : ScriptRig
{
    private const string Table = "1.3.6.1.4.1.318.1.1.12.3.3.1.1.4";

    // Each exchange starts a program, which a busy machine takes seconds for.
    private static readonly TimeSpan AgentLimit = TimeSpan.FromSeconds(8);
    private static readonly string[] Folders = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"];
    private Process? _agent;
    private string _address = "";

    public override async Task StartAsync()
    {
        await base.StartAsync();
        if (Folders.Select(folder => Path.Combine(folder, "snmpd")).FirstOrDefault(File.Exists) is not { } program || !Folders.Any(folder => File.Exists(Path.Combine(folder, "snmpset"))))
        {
            Assert.Ignore("net-snmp's agent or its programs are missing (Debian: apt-get install snmpd snmp)");
            return;
        }

        // The protocol of snmpd.conf(5), 'pass_persist'. With 'pass' the agent tells what it heard up to 30 s ago.
        string outlet = Script("outlet", $$"""
            N=.{{Table}}.3
            while read -r A; do
              case $A in
                PING) echo PONG; continue ;;
                "") exit 0 ;;
              esac
              read -r O
              [ "$A" != set ] || read -r V
              case "$A $O" in
                "get $N" | "getnext .{{Table}}") printf '%s\ninteger\n%s\n' $N $([ $(cat $D/state) = on ] && echo 1 || echo 2) ;;
                "set $N") case $V in "integer 1") set_to on; echo DONE ;; "integer 2") set_to off; echo DONE ;; *) echo wrong-value ;; esac ;;
                set*) echo not-writable ;;
                *) echo NONE ;;
              esac
            done
            """);
        string configuration = Path.Combine(Folder, "snmpd.conf");
        await File.WriteAllTextAsync(configuration, $"rwcommunity private 127.0.0.1\nrocommunity public 127.0.0.1\npass_persist .{Table} {outlet}\n");
        _address = FreeAddress();
        ProcessStartInfo start = new(program, ["-f", "-Ln", "-C", "-c", configuration, "-I", "-smux", "-p", Path.Combine(Folder, "pid"), "udp:" + _address])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["SNMP_PERSISTENT_DIR"] = Folder, ["MIBS"] = "" },
        };
        _agent = Process.Start(start)!;
        SnmpPower driver = With("private");
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await driver.ReadStateAsync(CancellationToken.None);
                return;
            }
            catch (Faults.BenchFaultException) when (attempt < 30 && !_agent.HasExited)
            {
                // It is not listening yet.
            }
        }
    }

    public override IPowerSwitch Build() => With("private");

    /// <summary>The driver with a community: private may write, public may read, others get no answer.</summary>
    public SnmpPower With(string community, SnmpVersion version = SnmpVersion.V2c) =>
        new(new SnmpPowerOptions { Host = _address, Community = community, Oid = Table + ".3", Version = version, Limit = AgentLimit }, Context);

    public override async Task VanishAsync()
    {
        if (_agent is { } agent)
        {
            _agent = null;
            agent.Kill();
            await agent.WaitForExitAsync();
            agent.Dispose();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await VanishAsync();
        await base.DisposeAsync();
    }

    private static string FreeAddress()
    {
        using Socket free = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)free.LocalEndPoint!).Port}");
    }
}
