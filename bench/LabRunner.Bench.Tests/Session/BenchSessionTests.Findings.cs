using LabRunner.Bench.Api;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Session;

/// <content>What a suite names.</content>
public sealed partial class BenchSessionTests
{
    [TestCase(true, "HANG_RECOVERED", null)]
    [TestCase(false, "HTTP_STORM", "F14")]
    public async Task Report_OfWhatThePlugDoesLeftAloneToo_ExplainsNothing(bool aloneToo, string expected, string? mode, CancellationToken token)
    {
        await _bench.WaitReadyAsync("p1", TimeSpan.FromSeconds(60), token);
        await Task.Delay(TimeSpan.FromSeconds(20), _clock, token);
        if (aloneToo)
        {
            await _plug.HangAsync();
            await UntilAsync(i => i.Recovered is not null, token);

            // The watch takes what comes within 120 s for the same failure.
            await Task.Delay(TimeSpan.FromSeconds(130), _clock, token);
        }

        TimeSpan began = _clock.Elapsed;
        await _bench.OpenIntentAsync("p1", IntentKinds.Stimulus, "4 clients at once", new Dictionary<string, string>(), token);
        await Task.Delay(TimeSpan.FromSeconds(10), _clock, token);
        await _plug.HangAsync();
        IncidentRecord hang = await UntilAsync(i => i.FirstSymptom >= began.TotalSeconds && i.Recovered is not null, token);
        await _bench.ReportFindingAsync(new Finding("p1", "S07", "HTTP_STORM", "F14", "HTTP stress", "It reset.", began, "4 clients at once", [], [hang.Id]), token);

        IncidentRecord named = (await _bench.GetIncidentsAsync("p1", began, token)).Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(named.Class, Is.EqualTo(expected));
            Assert.That(mode is null || named.Mode == mode, Is.True, named.Mode);
            Assert.That(named.Story.Contains("which is no proof of a cause", StringComparison.Ordinal), Is.EqualTo(aloneToo));
        }
    }
}
