using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>
/// The lease takes the firmware down: the watchdog resets it when the address is renewed (half the lease) or would end. Or its stack never asks for
/// an address again once it lost one, or never leaves the one it has.
/// </summary>
[PlantedFault("F24", Layer = FaultLayer.Air, Shows = "reboots in step with the DHCP lease, no address after a lease that ended badly, or the old one for ever")]
[FaultParameter("at", "half or end of the lease: a reset; lost: no reset, but no address any more when one was refused or its lease ended; kept: no reset, and the old address then. Default half.")]
internal sealed class F24(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly string _at = parameters.Word("at", "half", "end", "lost", "kept");
    private IDisposable? _stall;

    public override bool AsksForAddressAgain => _at != "lost";

    public override bool KeepsAddress => _at == "kept";

    public override void OnLease(PlugFirmware firmware, TimeSpan lease)
    {
        if (_at is "lost" or "kept")
        {
            return;
        }

        bool half = _at == "half";

        // At half the lease the renewal itself is the moment; a renewal does not put the end off.
        if (half || _stall is null)
        {
            _stall = firmware.Scope.After(half ? lease / 2 : lease, firmware.Loop.Stall);
        }
    }

    public override void OnAppStarted(PlugFirmware firmware) => _stall = null;
}
