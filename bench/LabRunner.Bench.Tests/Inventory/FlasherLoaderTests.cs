using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;

namespace LabRunner.Bench.Tests.Inventory;

public sealed class FlasherLoaderTests
{
    private string _folder = "";

    private static IEnumerable<string> Shipped() => FlasherLoader.Names(DataFiles.Folders.Flashers);

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("flashers").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Names_AreThoseThatTheReadmePromises() =>
        Assert.That(Shipped(), Is.SupersetOf(new[] { "esptool", "ltchiptool", "ltchiptool-bk7231", "blisp", "bflb-mcu-tool" }));

    [TestCaseSource(nameof(Shipped))]
    public void Load_EveryFlasherOfTheRepository_HoldsAndSaysWhereItIsHad(string name)
    {
        FlasherDefinition flasher = FlasherLoader.Load(name, DataFiles.Folders.Flashers);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(flasher.Had, Does.Contain("https://"));
            Assert.That(flasher.Chips.Select(ChipModels.Parse), Does.Not.Contain(ChipModel.Unknown));
            Assert.That(flasher.Write.Limit, Is.GreaterThan(flasher.Write.Idle));
        }
    }

    [Test]
    public void Load_ToolsThatLie_AreNotBelieved()
    {
        FlasherDefinition bflb = FlasherLoader.Load("bflb-mcu-tool", DataFiles.Folders.Flashers);
        FlasherDefinition esptool = FlasherLoader.Load("esptool", DataFiles.Folders.Flashers);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bflb.Write.ExitCodeTells, Is.False, "it ends with 0 on any failure");
            Assert.That(bflb.Pieces, Is.True);
            Assert.That(esptool.Read, Is.Not.Null);
            Assert.That(esptool.Download, Is.EqualTo(new ToolDownload { Pin = "GPIO0 low" }));
            Assert.That(FlasherLoader.Takes(esptool, ImageKind.Esp8266Firmware), Is.True);
            Assert.That(FlasherLoader.Takes(esptool, ImageKind.Bl602WholeFlash), Is.False);
        }
    }

    [Test]
    public void Load_ManyThingsWrong_NamesAllWithTheirPlaces()
    {
        File.WriteAllText(Path.Combine(_folder, "mine.yaml"), """
            flasher: other
            title: A tool
            programs: []
            chips: [ESP8266]
            images: [esp8266Firmwar]
            baud: 99
            download: { pin: GPIO0 low, power: during, off: 1h }
            version: { arguments: [-v], matches: "v(.*)" }
            write:
              arguments: ["{prt}", "{image}"]
              success: "(done"
              failure: ".*"
              idle: 5
            read:
              arguments: ["{port}", "{address}", "{length}"]
              success: "(?=x)"
              progress: "[0-9]+%"
            """);
        FileProblemsException? wrong = Assert.Throws<FileProblemsException>(() => FlasherLoader.Load("mine", _folder));
        string[] said = [.. wrong!.Problems.Select(p => $"{p.Place.Line}:{p.Place.Column}: {p.Problem}")];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(said, Has.Some.EqualTo("1:1: the flasher lacks the key 'had'"));
            Assert.That(said, Has.Some.EqualTo("1:10: the flasher is called 'other', its file 'mine'"));
            Assert.That(said, Has.Some.EqualTo("3:11: 'programs' is an empty list"));
            Assert.That(said, Has.Some.EqualTo("5:10: unknown kind of image 'esp8266Firmwar'"));
            Assert.That(said, Has.Some.EqualTo("6:7: 'baud' is '99', out of range"));
            Assert.That(said, Has.Some.EqualTo("7:49: 'off' is '1h', out of range"));
            Assert.That(said, Has.Some.Contains("7:11: 'download' cycles power while the tool runs"));
            Assert.That(said, Has.Some.Contains("'matches' has no group 'version'"));
            Assert.That(said, Has.Some.EqualTo("10:15: unknown placeholder 'prt'"));
            Assert.That(said, Has.Some.EqualTo("10:14: 'arguments' of 'write' do not hold '{port}'"));
            Assert.That(said, Has.Some.Contains("11:12: 'success' is no regular expression"));
            Assert.That(said, Has.Some.Contains("12:12: 'failure' matches an empty line"));
            Assert.That(said, Has.Some.EqualTo("13:9: 'idle' is '5'"));
            Assert.That(said, Has.Some.EqualTo("15:14: 'arguments' of 'read' do not hold '{file}'"));
            Assert.That(said, Has.Some.Contains("16:12: 'success' is no regular expression"));
            Assert.That(said, Has.Some.Contains("17:13: 'progress' has no group 'percent'"));
        }
    }

    [Test]
    public void Load_Missing_NamesTheNearest() =>
        Assert.That(
            Assert.Throws<FileProblemsException>(() => FlasherLoader.Load("esptol", DataFiles.Folders.Flashers))!.Message,
            Does.Contain("there is no flasher file 'esptol'. Write 'esptool'"));

    [TestCase("board: jr-pm09", "ltchiptool", TestName = "Slot_BoardHasAFlasher_TakesIt")]
    [TestCase("board: gosund-sp111\n    flasher: built-in", null, TestName = "Slot_SaysBuiltIn_LeavesTheBoardsOut")]
    [TestCase("board: sm-028-v1.3-b17\n    flasher: blisp", "blisp", TestName = "Slot_NamesAFlasher_TakesIt")]
    [TestCase("board: sm-028-v1.3-b17", null, TestName = "Slot_OfABl602_IsFlashedByThisProgram")]
    public void Slot_Flasher(string slot, string? flasher) =>
        Assert.That(Load($"bench: x\nslots:\n  p1:\n    {slot}\n").Slots[0].Flasher?.Flasher, Is.EqualTo(flasher));

    [TestCase("board: sm-028-v1.3-b17\n    flasher: esptool", "5:14: the flasher 'esptool' does not serve a BL602")]
    [TestCase("board: sm-028-v1.3-b17\n    flasher: blips", "5:14: unknown flasher 'blips'. Write 'blisp'.")]
    public void Slot_WrongFlasher_IsAProblem(string slot, string said) =>
        Assert.That(Assert.Throws<FileProblemsException>(() => Load($"bench: x\nslots:\n  p1:\n    {slot}\n"))!.Message, Does.Contain(said));

    private static BenchInventory Load(string text) => InventoryLoader.LoadText("x.yaml", text, new FakeCatalogue(), null, DataFiles.Folders.Boards);
}
