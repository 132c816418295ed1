using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Safety;

/// <summary>A relay that closes by itself, watched through a night's session.</summary>
[CancelAfter(240_000)]
[Parallelizable(ParallelScope.Self)]
public sealed class RelayTests
{
    private string _folder;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("relay-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task ClosesByItself_PowerGoesAndTheProductFails(CancellationToken token)
    {
        RunRecord run = await LostSlot.RunAsync(
            _folder, "p1", token, ("    sentinel: true\n", "    sentinel: true\n    relayOn: declared\n"),
            ("p1: { version: \"1.18.158\" }", "p1: { version: \"1.18.158\", faults: [ { id: F43, mode: ghost, every: 20s } ] }"));

        IncidentRecord incident = run.Incidents.Single(i => i.Slot == "p1");
        VerdictRecord verdict = run.Verdicts.Single(v => v is { Scope: "slot:p1", Rule: "stability" });
        using (Assert.EnterMultipleScope())
        {
            Assert.That((incident.Class, incident.Expected), Is.EqualTo(("RELAY_ON", false)));
            Assert.That(incident.Evidence, Has.Some.Contains("contact closed at"));
            Assert.That(verdict.Verdict, Is.EqualTo(Verdict.Fail));
            Assert.That(verdict.Text, Does.Contain("Its relay closed by itself (RELAY_ON)"));
            Assert.That(run.Downtime.Any(d => d is { Slot: "p1", Invalid: true } && d.Reason.Contains("its relay closed", StringComparison.Ordinal)), Is.True);
            Assert.That(run.Events.Any(e => e is { Slot: "p1", Kind: "power" } && e.Text.Contains("its relay closed", StringComparison.Ordinal)), Is.True);
            Assert.That(FailureRule.IsFinding(incident), Is.True);
        }
    }
}
