using System.Text.RegularExpressions;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Tests.Conventions;

/// <summary>What the READMEs name exists.</summary>
public sealed partial class ReadmeTests
{
    private static IEnumerable<string> Readmes() =>
        Directory.EnumerateFiles(RepoFolder.Path, "README.md", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}.artifacts{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

    [Test]
    public void EveryRoom_HasAReadme() =>
        Assert.That(
            new[] { "", "hardware", "bench", "station", "fixtures", "suites", "reports" }.Where(room => !File.Exists(Path.Combine(RepoFolder.Path, room, "README.md"))),
            Is.Empty);

    [TestCaseSource(nameof(Readmes))]
    public void Links_PointToFilesThatExist(string readme)
    {
        string folder = Path.GetDirectoryName(readme)!;
        string[] missing =
        [
            .. Link().Matches(File.ReadAllText(readme)).Select(m => m.Groups[1].Value)
                .Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#'))
                .Where(target => !Path.Exists(Path.Combine(folder, target.Split('#')[0]))),
        ];

        Assert.That(missing, Is.Empty);
    }

    [TestCaseSource(nameof(Readmes))]
    public void Verbs_AreVerbsOfTheProgram(string readme)
    {
        string verbs = Path.Combine(RepoFolder.Path, "bench", "LabRunner.Cli", "Commands");
        string[] unknown =
        [
            .. Verb().Matches(File.ReadAllText(readme)).Select(m => m.Groups[1].Value).Distinct()
                .Where(verb => verb is not ("test" or "publish" or "package" or "install") && !File.Exists(Path.Combine(verbs, char.ToUpperInvariant(verb[0]) + verb[1..] + "Verb.cs"))),
        ];

        Assert.That(unknown, Is.Empty);
    }

    private static IEnumerable<TestCaseData> Inventories() =>
        from readme in Readmes()
        from block in InventoryBlock().Matches(File.ReadAllText(readme))
        select new TestCaseData(block.Groups[1].Value).SetArgDisplayNames(Path.GetRelativePath(RepoFolder.Path, readme), block.Groups[2].Value);

    [TestCaseSource(nameof(Inventories))]
    public void Inventories_HoldAsTheyStand(string text) =>
        Assert.That(() => InventoryLoader.LoadText("README.md", text, new DriverCatalogue(), null, BenchFolders.Find().Boards), Throws.Nothing);

    [GeneratedRegex(@"```yaml\n(bench: (\S+)\n.*?)```", RegexOptions.Singleline)]
    private static partial Regex InventoryBlock();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\./lab ([a-z]+)")]
    private static partial Regex Verb();
}
