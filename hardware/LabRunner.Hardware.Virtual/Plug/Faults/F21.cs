using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Each discovery request or announcement that the SSDP driver takes, or question that the mDNS driver answers, can stall the main loop; the watchdog resets it.</summary>
[PlantedFault("F21", Layer = FaultLayer.Air, Shows = "hangs at a rate that grows with multicast discovery, only with the driver on that takes it")]
[FaultParameter("by", "ssdp (M-SEARCH), notify (NOTIFY) or mdns. Default ssdp.")]
[FaultParameter("perRequest", "Chance of a stall by one request, 0 to 1. Default 0.001.")]
internal sealed class F21(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly double _perRequest = parameters.Number("perRequest", 0.001, 0, 1);

    private readonly string _by = parameters.Word("by", "ssdp", "notify", "mdns");

    public override void OnEverySecond(PlugFirmware firmware)
    {
        bool takes = firmware.Plug.Reachable && (_by == "mdns" ? firmware.Loop.ServiceDiscovery : firmware.Loop.Discovery);
        double requests = !takes ? 0 : _by switch
        {
            "mdns" => firmware.Plug.Air.ServiceDiscoveryPerSecond,
            "notify" => firmware.Plug.Air.AnnouncementsPerSecond,
            _ => firmware.Plug.Air.DiscoveryPerSecond,
        };
        if (requests > 0 && Chance.NextUnit() < 1 - Math.Pow(1 - _perRequest, requests))
        {
            firmware.Loop.Stall();
        }
    }
}
