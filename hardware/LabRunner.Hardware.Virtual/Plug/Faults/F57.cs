using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Opening one page stalls the main loop; the watchdog resets. Or the page itself is broken: its script fails, or it is far too long.</summary>
[PlantedFault("F57", Shows = "watchdog reboot after one page was opened, or a page with a broken script or far too long")]
[FaultParameter("page", "Path of the page. Default /cfg_generic.")]
[FaultParameter("does", "reset; script: the page calls what is not there; heavy: it carries 100 kB more. Default reset.")]
internal sealed class F57(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private const int Weight = 100_000;

    private readonly string _does = parameters.Word("does", "reset", "script", "heavy");
    private readonly string _page = parameters.Text("page") ?? "/cfg_generic";

    public override void OnRequest(PlugFirmware firmware, HttpRequest request)
    {
        if (request.Path == _page && _does == "reset")
        {
            firmware.Loop.Stall();
        }
    }

    public override HttpReply Reply(PlugFirmware firmware, HttpRequest request, HttpReply reply) => request.Path != _page ? reply : _does switch
    {
        "script" => reply with { Body = reply.Body + "<script>notOnThisPage();</script>" },
        "heavy" => reply with { Body = reply.Body + "<!--" + new string('.', Weight) + "-->" },
        _ => reply,
    };
}
