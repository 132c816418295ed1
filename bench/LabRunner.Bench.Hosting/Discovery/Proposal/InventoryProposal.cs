using System.Globalization;
using System.Text;
using LabRunner.Bench.Hosting.Discovery.Survey;
using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Hosting.Discovery.Proposal;

/// <summary>
/// Writes an inventory for a machine: what was found is filled in, what only a person knows is a blank. The text is valid once every blank
/// is filled, and is refused by the inventory's check before.
/// </summary>
public static class InventoryProposal
{
    /// <summary>What stands where a person must write.</summary>
    public const string Blank = "___";

    private const string Chip = "pi";

    /// <summary>Writes it.</summary>
    /// <param name="survey">What the machine has.</param>
    /// <param name="plugs">Plugs that answered on the network; null where nobody asked.</param>
    /// <param name="boards">Names of the known boards.</param>
    /// <returns>YAML.</returns>
    public static string Write(MachineSurvey survey, IReadOnlyList<FoundPlug>? plugs, IReadOnlyList<string> boards)
    {
        StringBuilder text = new();
        Line(text, $"# What './lab bench scan' found on {survey.Model ?? "this machine"}. It guesses no wiring: fill in every {Blank},");
        Line(text, "# compare every line with the wires, and save it as bench/inventory/NAME.yaml. Then: ./lab bench check NAME");
        Line(text, "bench: my-lab");
        Line(text, $"description: {Quoted(survey.Model ?? "A bench")}");
        Line(text, "# mqtt: { broker: \"192.168.4.1:1883\" }     # the broker that the plugs publish to");
        WriteResources(text, survey);
        WriteHubs(text, survey);
        WritePlugs(text, plugs);
        WriteSlots(text, survey, boards);
        return text.ToString();
    }

