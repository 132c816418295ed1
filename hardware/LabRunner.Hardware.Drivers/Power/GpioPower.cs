// Inventory:
//   power: { driver: gpio, chip: pi, line: GPIO17 }     # activeLow: true, minOff: 3s, settle: 50ms
// A relay, contactor or MOSFET on a GPIO line. The line must be pulled to "off" by a resistor: a chip's lines float until they are opened.
using System.ComponentModel;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Drivers.Power;

/// <summary>Options of <see cref="GpioPower"/>.</summary>
public sealed record GpioPowerOptions : PowerLimits
{
    /// <summary>Name of the chip under resources.</summary>
    [Description("Name of the gpio resource.")]
    public required string Chip { get; init; }

    /// <summary>The line: its offset on its chip (on a Raspberry Pi: the BCM number), or its name as gpioinfo shows it.</summary>
    [Description("The line: its offset on its chip (on a Raspberry Pi: the BCM number), or its name as gpioinfo shows it, such as GPIO17.")]
    public required LineId Line { get; init; }

    /// <summary>True: a low level switches on. Default false.</summary>
    [Description("True where a low level switches on. Default false.")]
    public bool ActiveLow { get; init; }

    /// <summary>How the line is driven. Default push-pull.</summary>
    [Description("How the line is driven: pushPull, openDrain (high is left to a pull-up) or openSource (low is left to a pull-down). Default pushPull.")]
    public LineDrive Drive { get; init; }

    /// <summary>Resistor of the chip on the line. Default asIs.</summary>
    [Description("Resistor of the chip on the line: asIs (as the board has it), up, down or off. Default asIs.")]
    public LineBias Bias { get; init; }
}

/// <summary>
/// A supply behind one GPIO line. Opening it switches off, except where the slot keeps its power (fact "keepPower"): then it stays as it is.
/// Disposing closes the line and does not switch: whether a slot keeps its power is the bench's decision.
/// </summary>
[Driver(Contracts.Power, "gpio")]
public sealed class GpioPower : IPowerSwitch
{
    private readonly BenchLine _line;

    /// <exception cref="BenchFaultException">No such chip, or the line cannot be had.</exception>
    public GpioPower(GpioPowerOptions options, IDriverContext context)
    {
        OutputOptions output = new() { Chip = options.Chip, Line = options.Line, ActiveLow = options.ActiveLow, Drive = options.Drive, Bias = options.Bias };
        _line = context.Facts.ContainsKey("keepPower") ? BenchLine.KeptOutput(context, output) : BenchLine.Output(context, output);
    }

    /// <inheritdoc/>
    /// <exception cref="BenchFaultException">Kind Gpio: the line did not follow.</exception>
    public Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
    {
        bool on = PowerChecks.IsOn(state);
        cancellationToken.ThrowIfCancellationRequested();
        _line.Set(on);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<PowerState> ReadStateAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_line.Read() ? PowerState.On : PowerState.Off);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _line.Dispose();
        return ValueTask.CompletedTask;
    }
}
