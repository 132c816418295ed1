using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>Hardware watchdog, 3,000 ms (hal_generic_bl602.c): once armed it resets the chip without a word unless fed.</summary>
internal sealed class Watchdog(VirtualPlug plug, BootScope hardware)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(3000);

    private IDisposable? _bite;
    private bool _armed;

    public void Arm()
    {
        _armed = true;
        Feed();
    }

    public void Feed()
    {
        _bite?.Dispose();
        _bite = _armed ? hardware.After(Limit, plug.ResetChip) : null;
    }

    /// <summary>F02: whatever hung has taken the watchdog with it.</summary>
    public void Disable()
    {
        _armed = false;
        _bite?.Dispose();
    }
}
