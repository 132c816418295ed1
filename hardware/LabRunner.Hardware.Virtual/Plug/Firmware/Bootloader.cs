using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Faults;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>What runs from flash first (boot2 on a BL602): unpacks a pending OTA image, then hands over to the firmware. A cut while unpacking starts it again.</summary>
internal sealed class Bootloader(VirtualPlug plug, BootScope scope)
{
    /// <summary>Time boot2 takes to unpack about 300 kB (estimated).</summary>
    internal static TimeSpan UnpackTime { get; } = TimeSpan.FromMilliseconds(1500);

    public void Run()
    {
        if (!plug.Flash.UpdateWaits)
        {
            HandOver();
            return;
        }

        plug.Unpacking = true;
        scope.After(UnpackTime, () =>
        {
            plug.Unpacking = false;
            plug.Flash.Unpacked();
            if (plug.Faults.OfType<OtaFault>().Any(f => f.LosesSettings))
            {
                plug.Flash.LoseSettings();
            }

            HandOver();
        });
    }

    private void HandOver()
    {
        // A body that is not code of this board dies before it prints anything: nothing runs, and no watchdog is armed yet.
        if (plug.Flash.Version is not { } version)
        {
            return;
        }

        plug.Flash.ReadSettings();
        ResetReason reason = ResetReasons.From(plug.RetainedWord);
        plug.RetainedWord = ResetWord.Watchdog;
        plug.RunFirmware(scope, version, reason);
    }
}
