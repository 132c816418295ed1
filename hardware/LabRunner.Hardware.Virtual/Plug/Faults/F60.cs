using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A policy: without its broker, its access point or any client for so long, the firmware reboots itself in good order.</summary>
[PlantedFault("F60", Shows = "orderly reboots every 15 min while something is missing")]
[FaultParameter("without", "broker, wifi or client. Default broker.")]
[FaultParameter("after", "How long. Default 15m.")]
internal sealed class F60(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly string _without = parameters.Word("without", "broker", "wifi", "client");
    private readonly TimeSpan _after = parameters.Duration("after", "15m", chance);
    private TimeSpan _seen;

    public override void OnAppStarted(PlugFirmware firmware) => _seen = firmware.Scope.Now;

    public override void OnRequest(PlugFirmware firmware, HttpRequest request)
    {
        if (_without == "client")
        {
            _seen = firmware.Scope.Now;
        }
    }

    public override void OnEverySecond(PlugFirmware firmware)
    {
        if ((_without == "broker" && firmware.Mqtt.IsConnected) || (_without == "wifi" && firmware.Wifi.Connected))
        {
            _seen = firmware.Scope.Now;
        }

        if (firmware.Scope.Now - _seen >= _after && firmware.Loop.ResetIn == 0)
        {
            firmware.Loop.ResetIn = 1;
        }
    }
}
