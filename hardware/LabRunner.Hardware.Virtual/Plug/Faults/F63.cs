using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The polled state of the index page is not made anew from an uptime on: it shows what was.</summary>
[PlantedFault("F63", Shows = "the polled part of the index page shows an old state")]
[FaultParameter("uptime", "Uptime from which it is stale: a duration or a range drawn at each boot. Default 200s..280s.")]
internal sealed class F63(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private bool _stale;
    private HttpReply? _kept;

    public override void OnAppStarted(PlugFirmware firmware)
    {
        _stale = false;
        _kept = null;
        firmware.AtUptime(Parameters.Duration("uptime", "200s..280s", Chance), () => _stale = true);
    }

    public override HttpReply Reply(PlugFirmware firmware, HttpRequest request, HttpReply reply) =>
        _stale && request.Path == "/index" && request.Query("state") is not null ? _kept ??= reply : reply;
}
