using System.Globalization;
using System.Text.Json.Nodes;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Inventory.Yaml;
using NJsonSchema;

namespace LabRunner.Bench.Tests.Inventory;

public sealed class SchemaWriterTests
{
    [Test]
    public async Task Write_EveryInventoryOfTheRepository_IsValid()
    {
        JsonSchema schema = await Schema();
        foreach (string name in DataFiles.Folders.InventoryNames())
        {
            string json = Json(await File.ReadAllTextAsync(DataFiles.Folders.InventoryFile(name)));
            Assert.That(schema.Validate(json).Select(e => e.ToString()), Is.Empty, name);
        }
    }

    [TestCase("driver: ina219", "driver: ina3221")]
    [TestCase("board: rmc021", "board: rmc022")]
    [TestCase("supply: isolated-3v3", "supply: battery")]
    [TestCase("address: 0x40", "address: 0x20")]
    [TestCase("line: 11", "line: 5000")]
    [TestCase("chip: harness, line: 11", "chip: harness")]
    [TestCase("sentinel: true", "sentinal: true")]
    [TestCase("id: F09", "id: F99")]
    [TestCase("bench: virtual\n", "")]
    public async Task Write_BrokenInventory_IsNotValid(string right, string wrong)
    {
        JsonSchema schema = await Schema();
        string text = await File.ReadAllTextAsync(DataFiles.VirtualFile);
        Assert.That(text, Does.Contain(right));
        int at = text.IndexOf(right, StringComparison.Ordinal);
        Assert.That(schema.Validate(Json(text.Remove(at, right.Length).Insert(at, wrong))), Is.Not.Empty);
    }

    [Test]
    public void Write_Descriptions_ComeFromDriversAndFaults()
    {
        string schema = SchemaWriter.Write(new FakeCatalogue(), ["cb2s"], ["esptool"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(schema, Does.Contain("Path of the harness socket"));
            Assert.That(schema, Does.Contain("When, from..to"));
            Assert.That(schema, Does.Contain("RFC 862"));
        }
    }

    private static Task<JsonSchema> Schema() =>
        JsonSchema.FromJsonAsync(SchemaWriter.Write(new FakeCatalogue(), BoardLoader.Names(DataFiles.Folders.Boards), FlasherLoader.Names(DataFiles.Folders.Flashers)));

    private static string Json(string yaml)
    {
        ProblemList problems = new();
        MapNode root = YamlReader.Read("text", yaml, problems)!;
        problems.ThrowIfAny();
        return Json(root)!.ToJsonString();
    }

    private static JsonNode? Json(Node node) => node switch
    {
        MapNode map => new JsonObject(map.Entries.Where(e => e.Key.Text.Length > 0).DistinctBy(e => e.Key.Text)
            .Select(e => KeyValuePair.Create(e.Key.Text, Json(e.Value)))),
        ListNode list => new JsonArray([.. list.Items.Select(Json)]),
        TextNode text => Scalar(text),
        _ => throw new InvalidOperationException("There are three kinds of nodes."),
    };

    private static JsonValue? Scalar(TextNode node) =>
        node.IsNull ? null
        : node.Text is "true" or "false" ? JsonValue.Create(node.Text == "true")
        : node.Text.StartsWith("0x", StringComparison.Ordinal) ? JsonValue.Create(Convert.ToInt32(node.Text, 16))
        : long.TryParse(node.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? JsonValue.Create(number)
        : decimal.TryParse(node.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal fraction) ? JsonValue.Create(fraction)
        : JsonValue.Create(node.Text);
}
