using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Each discovery request that the SSDP driver answers can stall the main loop; the watchdog resets it.</summary>
[PlantedFault("F21", Layer = FaultLayer.Air, Shows = "hangs at a rate that grows with multicast discovery, only with SSDP on")]
[FaultParameter("perRequest", "Chance of a stall by one request, 0 to 1. Default 0.001.")]
internal sealed class F21(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly double _perRequest = parameters.Number("perRequest", 0.001, 0, 1);

    public override void OnEverySecond(PlugFirmware firmware)
    {
        double requests = firmware.Loop.Discovery && firmware.Plug.Reachable ? firmware.Plug.Air.DiscoveryPerSecond : 0;
        if (requests > 0 && Chance.NextUnit() < 1 - Math.Pow(1 - _perRequest, requests))
        {
            firmware.Loop.Stall();
        }
    }
}
