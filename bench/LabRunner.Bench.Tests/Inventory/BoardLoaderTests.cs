using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Tests.Inventory;

public sealed class BoardLoaderTests
{
    [Test]
    public void Load_EveryBoardOfTheRepository_HasRelayButtonAndMeter()
    {
        IReadOnlyList<string> names = BoardLoader.Names(DataFiles.Folders.Boards);
        Assert.That(names, Is.SupersetOf(new[] { "cb2s", "rmc021", "sm-028-v1.3-b17", "sm-028-v1.3-b4" }));
        foreach (string name in names)
        {
            BoardFile board = BoardLoader.Load(name, DataFiles.Folders.Boards);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(board.Description.Name, Is.EqualTo(name));
                Assert.That(board.Source, Does.Contain("https://"), name);
                if (board.Description.Pins.Count == 0)
                {
                    Assert.That(name, Does.StartWith("unknown-"), "only a board that is to be probed has no pins");
                    continue;
                }

                Assert.That(board.Description.RelayGpio, Is.Not.Null, name);
                Assert.That(board.Description.ButtonGpio, Is.Not.Null, name);
                Assert.That(
                    board.Description.Pins.Values.Select(p => p.Split(';')[0].Replace("SEL_n", "SEL", StringComparison.Ordinal)), Is.SupersetOf(new[] { "BL0937CF", "BL0937CF1", "BL0937SEL" }), name);
            }
        }
    }

    [TestCase("sm-028-v1.3-b17", 17, 2_000_000)]
    [TestCase("rmc021", 22, 2_000_000)]
    [TestCase("sm-028-v1.3-b4", 4, 2_000_000)]
    [TestCase("cb2s", 10, 115_200)]
    public void Load_Board_HasItsFacts(string name, int button, int baud)
    {
        BoardFile board = BoardLoader.Load(name, DataFiles.Folders.Boards);
        Assert.That((board.Description.ButtonGpio, board.ConsoleBaud, board.Flags), Is.EqualTo(((int?)button, baud, 1024L)));
    }

    [Test]
    public void Load_BoardWithoutMeter_HasTheFirmwareDefaults()
    {
        BoardDescription board = BoardLoader.Load("rmc021", DataFiles.Folders.Boards).Description;
        Assert.That((board.VoltsPerHertz, board.AmperesPerHertz, board.WattsPerHertz), Is.EqualTo((0.13253012048, 0.0118577075, 1.5)));
    }

    [Test]
    public void Load_BrokenBoard_NamesAllProblems()
    {
        string folder = Directory.CreateTempSubdirectory("boards").FullName;
        try
        {
            string file = Path.Combine(folder, "x1.yaml");
            File.WriteAllText(file, """
                board: x2
                title: A board
                chip: BL602
                pins:
                  2: Rell;1
                  3: Btn
                  P4: Btn;1
                  99: Btn;1
                flags: -1
                meter: { voltPerHertz: 1, wattsPerHertz: 0 }
                console: { baud: fast }
                """);
            FileProblemsException failure = Assert.Throws<FileProblemsException>(() => BoardLoader.Load("x1", folder))!;
            Assert.That(failure.Message.Split(Environment.NewLine), Is.EqualTo(new[]
            {
                $"{file}:1:1: the board lacks the key 'source'. Add 'source: text'.",
                $"{file}:1:8: the board is called 'x2', its file 'x1'. Write 'x1' or rename the file.",
                $"{file}:5:6: unknown pin role 'Rell'. Write 'Rel'.",
                $"{file}:6:6: GPIO 3 is 'Btn'. Write role and channel as in an OpenBeken template: Rel;1.",
                $"{file}:7:3: 'P4' is no GPIO. Write its number, 0 to 63.",
                $"{file}:8:3: '99' is no GPIO. Write its number, 0 to 63.",
                $"{file}:9:8: 'flags' is '-1', out of range. Write 0 to 4294967295.",
                $"{file}:10:10: 'meter' has no key 'voltPerHertz'. Write 'voltsPerHertz'.",
                $"{file}:10:42: 'wattsPerHertz' is '0', out of range. Write 0.01 to 100.",
                $"{file}:11:18: 'baud' is 'fast'. Write a whole number.",
            }));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Test]
    public void Load_UnknownBoard_NamesTheNearest() =>
        Assert.That(
            () => BoardLoader.Load("rmc012", DataFiles.Folders.Boards),
            Throws.InstanceOf<FileProblemsException>().With.Message.EndsWith("there is no board file 'rmc012'. Write 'rmc021'."));
}
