using System.Globalization;
using LabRunner.Hardware.Virtual.Air;

namespace LabRunner.Hardware.Virtual.Plug.Board;

/// <summary>The plug as its access point knows it: the same station over all boots.</summary>
internal sealed class Station(VirtualPlug plug) : IStation
{
    public string Mac { get; } = string.Join(':', plug.Flash.Mac.Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));

    public string UsualAddress { get; } = "192.168.7." + (20 + (plug.Flash.Mac[5] % 200)).ToString(CultureInfo.InvariantCulture);

    public string HostName => plug.Flash.Saved.ShortName;

    public bool TakesGroupKey() => plug.RunningFirmware?.Wifi.TakesGroupKey() != false;

    public void LinkLost(LinkLoss loss) => plug.RunningFirmware?.Wifi.LinkLost(loss);
}