    private static void WriteResources(StringBuilder text, MachineSurvey survey)
    {
        StringBuilder entries = new();
        foreach (FoundGpioChip chip in survey.GpioChips)
        {
            string lines = chip.LineCount is { } count ? string.Create(CultureInfo.InvariantCulture, $"{count} lines") : "lines unknown";
            bool twin = chip.Label is null || survey.GpioChips.Count(other => other.Label == chip.Label) > 1;
            string how = twin ? $"path: {chip.Path}" : $"label: {Quoted(chip.Label!)}";
            string entry = chip == survey.Header
                ? $"  {Chip}: {{ kind: gpio, driver: cdev, {how} }}     # {chip.Path}, {lines}"
                : $"  # {Path.GetFileName(chip.Path)}: {{ kind: gpio, driver: cdev, {how} }}     # '{chip.Label ?? "label unknown"}', {lines}; not a Raspberry Pi's header";
            Line(entries, chip.Problem is null ? entry : $"{entry}; could not be asked ({chip.Problem})");
            WriteLineNames(entries, chip, chip == survey.Header);
        }

        foreach (FoundPwmChip pwm in survey.PwmChips)
        {
            Line(entries, $"  {pwm.Name}: {{ kind: pwm, driver: sysfs, chip: {Quoted(pwm.Device ?? pwm.Name)} }}     # {pwm.Channels} channels");
        }

        foreach (FoundI2cBus bus in survey.I2cBuses)
        {
            string found = bus.Addresses switch
            {
                null => "",
                [] => "; nothing answered",
                { } answered => "; answered: " + string.Join(", ", answered.Select(address => $"0x{address:x2}{Known(address)}")),
            };
            Line(entries, $"  {(bus.Internal ? "# " : "")}i2c-{bus.Number}: {{ kind: i2c, driver: linux, bus: {bus.Number} }}     # {bus.Name}{(bus.Internal ? "; not for a bench" : "")}{found}");
        }

        bool any = entries.ToString().Split('\n').Any(line => line.Length > 0 && !line.TrimStart().StartsWith('#'));
        Line(text, any ? "resources:" : "# No GPIO, PWM or I2C of a bench was found: power and button can still be had by the driver 'command' (bench/README.md).");
        text.Append(entries);
    }

    /// <summary>An INA219 answers on 0x40 to 0x4F (data sheet SBOS448, table 1).</summary>
    private static string Known(int address) => address is >= 0x40 and <= 0x4F ? " (an INA219 rail monitor?)" : "";

    private static void WriteLineNames(StringBuilder text, FoundGpioChip chip, bool header)
    {
        string[] names = [.. chip.Lines.Where(line => line.Name.Length > 0 || line.Used)
            .Where(line => !header || (line.Offset <= HeaderPins.Last && line.Used))
            .Select(line => $"{line.Offset} {line.Name}{(line.Used ? $" (held by {(line.Consumer.Length == 0 ? "the kernel" : line.Consumer)})" : "")}".Replace("  ", " ", StringComparison.Ordinal))];
        if (names.Length > 0)
        {
            Line(text, $"  #   {(header ? "held" : "lines")}: {string.Join(", ", names.Take(16))}{(names.Length > 16 ? ", …" : "")}");
        }
    }

    private static void WriteHubs(StringBuilder text, MachineSurvey survey)
    {
        foreach (FoundPowerHub hub in survey.PowerHubs ?? [])
        {
            Line(text, $"# USB hub {hub.Location} ({hub.Description}) switches each of its {hub.Ports} ports, for a slot on a bench supply:");
            Line(text, $"#   power: {{ driver: command, on: \"uhubctl -l {hub.Location} -p 1 -a on\", off: \"uhubctl -l {hub.Location} -p 1 -a off\" }}");
        }
    }

    private static void WritePlugs(StringBuilder text, IReadOnlyList<FoundPlug>? plugs)
    {
        if (plugs is [])
        {
            Line(text, "# No plug answered on the network that was searched.");
        }

        foreach (FoundPlug plug in plugs ?? [])
        {
            Line(text, $"# Plug at {plug.Address}: {plug.Name}, {plug.Chipset}, MAC {plug.Mac}, MQTT client {plug.MqttClient}, {plug.Build}");
        }
    }

    private static void WriteSlots(StringBuilder text, MachineSurvey survey, IReadOnlyList<string> boards)
    {
        foreach (FoundSerialPort port in survey.SerialPorts.Where(port => !Offered(port)))
        {
            Line(text, $"# Left out: {port.Path} ({Describe(port)}){(port.Note is null ? "" : $": {port.Note}")}");
        }

        FoundSerialPort?[] consoles = [.. survey.SerialPorts.Where(Offered)];
        if (consoles.Length == 0)
        {
            Line(text, "# No serial adapter was found: without a console a slot tells less of why it rebooted.");
            consoles = [null];
        }

        Queue<int> lines = new(survey.Header is null ? [] : HeaderPins.ForOutputs(survey.TakenHeaderPins));
        if (survey.Header is not null)
        {
            string taken = string.Join(", ", survey.TakenHeaderPins.Where(pin => pin.Key is >= HeaderPins.FirstPulledDown and <= HeaderPins.Last)
                .OrderBy(pin => pin.Key).Select(pin => string.Create(CultureInfo.InvariantCulture, $"{pin.Key} {pin.Value}")));
            Line(text, $"# Relays stand on GPIO {HeaderPins.FirstPulledDown} to {HeaderPins.Last}, which are pulled down at power-on. Kept free: 0 to 8 (pulled up){(taken.Length == 0 ? "" : $", {taken}")}.");
        }

        Line(text, "slots:");
        for (int i = 0; i < consoles.Length; i++)
        {
            WriteSlot(text, i + 1, consoles[i], lines, boards, survey.PwmChips, plain: survey.Header is null);
        }
    }

    private static void WriteSlot(
        StringBuilder text, int number, FoundSerialPort? console, Queue<int> lines, IReadOnlyList<string> boards, IReadOnlyList<FoundPwmChip> pwm, bool plain)
    {
        Line(text, $"  slot{number}:");
        Line(text, $"    board: {Blank}     # one of {string.Join(", ", boards)}");
        Line(text, $"    supply: {Blank}     # isolated-3v3 where no mains is present, else mains, with isolated: true once every line to the board passes an isolator rated for it");
        if (lines.TryDequeue(out int relay))
        {
            Line(text, $"    power:   {{ driver: gpio, chip: {Chip}, line: {relay} }}     # GPIO {relay}, pin {HeaderPins.Position(relay)}: the slot's relay; activeLow: true where a low level switches on");
        }
        else
        {
            Line(text, plain
                ? "    # power:   { driver: command, on: \"COMMAND\", off: \"COMMAND\" }     # or gpio on a chip declared under resources"
                : "    # power:   no line is left for this slot: an I2C expander or the driver 'command' has more");
        }

        if (lines.TryDequeue(out int button))
        {
            Line(text, $"    # button:  {{ driver: gpio, chip: {Chip}, line: {button} }}     # GPIO {button}, pin {HeaderPins.Position(button)}, if an optocoupler is across the plug's button");
        }

        if (console is not null)
        {
            Line(text, $"    console: {{ driver: tty, path: {Quoted(console.Path)} }}     # {Describe(console)}{(console.Note is null ? "" : $"; {console.Note}")}");
        }

        if (number == 1 && pwm.Count > 0)
        {
            Line(text, $"    # pulses:  {{ driver: pwm, chip: {pwm[0].Name}, cf: 0, cf1Voltage: 1, cf1Current: 2 }}     # only into a board without mains: hardware/README.md, safety");
        }

        Line(text, $"    # http: \"192.168.4.2{number}:80\"     # the plug's address; with it: ping: {{ driver: icmp }}");
        Line(text, $"    # mqtt: obk_{number}     # the plug's MQTT client id");
    }

    private static bool Offered(FoundSerialPort port) => port.Usb is not null && port.VendorProduct?.StartsWith("2e8a:", StringComparison.Ordinal) != true;

    private static string Describe(FoundSerialPort port) => string.Join(", ", new[]
    {
        port.Product, port.VendorProduct, port.Usb is null ? "on board" : $"USB {port.Usb}", port.Driver, port.SerialNumber is { Length: > 0 } serial ? $"serial {serial}" : null,
        port.Node,
    }.Where(part => part is { Length: > 0 })).Replace('\n', ' ');

    private static string Quoted(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static void Line(StringBuilder text, string line) => text.Append(line.ReplaceLineEndings(" ")).Append('\n');
}
