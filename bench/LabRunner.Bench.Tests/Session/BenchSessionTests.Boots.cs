using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Session;

/// <content>How a boot is seen.</content>
public sealed partial class BenchSessionTests
{
    /// <summary>Back within a heartbeat or two: but for its first line it would be a tick counter that rolled over.</summary>
    [Test]
    public async Task Reset_AtOnceOnAChipWhoseSdkSaysNothing_IsABoot(CancellationToken token)
    {
        await _bench.WaitReadyAsync("p1", TimeSpan.FromSeconds(60), token);
        await Task.Delay(TimeSpan.FromSeconds(20), _clock, token);
        _plug.Banner = "Info:MAIN:Main_Init_Before_Delay\r\nInfo:MAIN:Main_Init_Before_Delay done\r\n";

        await _plug.ResetAfterAsync(TimeSpan.Zero);
        IncidentRecord incident = await UntilAsync(i => i.Recovered is not null, token);
        await _bench.FinishAsync("completed", token);

        RunRecord run = RunReader.Read(_folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Boots.Select(b => (b.Reason, b.Expected)), Is.EqualTo(new[] { ("power-cut", true), ("watchdog", false) }));
            Assert.That(run.Boots[^1].Sources, Does.Contain("banner"));
            Assert.That(run.Events.Where(e => e.Kind == "disagreement"), Is.Empty);
            Assert.That(incident.ResetReason, Is.EqualTo("BL_RST_SOFTWARE_WATCHDOG"));
        }
    }
}
