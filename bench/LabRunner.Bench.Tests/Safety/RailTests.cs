using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Safety;

/// <summary>A rail out of its band, watched through a night's session.</summary>
[CancelAfter(240_000)]
[Parallelizable(ParallelScope.Self)]
public sealed class RailTests
{
    private string _folder;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("rail-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task OutOfItsBand_PowerGoesAndNoFirmwareIsBlamed(CancellationToken token)
    {
        RunRecord run = await LostSlot.RunAsync(
            _folder, "p1", token, ("p1: { version: \"1.18.158\" }", "p1: { version: \"1.18.158\", faults: [ { id: F54, at: 20s, volts: 2.5 } ] }"));
        IncidentRecord incident = run.Incidents.Single(i => i.Slot == "p1");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((incident.Class, incident.Mode), Is.EqualTo(("HW_FAULT", "F54")));
            Assert.That(incident.Story, Does.Contain("its band is 2.7 V to 3.63 V"));
            Assert.That(run.Verdicts.Single(v => v is { Scope: "slot:p1", Rule: "stability" }).Verdict, Is.EqualTo(Verdict.Invalid));
            Assert.That(run.Downtime.Any(d => d is { Slot: "p1", Invalid: true } && d.Reason.Contains("its band is", StringComparison.Ordinal)), Is.True);
        }
    }
}
