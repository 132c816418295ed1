using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The lease takes the firmware down: the watchdog resets it when the address is renewed (half the lease) or would end.</summary>
[PlantedFault("F24", Layer = FaultLayer.Air, Shows = "reboots in step with the DHCP lease")]
[FaultParameter("at", "half or end of the lease. Default half.")]
internal sealed class F24(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly bool _half = parameters.Word("at", "half", "end") == "half";
    private IDisposable? _stall;

    public override void OnLease(PlugFirmware firmware, TimeSpan lease)
    {
        // At half the lease the renewal itself is the moment; a renewal does not put the end off.
        if (_half || _stall is null)
        {
            _stall = firmware.Scope.After(_half ? lease / 2 : lease, firmware.Loop.Stall);
        }
    }

    public override void OnAppStarted(PlugFirmware firmware) => _stall = null;
}
