// Inventory, under resources:
//   expander: { kind: gpio, driver: mcp23017, bus: i2c-1, address: 0x20 }     # interruptChip: pi, interruptLine: GPIO4
// Microchip MCP23017 (data sheet DS20001952), 16 lines: 0 to 7 are GPA0 to GPA7, 8 to 15 GPB0 to GPB7. GPA7 and GPB7 are outputs only on
// newer parts. Its outputs float until it is opened: pull what they switch to "off" by a resistor. Edges are polled, or read when its
// interrupt output (INTA, mirrored, push-pull, active low) falls.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Device.Gpio;
using System.Device.I2c;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>Options of <see cref="Mcp23017Chip"/>.</summary>
public sealed record Mcp23017ChipOptions
{
    /// <summary>Name of the bus under resources.</summary>
    [Description("Name of the i2c resource.")]
    public required string Bus { get; init; }

    /// <summary>7-bit address, 0x20 to 0x27 by the strap pins. Default 0x20.</summary>
    [Description("7-bit address, 0x20 to 0x27 by the chip's strap pins. Default 0x20.")]
    [Range(0x20, 0x27)]
    public int Address { get; init; } = 0x20;

    /// <summary>Chip that the interrupt output INTA is wired to; null: inputs are polled.</summary>
    [Description("Name of the gpio resource that INTA is wired to. Default none: inputs that are watched are polled.")]
    public string? InterruptChip { get; init; }

    /// <summary>Line of that chip.</summary>
    [Description("Line of that chip: offset or name.")]
    public LineId? InterruptLine { get; init; }

    /// <summary>How often watched inputs are read where there is no interrupt line, run time, 1 ms or more. Default 20 ms.</summary>
    [Description("How often watched inputs are read where there is no interrupt line, 1ms or more. Default 20ms.")]
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(20);
}

/// <summary>Sixteen lines on an I2C bus.</summary>
[Driver(Contracts.GpioChip, "mcp23017")]
public sealed class Mcp23017Chip : IGpioChip
{
    private readonly BenchLine? _interrupt;

    /// <exception cref="BenchFaultException">Kind Configuration: half an interrupt line, or a poll below 1 ms; kind Gpio: the chip does not answer.</exception>
    public Mcp23017Chip(Mcp23017ChipOptions options, IDriverContext context)
    {
        if ((options.InterruptChip is null) != (options.InterruptLine is null))
        {
            throw new BenchFaultException(
                FaultKind.Configuration, context.Place, "interruptChip and interruptLine belong together", "Give both, or neither to poll");
        }

        if (options.Poll < TimeSpan.FromMilliseconds(1))
        {
            throw new BenchFaultException(FaultKind.Configuration, context.Place, "poll is below 1ms", "Write it like 20ms");
        }

        I2cDevice device = context.Resource<II2cBus>(options.Bus).Open(options.Address);
        try
        {
            Mcp23017Registers registers = new(device);
            registers.Reset();
            Mcp23017Driver driver = new(registers, context.Clock, options.InterruptChip is null ? options.Poll : null);
            Driver = driver;
            if (options is { InterruptChip: { } chip, InterruptLine: { } line })
            {
                _interrupt = BenchLine.Input(context, new InputOptions { Chip = chip, Line = line, ActiveLow = true });
                _interrupt.Watch((_, active, _) =>
                {
                    if (active)
                    {
                        driver.Look();
                    }
                });
            }
        }
        catch (IOException failure)
        {
            device.Dispose();
            throw new BenchFaultException(
                FaultKind.Gpio, context.Place, $"the MCP23017 at 0x{options.Address:X2} on '{options.Bus}' did not answer: {failure.Message.TrimEnd('.')}",
                "Check its supply, RESET, wires and strap pins ('i2cdetect -y 1' lists the addresses that answer)", failure);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public GpioDriver Driver { get; }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _interrupt?.Dispose();
        Driver.Dispose();
        return ValueTask.CompletedTask;
    }
}
