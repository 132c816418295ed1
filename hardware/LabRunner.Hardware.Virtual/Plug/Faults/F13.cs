using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Replies above a size stall after their first segment: their thread waits until the client gives up.</summary>
[PlantedFault("F13", Shows = "small pages answer, large pages stall after their first segment")]
[FaultParameter("uptime", "Uptime from which it happens: a duration or a range drawn at each boot. Default 200s..280s.")]
[FaultParameter("bytes", "Largest reply that still arrives, 100 to 100000. Default 1400.")]
[FaultParameter("probability", "Share of the large replies that stall, 0 to 1. Default 1.")]
internal sealed class F13(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly int _bytes = (int)parameters.Number("bytes", 1400, 100, 100_000);
    private readonly double _probability = parameters.Number("probability", 1, 0, 1);
    private bool _active;

    public override void OnAppStarted(PlugFirmware firmware)
    {
        _active = false;
        firmware.AtUptime(Parameters.Duration("uptime", "200s..280s", Chance), () => _active = true);
    }

    public override int? ReplyStallsAfter(PlugFirmware firmware, int length) =>
        _active && length > _bytes && Chance.NextUnit() < _probability ? Math.Min(_bytes, 1460) : null;
}
