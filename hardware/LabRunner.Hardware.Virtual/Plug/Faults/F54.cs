using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The plug's own supply fails: the rail falls and stays low, whatever the firmware is; switching does not help.</summary>
[PlantedFault("F54", Layer = FaultLayer.Supply, Shows = "dead, with the rail far below 3.3 V")]
[FaultParameter("at", "Run time after the first switching on: a duration or a range. Default 200s..280s.")]
[FaultParameter("volts", "Rail from then on, V, 0 to 3.2. Default 1.8.")]
[FaultParameter("lasts", "Time until the supply is well again: a duration or a range. Default: for ever.")]
internal sealed class F54(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly TimeSpan _at = parameters.Duration("at", "200s..280s", chance);
    private readonly double _volts = parameters.Number("volts", 1.8, 0, 3.2);
    private bool _planned;

    public override void OnPowerSwitched(VirtualPlug plug, bool on)
    {
        if (!on || _planned)
        {
            return;
        }

        _planned = true;
        plug.Engine.Schedule(plug.Engine.Now + _at, () =>
        {
            plug.Supply.Sag = _volts;
            plug.SupplyChanged();
            if (Parameters.Text("lasts") is not null)
            {
                plug.Engine.Schedule(plug.Engine.Now + Parameters.Duration("lasts", "1h", Chance), () =>
                {
                    plug.Supply.Sag = null;
                    plug.SupplyChanged();
                });
            }
        });
    }
}
