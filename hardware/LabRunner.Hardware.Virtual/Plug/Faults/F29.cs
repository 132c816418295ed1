using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The tick counter starts near its end, as a build with a preset does: uptime wraps, and the energy step of that second is counted the wrong way round.</summary>
[PlantedFault("F29", Shows = "uptime falls to zero without a boot; energy jumps")]
[FaultParameter("before", "Time before the wrap at which each boot starts. Default 60s.")]
[FaultParameter("wrap", "days49: 32 bits of milliseconds; energy: the same with a wrong energy step. Default energy.")]
internal sealed class F29(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private static readonly TimeSpan Span = TimeSpan.FromMilliseconds((double)uint.MaxValue + 1);

    private readonly TimeSpan _before = parameters.Duration("before", "60s", chance);
    private readonly bool _energy = parameters.Word("wrap", "energy", "days49") == "energy";
    private TimeSpan _last;

    public override TimeSpan TickOffset => Span - _before;

    public override double Elapsed(PlugFirmware firmware, double seconds)
    {
        TimeSpan ticks = firmware.Ticks;
        bool wrapped = ticks < _last;
        _last = ticks;
        return wrapped && _energy ? seconds - Span.TotalSeconds : seconds;
    }

    public override void OnAppStarted(PlugFirmware firmware) => _last = TimeSpan.Zero;
}
