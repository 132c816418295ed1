using System.Text.RegularExpressions;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>The part of each suite.</summary>
public sealed class SuitesSectionTests
{
    /// <summary>Of what plan all-virtual asks each suite has a heading of its own with its tests under it.</summary>
    [Test]
    public void Suites_NightOfPlanAllVirtual_HasAPartOfEachSuite()
    {
        string plan = File.ReadAllText(Path.Combine(Samples.RepositoryFolder(), "bench", "plans", "all-virtual.yaml"));
        string[] asked = [.. Regex.Matches(plan, @"^\s*- (S\d\d):", RegexOptions.Multiline).Select(m => m.Groups[1].Value).Distinct()];
        using TestRun night = new();
        night.Slot("p1");
        foreach ((int at, string suite) in asked.Index())
        {
            night.Test("p1", suite, $"TestOf{suite}", at, at + 1, Verdict.Pass);
        }

        string[] parts = Drawn.Of(new SuitesSection(), RunReader.Read(night.Folder)).Split("<h3")[1..];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(asked, Has.Length.EqualTo(18));
            Assert.That(parts, Has.Length.EqualTo(asked.Length));
            foreach ((string suite, string part) in asked.Order(StringComparer.Ordinal).Zip(parts))
            {
                Assert.That(part, Does.Contain(suite).And.Contain($"TestOf{suite}"));
            }
        }
    }

    [Test]
    public void Suites_OtaPowerCuts_AreDrawnByPhaseWithTheirBound()
    {
        using TestRun run = new();
        run.Slot("p1");
        for (int i = 0; i < 60; i++)
        {
            string stratum = (string[])["erase", "write", "tableSwitch", "firstBoot"] is var all ? all[i % 4] : "";
            run.Insert(
                "trials", ("slot", "p1"), ("suite", "S06"), ("step", "ota-power-cut"), ("at", 10.0 * i), ("ok", i != 17), ("durationMs", 9000.0),
                ("detail", $"{{\"stratum\":\"{stratum}\",\"aimed\":\"{stratum}\",\"afterSeconds\":\"{0.1 * i:0.000}\",\"runs\":\"1.18.158\"}}"));
        }

        string text = Drawn.Of(new SuitesSection(), RunReader.Read(run.Folder));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("60 power cuts during an update: 1 time the DUT was not in service after it; at 95 % the share that fails is below 7.66 %."));
            Assert.That(text, Does.Contain("class=\"cross\"").And.Contain("p1: cut 0.2 s into table switch: in service, 1.18.158 ran"));
            Assert.That(Regex.Count(text, "<th scope=\"row\">(erase|write|table switch|first boot)</th><td class=\"num\">15</td>"), Is.EqualTo(4), "a row a stretch");
            Assert.That(text.Split("class=\"dot\"").Length - 1, Is.EqualTo(59));
        }
    }
}
