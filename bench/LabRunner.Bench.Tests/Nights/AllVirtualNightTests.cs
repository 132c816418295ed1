using System.Text.Json;
using LabRunner.Bench.Plans;

namespace LabRunner.Bench.Tests.Nights;

/// <summary>Plan all-virtual, every suite on the virtual bench, through the program a user starts: <c>./lab test all-virtual</c>.</summary>
[Category("all-virtual")]
[Category("on-demand")]
[Category("alone")]
[NonParallelizable]
public sealed class AllVirtualNightTests
{
    // What the plan is made for on two cores; more than that is told and fails nothing, since a machine may have other things to do.
    private static readonly TimeSpan Meant = TimeSpan.FromMinutes(20);

    private NightProcess _night = null!;
    private JsonElement _report;

    [OneTimeSetUp]
    public async Task PlayAsync()
    {
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(60), TimeProvider.System);
        long began = TimeProvider.System.GetTimestamp();
        _night = NightProcess.Start("night", "--plan", "all-virtual", "--out", "{out}");
        await _night.EndAsync(limit.Token);
        TimeSpan took = TimeProvider.System.GetElapsedTime(began);
        await TestContext.Progress.WriteLineAsync(FormattableString.Invariant($"all-virtual took {took.TotalMinutes:0.0} min, {took / Meant:0.00} of the {Meant.TotalMinutes:0} min it is made for, on {Environment.ProcessorCount} cores"));
        using JsonDocument report = _night.Report();
        _report = report.RootElement.Clone();
    }

    [OneTimeTearDown]
    public void Clean() => _night.Dispose();

    [Test]
    public void HealthyPlug_PassesEverySuite()
    {
        string[] notPassed =
        [
            .. Verdicts().Where(v => v.Scope.StartsWith("suite:", StringComparison.Ordinal) && v.Scope.EndsWith(":p1", StringComparison.Ordinal) && v is { Rule: "tests", Verdict: not "PASS" })
                .Select(v => $"{v.Scope} {v.Verdict}: {v.Text}"),
        ];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(notPassed, Is.Empty);
            Assert.That(Verdicts().Single(v => v is { Scope: "slot:p1", Rule: "stability" }).Verdict, Is.EqualTo("PASS"));
        }
    }

    [Test]
    public void EverySuite_HasTestsInTheReport() => Assert.That(
        _report.GetProperty("tests").EnumerateArray().Select(t => t.GetProperty("suite").GetString()).Distinct().Order(StringComparer.Ordinal), Is.EqualTo(PlanLoader.SuiteNames));

    [TestCase("p2", "NET_FREEZE F01")]
    [TestCase("p3", "PERIODIC_FREEZE F09")]
    [TestCase("p4", "HANG_RECOVERED F03")]
    [TestCase("p4", "LEAK F17")]
    [TestCase("p5", "BUTTON_DEAD F43")]
    public void PlantedFault_IsNamed(string slot, string mode) => Assert.That(
        _report.GetProperty("incidents").EnumerateArray().Where(i => i.GetProperty("slot").GetString() == slot && !i.GetProperty("expected").GetBoolean())
            .Select(i => $"{i.GetProperty("class").GetString()} {i.GetProperty("mode").GetString()}"),
        Does.Contain(mode));

    private IEnumerable<(string Scope, string Rule, string Verdict, string Text)> Verdicts() => _report.GetProperty("verdicts").EnumerateArray().Select(v => (
        v.GetProperty("scope").GetString()!, v.GetProperty("rule").GetString()!, v.GetProperty("verdict").GetString()!, v.GetProperty("text").GetString()!));
}
