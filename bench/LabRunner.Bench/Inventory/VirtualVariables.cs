namespace LabRunner.Bench.Inventory;

/// <summary>Names of the variables that a virtual bench fills in when its plugs are up.</summary>
public static class VirtualVariables
{
    /// <summary>host:port of the broker.</summary>
    public const string Mqtt = "virtual.mqtt";

    /// <summary>Path of the harness socket.</summary>
    public const string Harness = "virtual.harness";

    /// <summary>Path of OTA image A.</summary>
    public const string ImageA = "virtual.imageA";

    /// <summary>Version of OTA image A.</summary>
    public const string VersionA = "virtual.versionA";

    /// <summary>Path of OTA image B.</summary>
    public const string ImageB = "virtual.imageB";

    /// <summary>Version of OTA image B.</summary>
    public const string VersionB = "virtual.versionB";

    /// <summary>Path of a program for RAM that a virtual boot ROM takes for the vendor's flash loader.</summary>
    public const string Loader = "virtual.loader";

    /// <summary>Path of the access point's log, as hostapd writes it.</summary>
    public const string Hostapd = "virtual.hostapd";

    /// <summary>Path of the address server's log, as dnsmasq writes it.</summary>
    public const string Dnsmasq = "virtual.dnsmasq";

    /// <summary>host:port of a plug's HTTP server.</summary>
    public static string Http(string slot) => $"virtual.{slot}.http";

    /// <summary>Path of a plug's UART.</summary>
    public static string Tty(string slot) => $"virtual.{slot}.tty";

    /// <summary>host:port of a plug's UDP echo.</summary>
    public static string Echo(string slot) => $"virtual.{slot}.echo";

    /// <summary>Path of a plug's housing temperature.</summary>
    public static string Temperature(string slot) => $"virtual.{slot}.temperature";

    /// <summary>All names of a bench with these plugs.</summary>
    public static IReadOnlyList<string> Names(IEnumerable<string> slots) =>
        [Mqtt, Harness, ImageA, VersionA, ImageB, VersionB, .. slots.SelectMany(s => new[] { Http(s), Tty(s), Echo(s), Temperature(s) }), Loader, Hostapd, Dnsmasq];
}
