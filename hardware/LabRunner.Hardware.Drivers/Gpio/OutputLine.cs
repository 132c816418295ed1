using System.Device.Gpio;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>
/// One output of a bench chip with its polarity. Opened inactive, level and direction in one step, so that nothing clicks. Thread safe as far
/// as its chip is.
/// </summary>
internal sealed class OutputLine : IDisposable
{
    private readonly IDriverContext _context;
    private readonly GpioController _controller;
    private readonly string _chip;
    private readonly int _line;
    private readonly bool _activeLow;
    private bool _closed;

    /// <exception cref="BenchFaultException">No such chip, or the line cannot be had.</exception>
    public OutputLine(IDriverContext context, string chip, int line, bool activeLow)
    {
        (_context, _chip, _line, _activeLow) = (context, chip, line, activeLow);
        _controller = context.Resource<GpioController>(chip);
        LineFault.Guard(context, chip, line, "opened as output", () => LineFault.Free(_controller, line).OpenPin(line, PinMode.Output, Level(false)));
    }

    /// <summary>Writes without checking.</summary>
    public void Write(bool active) =>
        LineFault.Guard(_context, _chip, _line, "written", () =>
        {
            _controller.Write(_line, Level(active));
            return true;
        });

    /// <summary>Level on the line, read from the chip.</summary>
    public bool Read() => LineFault.Guard(_context, _chip, _line, "read", () => _controller.Read(_line) == Level(true));

    /// <summary>Writes and reads back: some drivers swallow a failing write.</summary>
    /// <exception cref="BenchFaultException">Kind Gpio: the line did not follow.</exception>
    public void Set(bool active)
    {
        Write(active);
        if (Read() != active)
        {
            throw new BenchFaultException(
                FaultKind.Gpio, _context.Place, $"line {_line} of chip '{_chip}' did not go {(Level(active) == PinValue.High ? "high" : "low")}",
                "Look for a short on the line or a second driver of it");
        }
    }

    public void Dispose()
    {
        if (!_closed)
        {
            _closed = true;
            LineFault.Guard(_context, _chip, _line, "closed", () =>
            {
                _controller.ClosePin(_line);
                return true;
            });
        }
    }

    private PinValue Level(bool active) => active != _activeLow ? PinValue.High : PinValue.Low;
}
