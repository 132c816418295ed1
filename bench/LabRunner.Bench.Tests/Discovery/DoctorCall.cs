using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Discovery.Doctor;
using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Tests.Discovery;

/// <summary>Calls the doctor to a machine, and the benches that machines are judged for.</summary>
internal static class DoctorCall
{
    private const string Runs = "/home/pi/runs";

    public const string Pi4Bench =
        """
        bench: lab4
        mqtt: { broker: "192.168.4.1:1883" }
        resources:
          pi: { kind: gpio, driver: cdev, label: pinctrl-bcm2711 }
          pulses: { kind: pwm, driver: sysfs, chip: fe20c000.pwm }
          rail: { kind: i2c, driver: linux, bus: 1 }
        slots:
          s1:
            board: sm-028-v1.3-b17
            isolated: true
            power: { driver: gpio, chip: pi, line: 17 }
            console: { driver: tty, path: "/dev/serial/by-path/platform-usb-0:1-1.3:1.0-port0" }
            ping: { driver: icmp }
            http: "192.168.4.21:80"
        """;

    public const string FlasherBench =
        """
        bench: esp
        resources:
          pi: { kind: gpio, driver: cdev, label: pinctrl-bcm2711 }
        slots:
          s1:
            board: gosund-sp111
            isolated: true
            power: { driver: gpio, chip: pi, line: 17 }
            bootStrap: { driver: gpio, chip: pi, line: 22 }
          s2:
            board: gosund-sp111
            isolated: true
            power: { driver: gpio, chip: pi, line: 18 }
            bootStrap: { driver: gpio, chip: pi, line: 23 }
        """;

    /// <summary>Every finding.</summary>
    public static Task<IReadOnlyList<Finding>> VisitAsync(FakeMachine machine, BenchNeeds needs) => MachineDoctor.VisitAsync(machine, needs, Runs, CancellationToken.None);

    /// <summary>What an inventory needs.</summary>
    public static BenchNeeds Needs(string yaml) => BenchNeeds.Of(InventoryLoader.LoadText("lab4.yaml", yaml, new DriverCatalogue(), null, BenchFolders.Find().Boards));

    /// <summary>The one finding of a check.</summary>
    public static Finding Of(IReadOnlyList<Finding> findings, string check) => findings.Single(finding => finding.Check == check);
}
