using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Two conditions: a boot that is old enough, and traffic. Then the stack freezes for good.</summary>
[PlantedFault("F61", Shows = "harmless when fresh, frozen by the same traffic when old")]
[FaultParameter("age", "Uptime from which traffic is deadly: a duration or a range drawn at each boot. Default 2h..3h.")]
[FaultParameter("requests", "Requests within one second that are traffic, 1 to 50. Default 4.")]
internal sealed class F61(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly int _requests = (int)parameters.Number("requests", 4, 1, 50);
    private TimeSpan _old;
    private int _thisSecond;

    public override void OnAppStarted(PlugFirmware firmware) => _old = Parameters.Duration("age", "2h..3h", Chance);

    public override void OnRequest(PlugFirmware firmware, HttpRequest request)
    {
        if (++_thisSecond >= _requests && firmware.Scope.Now - firmware.Scope.Started >= _old)
        {
            firmware.Wifi.Freeze();
        }
    }

    public override void OnEverySecond(PlugFirmware firmware) => _thisSecond = 0;
}
