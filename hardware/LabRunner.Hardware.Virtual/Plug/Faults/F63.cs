using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The polled state of the index page is not made anew from an uptime on: it shows what was. Or it forgets the relay at a reset.</summary>
[PlantedFault("F63", Shows = "the polled part of the index page shows an old state")]
[FaultParameter("mode", "stale: from an uptime on; reset: after each reset that is no power cut it shows every relay as off. Default stale.")]
[FaultParameter("uptime", "Uptime from which it is stale: a duration or a range drawn at each boot. Default 200s..280s.")]
internal sealed class F63(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly bool _forgets = parameters.Word("mode", "stale", "reset") == "reset";
    private bool _stale;
    private HttpReply? _kept;

    public override void OnAppStarted(PlugFirmware firmware)
    {
        _stale = false;
        _kept = null;
        if (_forgets)
        {
            _stale = firmware.ResetReason != ResetReason.PowerOff;
            return;
        }

        firmware.AtUptime(Parameters.Duration("uptime", "200s..280s", Chance), () => _stale = true);
    }

    public override HttpReply Reply(PlugFirmware firmware, HttpRequest request, HttpReply reply) =>
        !_stale || request.Path != "/index" || request.Query("state") is null ? reply
        : _forgets ? reply with { Body = reply.Body.Replace("<td class='on'>ON</td>", "<td class='off'>OFF</td>", StringComparison.Ordinal) }
        : _kept ??= reply;
}
