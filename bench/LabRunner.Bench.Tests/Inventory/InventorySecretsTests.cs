using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Tests.Inventory;

public sealed class InventorySecretsTests
{
    private static readonly SourcePlace Place = new("i.yaml", 1, 1);

    [Test]
    public void Of_LiteralSecretsWhereverTheyStand_AreAllFound()
    {
        BenchInventory inventory = new(
            "i.yaml", "", "test", null, null, new MqttSection("h", 1883, "u", "broker word"),
            new Dictionary<string, DriverEntry>
            {
                ["web"] = new("power", "web", new WebOptions { Password = "literal", Url = "http://bob:in-url@host/x", Name = "no secret" }, Place),
                ["plain"] = new("power", "web", new WebOptions { Password = "", Url = "http://host:80/a@b", Name = "bob:x@y" }, Place),
            },
            new Dictionary<string, FirmwareDescription>(), []);

        Assert.That(InventorySecrets.Of(inventory), Is.EquivalentTo(new[] { "broker word", "literal", "in-url" }));
    }

    private sealed record WebOptions
    {
        public required string Password { get; init; }

        public required string Url { get; init; }

        public required string Name { get; init; }
    }
}
