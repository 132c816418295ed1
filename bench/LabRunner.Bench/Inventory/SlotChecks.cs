using LabRunner.Bench.Inventory.Yaml;

namespace LabRunner.Bench.Inventory;

/// <summary>What only the slots together can have wrong.</summary>
internal static class SlotChecks
{
    public static void Check(MapNode root, IReadOnlyList<SlotEntry> slots, IReadOnlyList<DriverEntry> ofBench, bool hasBroker, ProblemList problems)
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
        foreach (DriverEntry part in ofBench)
        {
            foreach (ExclusiveUse use in ExclusiveUse.Of(part))
            {
                string user = $"'{part.Contract}' of the bench";
                if (!users.TryAdd(use.Text, user))
                {
                    problems.Add(part.Place, $"{use.Text} of {user} is already used by {users[use.Text]}", "Give each its own");
                }
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
                foreach (ExclusiveUse use in ExclusiveUse.Of(driver))
                {
                    Claim(use.Text, "", slot, DriverPlace(root, slot, driver, use.Key), $"'{driver.Contract}' of ");
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

    private static MapNode? SlotMap(MapNode root, SlotEntry slot) => (root.Find("slots") as MapNode)?.Find(slot.Name) as MapNode;

    private static SourcePlace KeyPlace(MapNode root, SlotEntry slot, string key) => SlotMap(root, slot)?.PlaceOf(key) ?? slot.Place;

    private static SourcePlace DriverPlace(MapNode root, SlotEntry slot, DriverEntry driver, string key) =>
        (SlotMap(root, slot)?.Find(driver.Contract) as MapNode)?.PlaceOf(key) ?? driver.Place;
}
