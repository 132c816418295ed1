using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The 3.3 V rail dips: deep dips reset the chip at once (no dump, no three seconds of silence), shallow ones only the meter chip, which does not come back.</summary>
[PlantedFault("F53", Layer = FaultLayer.Supply, Shows = "a dip of the rail: a reset without a cause, or a meter that stops")]
[FaultParameter("every", "Time between two dips: a duration or a range drawn each time, or bench: only the bench makes dips. Default 200s..280s.")]
[FaultParameter("volts", "Rail in the dip, V, 0 to 3.3: the chip resets below 2.4, the meter chip below 2.7. Default 2.2.")]
[FaultParameter("lasts", "Length of a dip. Default 100ms.")]
internal sealed class F53(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly double _volts = parameters.Number("volts", 2.2, 0, 3.3);
    private readonly TimeSpan _lasts = parameters.Duration("lasts", "100ms", chance);
    private readonly bool _byBench = parameters.Text("every") == "bench";
    private bool _planned;

    public override void OnPowerSwitched(VirtualPlug plug, bool on)
    {
        if (on && !_planned && !_byBench)
        {
            _planned = true;
            Plan(plug);
        }
    }

    public override void OnMeterChipLost(VirtualPlug plug) => plug.HangMeterChip();

    private void Plan(VirtualPlug plug) => plug.Engine.Schedule(
        plug.Engine.Now + Parameters.Duration("every", "200s..280s", Chance),
        () =>
        {
            if (plug.Supply.Live)
            {
                plug.DipRail(_volts, _lasts);
            }

            Plan(plug);
        });
}
