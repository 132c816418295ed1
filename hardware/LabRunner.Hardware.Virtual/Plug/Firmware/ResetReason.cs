namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>
/// The word a BL602 keeps in RAM across resets (SDK bl_sys.c): every boot presets it to watchdog, only an orderly reboot rewrites it to
/// software, and lost RAM reads as power off. So a crash, a hang, the reset pin and a short power cut all read as watchdog.
/// </summary>
internal enum ResetWord
{
    Lost,
    Watchdog,
    Software,
}

/// <summary>What the running firmware made of the word at its boot.</summary>
internal enum ResetReason
{
    PowerOff,
    SoftwareWatchdog,
    Software,
}

/// <summary>Names as the device prints them.</summary>
internal static class ResetReasons
{
    public static ResetReason From(ResetWord word) => word switch
    {
        ResetWord.Watchdog => ResetReason.SoftwareWatchdog,
        ResetWord.Software => ResetReason.Software,
        _ => ResetReason.PowerOff,
    };

    public static string Name(ResetReason reason) => reason switch
    {
        ResetReason.SoftwareWatchdog => "BL_RST_SOFTWARE_WATCHDOG",
        ResetReason.Software => "BL_RST_SOFTWARE",
        _ => "BL_RST_POWER_OFF",
    };
}
