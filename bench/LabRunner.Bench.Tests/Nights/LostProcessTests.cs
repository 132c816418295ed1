using System.Text.Json;
using LabRunner.Bench.Tests.Faults;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Nights;

/// <summary>Processes of a night that are killed: the harness with its GPIO chip and all its plugs, and a suite host.</summary>
[Category("bench-faults")]
[NonParallelizable]
[CancelAfter(600_000)]
public sealed class LostProcessTests
{
    [Test]
    public async Task GpioChip_Gone_EndsAsABenchFaultThatTheReportNames(CancellationToken token)
    {
        using NightProcess night = NightProcess.Start("night", "--slots", "p1,p5", "--plan", "check", "--out", "{out}");
        string directory = await PlugEcho.DirectoryOfAsync(night, token);
        await night.LineAsync("S17", token);

        using JsonDocument addresses = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(directory, "addresses.json"), token));
        NightProcess.Signal("KILL", addresses.RootElement.GetProperty("pid").GetInt32());
        int code = await night.EndAsync(token);

        RunRecord run = RunReader.Read(night.Folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(3), night.Output);
            Assert.That(night.Output, Does.Not.Contain("   at LabRunner"));
            Assert.That(run.Events.Where(e => e.Kind == "bench-fault"), Is.Not.Empty);
            Assert.That(run.Verdicts.Single(v => v.Scope == "night").Verdict, Is.EqualTo(Verdict.Invalid), "nothing is known of the plug");
            Assert.That(ValidityText.Of(run), Does.Contain("Bench faults"));
        }
    }

    [Test]
    public async Task SuiteHost_Killed_CostsItsTestAndTheNightGoesOn(CancellationToken token)
    {
        using NightProcess night = NightProcess.Start("night", "--slots", "p1", "--plan", "check", "--out", "{out}");
        await night.LineAsync("S02", token);

        NightProcess.Signal("KILL", NightProcess.Find("LabRunner.Suites", pid => NightProcess.Parent(pid) == night.Pid));
        await night.EndAsync(token);

        RunRecord run = RunReader.Read(night.Folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Outcome, Is.EqualTo("completed"), night.Output);
            Assert.That(run.Tests.Where(t => t.Verdict == Verdict.Invalid).Select(t => t.Message), Has.Some.Contains("the suite host ended with code"));
            Assert.That(run.Tests.Select(t => t.Suite), Does.Contain("S04").And.Contain("S12").And.Contain("S14"), "the rest is asked all the same");
        }
    }
}
