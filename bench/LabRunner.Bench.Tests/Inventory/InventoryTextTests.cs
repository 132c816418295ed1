using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Tests.Inventory;

public sealed class InventoryTextTests
{
    [Test]
    public void Show_Virtual_HasSlotsCapabilitiesAndPlugs()
    {
        BenchInventory bench = InventoryLoader.Load(DataFiles.VirtualFile, new FakeCatalogue(), DataFiles.Variables, DataFiles.Folders.Boards);
        IReadOnlyList<TextTable> tables = InventoryText.Show(bench);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tables.Select(t => t.Title), Is.EqualTo(new[] { "Bench", "Resources", "Firmware", "Slots", "Capabilities", "Virtual plugs" }));
            Assert.That(tables.All(t => t.Rows.All(r => r.Count == t.Columns.Count)), Is.True);
            Assert.That(tables[3].Rows[0], Is.EqualTo(new[] { "p1", "sm-028-v1.3-b17", "BL602", "isolated-3v3", "127.0.0.1:4006", "obk_p1", "sentinel" }));
            Assert.That(tables[4].Rows[0], Is.EqualTo(new[] { "p1", "power", "gpio", "chip=harness line=0 activeLow=false settle=20ms" }));
            Assert.That(tables[4].Rows, Has.Some.EqualTo(new[] { "p5", "rail", "ina219", "bus=harness-i2c address=0x44 shuntOhms=0.1" }));
            Assert.That(tables[5].Rows[3], Is.EqualTo(
                new[] { "p4", "sm-028-v1.3-b17", "sm-028-v1.3-b17", "1.18.158", "F03 (uptime=250s..330s), F17 (bytesPerSecond=6)" }));
        }
    }

    [Test]
    public void Show_Secrets_AreHidden()
    {
        BenchInventory bench = InventoryLoader.LoadText(
            "lab.yaml",
            """
            bench: lab
            mqtt: { broker: "10.0.0.1", user: me, password: hunter2 }
            slots:
              a: { board: cb2s, power: { driver: command, program: "http://me:hunter2@10.0.0.9/relay", token: hunter2 } }
            """,
            new FakeCatalogue(), new Dictionary<string, string>(), DataFiles.Folders.Boards);
        string all = string.Join('\n', InventoryText.Show(bench).SelectMany(t => t.Rows).Select(r => string.Join(' ', r)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(all, Does.Not.Contain("hunter2"));
            Assert.That(all, Does.Contain("10.0.0.1:1883, user me, password (hidden)"));
            Assert.That(all, Does.Contain("program=http://(hidden)@10.0.0.9/relay").And.Contain("token=(hidden)"));
        }
    }
}
