using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Session;

/// <content>What a session that may go on for months keeps.</content>
public sealed partial class BenchSessionTests
{
    [Test]
    public async Task Watch_ThatGoesOnAndOn_KeepsItsFiguresForSoLong_AndWhatHappenedForEver(CancellationToken token)
    {
        TimeSpan keeps = TimeSpan.FromMinutes(10);
        await TearDown();
        await OpenAsync(null, 500, keeps);
        await _bench.WaitReadyAsync("p1", TimeSpan.FromHours(1), token);

        // Long after it forgot the second time, and long before the third.
        while (_clock.Elapsed < TimeSpan.FromHours(2) + TimeSpan.FromMinutes(20))
        {
            await Task.Delay(TimeSpan.FromMinutes(1), _clock, token);
        }

        IReadOnlyList<TelemetryRecord> kept = _bench.GetTelemetry("p1", TimeSpan.Zero);
        TimeSpan now = _clock.Elapsed;
        await _bench.FinishAsync("completed", token);
        RunRecord run = RunReader.Read(_folder);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(kept, Is.Not.Empty);
            Assert.That(kept[^1].At - kept[0].At, Is.LessThanOrEqualTo((keeps + TimeSpan.FromHours(1)).TotalSeconds));
            Assert.That(kept.Count(t => t.At > (now - keeps).TotalSeconds), Is.EqualTo(run.Telemetry.Count(t => t.At > (now - keeps).TotalSeconds && t.At <= kept[^1].At)), "what is asked for is all there");
            Assert.That(run.Telemetry[0].At, Is.GreaterThanOrEqualTo((TimeSpan.FromHours(1) - keeps).TotalSeconds));
            Assert.That(run.Boots, Is.Not.Empty, "what happened stays");
        }
    }
}
