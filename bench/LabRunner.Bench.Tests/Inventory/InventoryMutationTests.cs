using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Inventory;

public sealed class InventoryMutationTests
{
    private const string Odd = "{}[]:,#&*!|>'\"%@`-?~ \n\t\0\\$0x.éyn";

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void LoadText_MutatedInventory_ThrowsNothingButFileProblems(long seed)
    {
        string text = File.ReadAllText(DataFiles.VirtualFile);
        int refused = Refused(
            seed, text, 400, t => InventoryLoader.LoadText("virtual.yaml", t, new FakeCatalogue(), DataFiles.Variables, DataFiles.Folders.Boards));
        Assert.That(refused, Is.InRange(100, 400), "most random changes break a file");
    }

    [Test]
    public void LoadText_MutatedPlan_ThrowsNothingButFileProblems()
    {
        string text = File.ReadAllText(Path.Combine(DataFiles.Folders.Plans, "smoke.yaml"));
        Assert.That(Refused(4, text, 1000, t => PlanLoader.LoadText("smoke.yaml", t)), Is.InRange(200, 1000));
    }

    private static int Refused(long seed, string text, int rounds, Action<string> load)
    {
        Chance chance = new(seed, "mutations");
        int refused = 0;
        for (int round = 0; round < rounds; round++)
        {
            string mutated = text;
            int changes = 1 + chance.Below(4);
            for (int i = 0; i < changes; i++)
            {
                mutated = Mutate(mutated, chance);
            }

            try
            {
                load(mutated);
            }
            catch (FileProblemsException failure)
            {
                refused++;
                Assert.That(failure.Problems, Is.Not.Empty);
                Assert.That(failure.Problems.All(p => p.Place.Line >= 1 && p.Place.Column >= 1), Is.True);
            }
            catch (Exception failure)
            {
                Assert.Fail($"seed {seed}, round {round}: {failure}\n--- text\n{mutated}");
            }
        }

        return refused;
    }

    private static string Mutate(string text, Chance chance)
    {
        int at = chance.Below(text.Length);
        int length = Math.Min(chance.Below(12), text.Length - at);
        string[] lines = text.Split('\n');
        int line = chance.Below(lines.Length);
        return chance.Below(6) switch
        {
            0 => text.Remove(at, length),
            1 => text.Insert(at, Odd[chance.Below(Odd.Length)].ToString()),
            2 => text[..at] + Odd[chance.Below(Odd.Length)] + text[(at + 1)..],
            3 => text.Insert(at, text.Substring(chance.Below(text.Length - length), length)),
            4 => string.Join('\n', lines.Where((_, i) => i != line)),
            _ => string.Join('\n', [.. lines[..line], lines[chance.Below(lines.Length)], .. lines[line..]]),
        };
    }
}
