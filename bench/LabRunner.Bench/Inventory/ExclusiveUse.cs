using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LabRunner.Bench.Inventory.Yaml;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Lines;

namespace LabRunner.Bench.Inventory;

/// <summary>Something that a driver holds alone: a line of a chip, an address of a bus, a plug of a pulse box, a console.</summary>
/// <param name="Kind">What it is: line, address, output, plug or console.</param>
/// <param name="Resource">Name of the resource that it is a part of; null where it stands for itself.</param>
/// <param name="Value">Which one, as the inventory writes it.</param>
/// <param name="Text">For people: "line '17' of 'pi'". Alike texts of one bench are the same thing.</param>
/// <param name="Key">Key of the driver's mapping that says so.</param>
public sealed record ExclusiveUse(string Kind, string? Resource, string Value, string Text, string Key)
{
    // What tells one device of a kind from another; never names, passwords or texts to send.
    private static readonly HashSet<string> Telling = new(StringComparer.Ordinal)
    {
        "address", "path", "socket", "label", "host", "port", "location", "topic", "relay", "oid", "select",
    };

    // Tells one outlet of a device from another, but may hold a password: only its fingerprint is told.
    private static readonly HashSet<string> Hashed = new(StringComparer.Ordinal) { "on" };

    /// <summary>What a driver holds alone.</summary>
    public static IEnumerable<ExclusiveUse> Of(DriverEntry driver)
    {
        IReadOnlyList<OptionKey> keys = OptionsBinder.Keys(driver.Options.GetType());
        string? chip = Text("chip");
        string? bus = Text("bus");
        string? box = Text("box");
        foreach (OptionKey key in keys)
        {
            object? value = key.Property.GetValue(driver.Options);
            bool channel = driver.Contract == Contracts.Pulses && key.Key.StartsWith("cf", StringComparison.Ordinal);
            if (chip is not null && (value is LineId || (value is int && (channel || key.Key == "channel"))))
            {
                yield return new("line", chip, $"{value}", string.Create(CultureInfo.InvariantCulture, $"line '{value}' of '{chip}'"), key.Key);
            }
            else if (bus is not null && value is int address && key.Key == "address")
            {
                // A converter's inputs may be shared out among slots; any other chip belongs to one.
                string input = keys.FirstOrDefault(k => k.Key == "input")?.Property.GetValue(driver.Options) is int own ? $", input {own}," : "";
                yield return new("address", bus, $"0x{address:x2}{input.TrimEnd(',')}", $"address '0x{address:x2}'{input} on '{bus}'", key.Key);
            }
            else if (bus is not null && value is int && channel)
            {
                yield return new("output", bus, $"{value}", string.Create(CultureInfo.InvariantCulture, $"output '{value}' of '{bus}'"), key.Key);
            }
            else if (box is not null && value is int && key.Key == "plug")
            {
                yield return new("plug", box, $"{value}", string.Create(CultureInfo.InvariantCulture, $"plug '{value}' of '{box}'"), key.Key);
            }
        }

        foreach (string key in new[] { "path", "address" })
        {
            if (driver.Contract == Contracts.Console && Text(key) is { } console)
            {
                yield return new("console", null, console, $"the console '{console}'", key);
            }
        }

        string? Text(string name) => keys.FirstOrDefault(k => k.Key == name)?.Property.GetValue(driver.Options) as string;
    }

    /// <summary>
    /// Which device of its kind a driver's options name, so that two inventories that call it differently mean the same; null where they name
    /// none. Never holds a secret.
    /// </summary>
    public static string? DeviceOf(DriverEntry driver)
    {
        string[] telling =
        [
            .. from key in OptionsBinder.Keys(driver.Options.GetType())
               where Telling.Contains(key.Key) || Hashed.Contains(key.Key)
               let value = Convert.ToString(key.Property.GetValue(driver.Options), CultureInfo.InvariantCulture)
               where !string.IsNullOrEmpty(value)
               orderby key.Key
               select $"{key.Key} {(Hashed.Contains(key.Key) ? Fingerprint(value) : value)}",
        ];
        return telling.Any(t => !Hashed.Contains(t.Split(' ')[0])) ? $"{driver.Contract} {driver.Word} {string.Join(", ", telling)}" : null;
    }

    private static string Fingerprint(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];
}
