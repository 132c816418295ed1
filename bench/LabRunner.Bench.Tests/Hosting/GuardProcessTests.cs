using System.Text.Json;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Tests.Nights;

namespace LabRunner.Bench.Tests.Hosting;

/// <summary>The guard as a process, with the test as its owner and shell commands as its relays.</summary>
[CancelAfter(60_000)]
[Parallelizable(ParallelScope.Self)]
public sealed class GuardProcessTests
{
    private string _folder;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("guard-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Pipe_Closed_SwitchesEverySlotOffAndKeepsNoneWaitingForAnother(CancellationToken cancellationToken)
    {
        using NightProcess guard = Start("sleep 600", $"touch {_folder}/off-s2");
        await guard.LineAsync("armed", cancellationToken);

        guard.CloseInput();
        await guard.LineAsync("s1: it is not off yet", cancellationToken);

        string said = guard.Output;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Path.Combine(_folder, "off-s2"), Does.Exist);
            Assert.That(said, Does.Contain("s2 is off"));
            Assert.That(said.IndexOf("s2 is off", StringComparison.Ordinal), Is.LessThan(said.IndexOf("s1: it is not off yet", StringComparison.Ordinal)));
        }
    }

    [Test]
    public async Task Switch_ThatFailsAtFirst_IsTriedAgain(CancellationToken cancellationToken)
    {
        using NightProcess guard = Start($"test -e {_folder}/tried || (touch {_folder}/tried; false)");
        await guard.LineAsync("armed", cancellationToken);

        guard.CloseInput();
        int code = await guard.EndAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, guard.Output);
            Assert.That(guard.Output, Does.Contain("s1 is off after"));
        }
    }

    [Test]
    public async Task Signals_ThatEndOtherPrograms_EndNoGuardThatHasWork(CancellationToken cancellationToken)
    {
        using NightProcess guard = Start($"touch {_folder}/off-s1");
        await guard.LineAsync("armed", cancellationToken);

        foreach (string signal in new[] { "TERM", "INT", "HUP", "QUIT" })
        {
            guard.Signal(signal);
        }

        guard.Tell("beat");
        await guard.LineAsync("alive", cancellationToken);
        guard.Tell("disarm");
        int code = await guard.EndAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero);
            Assert.That(Path.Combine(_folder, "off-s1"), Does.Not.Exist, "a disarmed guard touches nothing");
        }
    }

    [Test]
    public async Task Owner_ThatIsLate_IsAnsweredAtItsNextWord(CancellationToken cancellationToken)
    {
        using NightProcess guard = Start($"touch {_folder}/off-s1");
        await guard.LineAsync("armed", cancellationToken);

        // The silence is the stimulus: longer than two of the guard's seconds, shorter than its limit.
        await Task.Delay(TimeSpan.FromSeconds(2.5), TimeProvider.System, cancellationToken);
        guard.Tell("beat");
        await guard.LineAsync("alive", cancellationToken);
        guard.Tell("disarm");

        Assert.That((await guard.EndAsync(cancellationToken), File.Exists(Path.Combine(_folder, "off-s1"))), Is.EqualTo((0, false)), guard.Output);
    }

    [Test]
    public async Task Owner_ThatSaysNothing_IsTakenForHung(CancellationToken cancellationToken)
    {
        using NightProcess guard = Start($"touch {_folder}/off-s1");
        await guard.LineAsync("armed", cancellationToken);

        int code = await guard.EndAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, guard.Output);
            Assert.That(guard.Output, Does.Contain("said nothing for 10 s"));
            Assert.That(Path.Combine(_folder, "off-s1"), Does.Exist);
        }
    }

    [Test]
    public async Task SlotThatKeepsItsPower_IsLeftAsItIs(CancellationToken cancellationToken)
    {
        using NightProcess guard = Start(["s1"], "", $"touch {_folder}/off-s1", $"touch {_folder}/off-s2");
        await guard.LineAsync("armed", cancellationToken);

        guard.CloseInput();
        int code = await guard.EndAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, guard.Output);
            Assert.That(Path.Combine(_folder, "off-s1"), Does.Not.Exist, "the inventory asks for it to stay");
            Assert.That(Path.Combine(_folder, "off-s2"), Does.Exist);
        }
    }

    [TestCase("old", true)]
    [TestCase("new", false)]
    public async Task RunThatAnotherOwnerGoesOnWith_IsNotSwitchedOffBehindItsBack(string word, bool switched, CancellationToken cancellationToken)
    {
        GuardHold.Write(_folder, word);
        await File.WriteAllTextAsync(Path.Combine(_folder, GuardHold.OwnerFile), "", cancellationToken);
        using NightProcess guard = Start([], "old", $"touch {_folder}/off-s1");
        await guard.LineAsync("armed", cancellationToken);

        guard.CloseInput();
        int code = await guard.EndAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, guard.Output);
            Assert.That(File.Exists(Path.Combine(_folder, "off-s1")), Is.EqualTo(switched));
            Assert.That(await File.ReadAllTextAsync(Path.Combine(_folder, "guard.log"), cancellationToken), Does.Contain(switched ? "s1 is off" : "another owner by now"));
        }
    }

    /// <summary>A guard of slots s1, s2, … with these commands to switch off. Its owner's number is nobody's, so that it kills nobody.</summary>
    private NightProcess Start(params string[] off) => Start([], "", off);

    private NightProcess Start(string[] kept, string word, params string[] off)
    {
        string slots = string.Concat(off.Select((command, i) => $$"""
              s{{i + 1}}:
                board: sm-028-v1.3-b17
                supply: isolated-3v3
                keepPower: {{(kept.Contains($"s{i + 1}") ? "true" : "false")}}
                power: { driver: command, on: "true", off: "{{command}}", limit: 100s }

            """));
        NightProcess guard = NightProcess.Start("guard");
        guard.Tell(JsonSerializer.Serialize(new
        {
            Owner = 0,
            InventoryFile = "test.yaml",
            InventoryText = $"bench: test\nslots:\n{slots}",
            BenchFolders.Find().Boards,
            Variables = new Dictionary<string, string>(),
            Slots = (string[]?)null,
            Log = Path.Combine(_folder, "guard.log"),
            OwnersWord = word,
        }));
        return guard;
    }
}
