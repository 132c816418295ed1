using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The mains flicker: cuts shorter than a good boot. That the fifth leaves safe mode is the firmware's own rule.</summary>
[PlantedFault("F08", Layer = FaultLayer.Supply, Shows = "[SAFE] after a flicker of the mains that the bench did not command")]
[FaultParameter("at", "Run time after the first switching on at which the flicker begins: a duration or a range. Default 200s..280s.")]
[FaultParameter("cuts", "Number of cuts, 1 to 20. Default 5.")]
[FaultParameter("on", "Mains back between two cuts. Default 3s.")]
[FaultParameter("off", "Mains away. Default 1s.")]
internal sealed class F08(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly int _cuts = (int)parameters.Number("cuts", 5, 1, 20);
    private readonly TimeSpan _at = parameters.Duration("at", "200s..280s", chance);
    private readonly TimeSpan _on = parameters.Duration("on", "3s", chance);
    private readonly TimeSpan _off = parameters.Duration("off", "1s", chance);
    private bool _planned;

    public override void OnPowerSwitched(VirtualPlug plug, bool on)
    {
        if (on && !_planned)
        {
            _planned = true;
            plug.Engine.Schedule(plug.Engine.Now + _at, () => Cut(plug, _cuts));
        }
    }

    private void Cut(VirtualPlug plug, int left)
    {
        if (left == 0)
        {
            return;
        }

        plug.Supply.MainsPresent = false;
        plug.SupplyChanged();
        plug.Engine.Schedule(plug.Engine.Now + _off, () =>
        {
            plug.Supply.MainsPresent = true;
            plug.SupplyChanged();
            plug.Engine.Schedule(plug.Engine.Now + _on, () => Cut(plug, left - 1));
        });
    }
}
