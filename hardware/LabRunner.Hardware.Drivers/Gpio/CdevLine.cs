using System.Device.Gpio;
using LabRunner.Hardware.Lines;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>
/// One open line of a <see cref="CdevGpioDriver"/>: its request to the kernel and who watches it. Guarded by the driver's lock, except
/// <see cref="Deliver"/>, which the edge thread alone calls.
/// </summary>
internal sealed class CdevLine(int number, PinMode mode, LineSettings settings)
{
    private uint _lastSequence;

    public int Number => number;

    public LineSettings Settings => settings;

    /// <summary>The line's descriptor; below 0 until it is requested.</summary>
    public int Descriptor { get; set; } = -1;

    public PinMode Mode { get; set; } = mode;

    /// <summary>Replaced as a whole, so that the thread may read it without the lock.</summary>
    public CdevWatcher[] Watchers { get; set; } = [];

    /// <summary>What the kernel is asked for in a mode.</summary>
    public GpioUapi.LineFlags Flags(PinMode wanted) =>
        wanted switch
        {
            PinMode.Output => GpioUapi.LineFlags.Output | settings.Drive switch
            {
                LineDrive.OpenDrain => GpioUapi.LineFlags.OpenDrain,
                LineDrive.OpenSource => GpioUapi.LineFlags.OpenSource,
                _ => GpioUapi.LineFlags.None,
            } | Bias(settings.Bias),
            PinMode.InputPullUp => GpioUapi.LineFlags.Input | GpioUapi.LineFlags.PullUp,
            PinMode.InputPullDown => GpioUapi.LineFlags.Input | GpioUapi.LineFlags.PullDown,
            _ => GpioUapi.LineFlags.Input | Bias(settings.Bias),
        } | (Watchers.Length > 0 ? GpioUapi.LineFlags.RisingEdge | GpioUapi.LineFlags.FallingEdge : GpioUapi.LineFlags.None);

    /// <summary>Debounce time in a mode: outputs have none.</summary>
    public TimeSpan Debounce(PinMode wanted) => wanted == PinMode.Output ? TimeSpan.Zero : settings.Debounce;

    /// <summary>
    /// Tells the watchers what the kernel had buffered. The kernel numbers the edges of a line from 1 and, when the buffer is full, throws the
    /// oldest away: a jump of the number is that many lost edges (drivers/gpio/gpiolib-cdev.c, linereq_put_event).
    /// </summary>
    public void Deliver(ReadOnlySpan<byte> events)
    {
        for (; events.Length >= GpioUapi.EventSize; events = events[GpioUapi.EventSize..])
        {
            LineEdge edge = GpioUapi.ReadEvent(events);
            edge = edge with { Lost = unchecked(edge.Sequence - _lastSequence - 1) };
            _lastSequence = edge.Sequence;
            foreach (CdevWatcher watcher in Watchers)
            {
                // An edge that was still buffered when an earlier watcher went is not this one's.
                if (edge.MonotonicNanoseconds >= watcher.SinceMonotonicNanoseconds)
                {
                    watcher.Edge(edge);
                }
            }
        }
    }

    private static GpioUapi.LineFlags Bias(LineBias bias) => bias switch
    {
        LineBias.Up => GpioUapi.LineFlags.PullUp,
        LineBias.Down => GpioUapi.LineFlags.PullDown,
        LineBias.Off => GpioUapi.LineFlags.BiasOff,
        _ => GpioUapi.LineFlags.None,
    };
}

/// <summary>Who is told the edges of a line.</summary>
/// <param name="Edge">Called with each.</param>
/// <param name="SinceMonotonicNanoseconds">CLOCK_MONOTONIC of the first moment that counts.</param>
internal sealed record CdevWatcher(Action<LineEdge> Edge, long SinceMonotonicNanoseconds);
