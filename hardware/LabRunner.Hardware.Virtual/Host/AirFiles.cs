using LabRunner.Hardware.Virtual.Air;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>The logs of the air as files, line by line as they happen: what observer A follows. Belongs to the engine's thread.</summary>
internal sealed class AirFiles : IDisposable
{
    private readonly VirtualAir _air;
    private readonly StreamWriter _hostapd;
    private readonly StreamWriter _dnsmasq;

    /// <exception cref="IOException">A file cannot be made.</exception>
    public AirFiles(string directory, VirtualAir air)
    {
        Hostapd = Path.Combine(directory, "hostapd.log");
        Dnsmasq = Path.Combine(directory, "dnsmasq.log");
        _hostapd = Create(Hostapd);
        _dnsmasq = Create(Dnsmasq);
        _air = air;
        air.Told += Write;
    }

    public string Hostapd { get; }

    public string Dnsmasq { get; }

    public void Dispose()
    {
        _air.Told -= Write;
        _hostapd.Dispose();
        _dnsmasq.Dispose();
    }

    private static StreamWriter Create(string path) =>
        new(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true, NewLine = "\n" };

    private void Write(AirLine line) => (line.Log == AirLog.AccessPoint ? _hostapd : _dnsmasq).WriteLine(line.Text);
}
