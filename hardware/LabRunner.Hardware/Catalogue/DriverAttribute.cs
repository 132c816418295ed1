namespace LabRunner.Hardware.Catalogue;

/// <summary>
/// Puts a class into the driver catalogue. <paramref name="contract"/> is the key of the slot in the inventory
/// ("power", "button", …, see <see cref="Contracts"/>), <paramref name="word"/> the value of its <c>driver:</c>.
/// </summary>
/// <remarks>
/// The class has one public constructor <c>(TOptions options, IDriverContext context)</c>. TOptions is a record with init
/// properties; property names in camelCase are the keys of the inventory, <c>required</c> properties must be given,
/// <see cref="System.ComponentModel.DescriptionAttribute"/> and
/// <see cref="System.ComponentModel.DataAnnotations.RangeAttribute"/> on them feed the checks and the JSON Schema.
/// Allowed property types: string, bool, int, long, double, TimeSpan (written 300ms, 5s, 2m, 12h), <see cref="Lines.LineId"/>, enums (camelCase, or
/// what a <see cref="System.Text.Json.Serialization.JsonStringEnumMemberNameAttribute"/> says), arrays of string, nested records of the same shape, and nullable versions of these.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false, AllowMultiple = true)]
public sealed class DriverAttribute(string contract, string word) : Attribute
{
    /// <summary>Key in the inventory.</summary>
    public string Contract { get; } = contract;

    /// <summary>Value of <c>driver:</c> in the inventory.</summary>
    public string Word { get; } = word;
}

/// <summary>The contracts a slot can have and the resources a bench can declare, as they are spelt in the inventory.</summary>
public static class Contracts
{
    /// <summary>Mains (or bench supply) of the slot: <see cref="Power.IPowerSwitch"/>.</summary>
    public const string Power = "power";

    /// <summary>BOOT pin strap: <see cref="Lines.IStrap"/>.</summary>
    public const string BootStrap = "bootStrap";

    /// <summary>Reset/EN line: <see cref="Lines.IStrap"/>.</summary>
    public const string Reset = "reset";

    /// <summary>Button actuator: <see cref="Buttons.IButton"/>.</summary>
    public const string Button = "button";

    /// <summary>Relay contact sense line: <see cref="Sensing.IRelaySense"/>.</summary>
    public const string RelaySense = "relaySense";

    /// <summary>UART console: <see cref="Consoles.ISerialPort"/>.</summary>
    public const string Console = "console";

    /// <summary>BL0937 reference pulses: <see cref="Pulses.IPulseSource"/>.</summary>
    public const string Pulses = "pulses";

    /// <summary>Supply rail monitor: <see cref="Sensing.IRailMonitor"/>.</summary>
    public const string Rail = "rail";

    /// <summary>Photodiode on the DUT's LED: <see cref="Sensing.IRelaySense"/>, closed means lit.</summary>
    public const string Led = "led";

    /// <summary>Temperature at the slot: <see cref="Sensing.ITemperatureSensor"/>.</summary>
    public const string Temperature = "temperature";

    /// <summary>Reference meter in the slot's mains: <see cref="Metering.IReferenceMeter"/>.</summary>
    public const string Meter = "meter";

    /// <summary>Counter beside the DUT's CF pin: <see cref="Metering.IPulseCounter"/>.</summary>
    public const string PulseCounter = "pulseCounter";

    /// <summary>E-stop chain of the bench: <see cref="Sensing.IRelaySense"/>, closed means released.</summary>
    public const string EStop = "estop";

    /// <summary>Lid switch of the bench: <see cref="Sensing.IRelaySense"/>, closed means shut.</summary>
    public const string Lid = "lid";

    /// <summary>Line to the bench's watchdog relay: <see cref="Lines.IHeartbeat"/>.</summary>
    public const string Heartbeat = "heartbeat";

    /// <summary>Echo probe of observer P: <see cref="Network.IEchoProbe"/>.</summary>
    public const string Ping = "ping";

    /// <summary>What disturbs the DUTs' network, of the bench: <see cref="Network.INetworkActuator"/>.</summary>
    public const string Network = "network";

    /// <summary>Bench resource: a GPIO chip that slots name by <c>chip:</c>.</summary>
    public const string GpioChip = "gpio";

    /// <summary>Bench resource: a PWM chip that slots name by <c>chip:</c>.</summary>
    public const string PwmChip = "pwm";

    /// <summary>Bench resource: an instrument that speaks SCPI, which slots name by <c>bus:</c>.</summary>
    public const string Scpi = "scpi";

    /// <summary>Bench resource: an I2C bus that slots name by <c>bus:</c>.</summary>
    public const string I2cBus = "i2c";

    /// <summary>Bench resource: a pulse box that slots name by <c>box:</c>.</summary>
    public const string PulseBox = "pulseBox";
}

/// <summary>
/// Options of a part that can tie the bench's ground to the DUT's although its contract need not: what the interlocks ask of a slot on mains.
/// Implement it explicitly: it is no key of the inventory.
/// </summary>
public interface IJoinsGrounds
{
    /// <summary>The key and value that do so ("drive: openDrain"); null where these options do not.</summary>
    string? Joined { get; }
}

/// <summary>What a driver may ask of the bench that builds it. Thread safe.</summary>
public interface IDriverContext
{
    /// <summary>Name of the slot (or resource) the driver is built for, for messages.</summary>
    string Place { get; }

    /// <summary>The run's clock: every wait and stamp goes through it.</summary>
    Time.LabClock Clock { get; }

    /// <summary>
    /// Placeholders for text of the inventory: slot, board, http (host:port), host, port, mqtt, console (path), run (run folder).
    /// Only those that the slot has.
    /// </summary>
    IReadOnlyDictionary<string, string> Facts { get; }

    /// <summary>A resource that the inventory declares under <c>resources:</c>, by its name there.</summary>
    /// <typeparam name="T">For a gpio chip <c>GpioController</c> or <see cref="Lines.ILineEdges"/>; for pwm and i2c the interfaces of the drivers' project.</typeparam>
    /// <exception cref="Faults.BenchFaultException">No resource of that name, or it offers no <typeparamref name="T"/>.</exception>
    T Resource<T>(string name)
        where T : class;
}
