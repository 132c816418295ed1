using System.Globalization;
using LabRunner.Bench.Inventory.Yaml;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Lines;

namespace LabRunner.Bench.Inventory;

/// <summary>What only the slots together can have wrong.</summary>
internal static class SlotChecks
{
    public static void Check(MapNode root, IReadOnlyList<SlotEntry> slots, IReadOnlyDictionary<string, DriverEntry> safety, bool hasBroker, ProblemList problems)
    {
        if (slots.Count > InventoryLoader.MostSlots)
        {
            problems.Add(root.PlaceOf("slots"), $"the bench has {slots.Count} slots", $"Use at most {InventoryLoader.MostSlots} a bench");
        }

        SlotEntry[] sentinels = [.. slots.Where(s => s.Sentinel)];
        foreach (SlotEntry extra in sentinels.Skip(1))
        {
            problems.Add(
                KeyPlace(root, extra, "sentinel"), $"slot '{extra.Name}' is a second sentinel, '{sentinels[0].Name}' is one already",
                "Keep one: it tells a fault of the bench from a failure of a plug");
        }

        Dictionary<string, string> users = [];
        foreach (DriverEntry input in safety.Values)
        {
            foreach ((string use, _) in Uses(input))
            {
                users.TryAdd(use, $"'{input.Contract}' of the bench");
            }
        }

        foreach (SlotEntry slot in slots)
        {
            if (slot.MqttClient is not null && !hasBroker)
            {
                problems.Add(KeyPlace(root, slot, "mqtt"), $"slot '{slot.Name}' has an MQTT client, but the bench has no broker", "Add 'mqtt: { broker: host:port }'");
            }

            Claim(slot.Http, "the HTTP address", slot, KeyPlace(root, slot, "http"));
            Claim(slot.MqttClient, "the MQTT client", slot, KeyPlace(root, slot, "mqtt"));
            foreach (DriverEntry driver in slot.Drivers.Values)
            {
                foreach ((string use, string key) in Uses(driver))
                {
                    Claim(use, "", slot, DriverPlace(root, slot, driver, key), $"'{driver.Contract}' of ");
                }
            }
        }

        void Claim(string? value, string what, SlotEntry slot, SourcePlace place, string part = "")
        {
            if (value is null)
            {
                return;
            }

            string thing = what.Length == 0 ? value : $"{what} '{value}'";
            string user = $"{part}slot '{slot.Name}'";
            if (!users.TryAdd(thing, user))
            {
                problems.Add(place, $"{thing} of {user} is already used by {users[thing]}", "Give each its own");
            }
        }
    }

    /// <summary>What a driver holds alone, as text, with the key that says so.</summary>
    private static IEnumerable<(string Use, string Key)> Uses(DriverEntry driver)
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
                yield return (string.Create(CultureInfo.InvariantCulture, $"line '{value}' of '{chip}'"), key.Key);
            }
            else if (bus is not null && value is int address && key.Key == "address")
            {
                // A converter's inputs may be shared out among slots; any other chip belongs to one.
                string input = keys.FirstOrDefault(k => k.Key == "input")?.Property.GetValue(driver.Options) is int own ? $", input {own}," : "";
                yield return ($"address '0x{address:x2}'{input} on '{bus}'", key.Key);
            }
            else if (bus is not null && value is int && channel)
            {
                yield return (string.Create(CultureInfo.InvariantCulture, $"output '{value}' of '{bus}'"), key.Key);
            }
            else if (box is not null && value is int && key.Key == "plug")
            {
                yield return (string.Create(CultureInfo.InvariantCulture, $"plug '{value}' of '{box}'"), key.Key);
            }
        }

        foreach (string key in new[] { "path", "address" })
        {
            if (driver.Contract == Contracts.Console && Text(key) is { } console)
            {
                yield return ($"the console '{console}'", key);
            }
        }

        string? Text(string name) => keys.FirstOrDefault(k => k.Key == name)?.Property.GetValue(driver.Options) as string;
    }

    private static MapNode? SlotMap(MapNode root, SlotEntry slot) => (root.Find("slots") as MapNode)?.Find(slot.Name) as MapNode;

    private static SourcePlace KeyPlace(MapNode root, SlotEntry slot, string key) => SlotMap(root, slot)?.PlaceOf(key) ?? slot.Place;

    private static SourcePlace DriverPlace(MapNode root, SlotEntry slot, DriverEntry driver, string key) =>
        (SlotMap(root, slot)?.Find(driver.Contract) as MapNode)?.PlaceOf(key) ?? driver.Place;
}
