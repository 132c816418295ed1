using LabRunner.Bench.Api;
using LabRunner.Bench.Session;
using LabRunner.Bench.Tests.Session;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Resume;

/// <summary>A session that goes on with the journal of a dead runner.</summary>
[CancelAfter(120_000)]
public sealed class SessionResumeTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    private readonly List<string> _folders = [];
    private LabClock _clock;
    private FakePlug _plug;

    [SetUp]
    public void SetUp()
    {
        _clock = LabClock.Start(20);
        _plug = new FakePlug(_clock);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _plug.DisposeAsync();
        _folders.ForEach(f => Directory.Delete(f, recursive: true));
        _folders.Clear();
    }

    [Test]
    public async Task Resume_ClosesWhatWasOpenMarksTheGapAndGoesOn(CancellationToken token)
    {
        string before = Folder(Directory.CreateTempSubdirectory("before-").FullName);
        string left;
        long freeze;
        await using (BenchSession first = await FakeNight.OpenAsync(before, _clock, _plug, null, token))
        {
            await first.WaitReadyAsync("p1", TimeSpan.FromMinutes(2), token);
            await first.EndTestAsync(await first.BeginTestAsync("p1", "S02", "done", "S02.done", token), Verdict.Pass, null, null, token);
            await first.BeginTestAsync("p1", "S02", "cycles", "S02.cycles", token);
            await first.BeginExposureAsync("p1", "S02", token);
            await first.OpenIntentAsync("p1", IntentKinds.Stimulus, "a storm", Nothing, token);
            await first.RecordTrialAsync("p1", "S02", "cycle", _clock.Elapsed, true, TimeSpan.FromSeconds(1), Nothing, token);
            _plug.FreezeNetwork();
            freeze = (await UntilAsync(first, i => i.Confirmed is not null, token)).Id;
            await first.RecordTrialAsync("p1", "S02", "cycle", _clock.Elapsed, true, TimeSpan.FromSeconds(1), Nothing, token);
            while (RunReader.Read(before).Trials.Count < 2)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, token);
            }

            left = Folder(FakeNight.Leave(before));
        }

        RunRecord was = RunReader.Read(left);
        ResumePoint point = new() { Run = was, LastSeen = TimeSpan.FromSeconds(was.End), Why = "the runner was gone", GuardLog = [(TimeSpan.FromSeconds(was.End + 1), "slot p1 is off after 0.10 s.")] };
        EarlierAttempt? none;
        EarlierAttempt? earlier;
        await using (BenchSession second = await FakeNight.OpenAsync(left, _clock, _plug, point, token))
        {
            await second.WaitReadyAsync("p1", TimeSpan.FromMinutes(2), token);
            none = await second.GetEarlierAttemptAsync("p1", token);
            long again = await second.BeginTestAsync("p1", "S02", "cycles", "S02.cycles", token);
            earlier = await second.GetEarlierAttemptAsync("p1", token);
            await second.EndTestAsync(again, Verdict.Pass, null, null, token);

            // Who is in the slot is asked beside the tests as soon as it serves.
            while (RunReader.Read(left).Identities.All(i => i.Phase != "resumed-1"))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, token);
            }

            await second.FinishAsync("completed", token);
        }

        RunRecord run = RunReader.Read(left);
        EventRecord gap = run.Events.Single(e => e.Kind == EventKinds.RunGap);
        DowntimeRecord invalid = run.Downtime.Single(d => d.Invalid && d.Reason.StartsWith("Gap", StringComparison.Ordinal));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(none, Is.Null, "before the test that was cut short begins again");
            Assert.That(earlier?.Trials, Has.Count.EqualTo(2));
            Assert.That(earlier?.Since.TotalSeconds, Is.EqualTo(was.Tests.Single(t => t.Name == "cycles").Started).Within(0.001));
            Assert.That(earlier?.Exposed.TotalSeconds, Is.EqualTo(was.End - was.Exposure[0].Started).Within(0.001));
            Assert.That(gap.Slot, Is.Null);
            Assert.That(gap.At, Is.EqualTo(was.End).Within(0.001));
            Assert.That(invalid.Started, Is.EqualTo(was.End).Within(0.001));
            Assert.That(invalid.Reason, Is.EqualTo("Gap in the run: the runner was gone"));
            Assert.That(run.Tests.Select(t => (t.Name, t.Verdict)), Is.EqualTo(new[] { ("done", Verdict.Pass), ("cycles", Verdict.NotRun), ("cycles", Verdict.Pass) }));
            Assert.That(run.Tests[1].Message, Does.StartWith("Interrupted: "));
            Assert.That(run.Exposure.Select(e => e.Ended), Is.All.EqualTo(was.End).Within(0.001), "hours stop at the last record");
            Assert.That(run.Incidents.Single(i => i.Id == freeze).Recovery, Is.EqualTo("not observed"));
            Assert.That(run.Incidents.Single(i => i.Id == freeze).Story, Does.Contain("How it ended was not observed"));
            Assert.That(run.Intents.Where(i => i.Closed is null), Is.Empty);
            Assert.That(run.Intents.Select(i => i.Text), Has.Some.EqualTo("power-up after a gap in the run"));
            Assert.That(run.Lanes.Where(l => l.Ended is null), Is.Empty);
            Assert.That(run.Events.Where(e => e.Kind == "guard").Select(e => e.Text), Is.EqualTo(new[] { "slot p1 is off after 0.10 s." }));
            Assert.That(run.Identities.Select(i => i.Phase), Does.Contain("before").And.Contain("resumed-1").And.Contain("after"));
            Assert.That(run.Boots, Has.Count.EqualTo(was.Boots.Count + 1));
            Assert.That(run.Verdicts.Single(v => v.Scope == "suite:S02:p1" && v.Rule == "tests").Text, Is.EqualTo("2 of 2 tests passed"));
            Assert.That(run.Outcome, Is.EqualTo("completed"));
            Assert.That(run.Verdicts.Single(v => v.Scope == "suite:S02:p1" && v.Rule == "tests").Verdict, Is.EqualTo(Verdict.Pass), "a test that was done again counts once");
            Assert.That(File.ReadAllText(Path.Combine(left, "consoles", "p1.log")), Does.Contain("--- gap: the runner was gone; the last record").And.Contain("--- gap over:"));
        }
    }

    [Test]
    public async Task Resume_OfAnAbortedRun_TakesItsEndAndVerdictsBack(CancellationToken token)
    {
        string folder = Folder(Directory.CreateTempSubdirectory("aborted-").FullName);
        await using (BenchSession first = await FakeNight.OpenAsync(folder, _clock, _plug, null, token))
        {
            await first.WaitReadyAsync("p1", TimeSpan.FromMinutes(2), token);
            await first.BeginTestAsync("p1", "S01", "soak", "S01.soak", token);
            await first.FinishAsync("aborted: interrupted by the user", token);
        }

        RunRecord was = RunReader.Read(folder);
        await using (BenchSession second = await FakeNight.OpenAsync(
            folder, _clock, _plug, new ResumePoint { Run = was, LastSeen = TimeSpan.FromSeconds(was.End), Why = "the machine was started anew" }, token))
        {
            while (RunReader.Read(folder) is { Killed: false } or { Verdicts.Count: > 0 })
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, token);
            }

            await second.FinishAsync("completed", token);
        }

        RunRecord run = RunReader.Read(folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(was.Verdicts.Single(v => v.Scope == "night").Text, Does.Contain("aborted"));
            Assert.That(run.Verdicts.Where(v => v.Scope == "night"), Has.Exactly(1).Items);
            Assert.That(run.Tests.Single().Verdict, Is.EqualTo(Verdict.NotRun), "it was cut short and has not been done again");
        }
    }

    [Test]
    public async Task Resume_WithAnotherDutInTheSlot_IsABenchFaultAndTheSlotStaysOut(CancellationToken token)
    {
        string folder = Folder(Directory.CreateTempSubdirectory("other-").FullName);
        await using (BenchSession first = await FakeNight.OpenAsync(folder, _clock, _plug, null, token))
        {
            await first.WaitReadyAsync("p1", TimeSpan.FromMinutes(2), token);
            while (!RunReader.Read(folder).Identities.Any(i => i.Phase == "before"))
            {
                await first.EndTestAsync(await first.BeginTestAsync("p1", "S01", "t", "S01.t", token), Verdict.Pass, null, null, token);
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, token);
            }

            await first.FinishAsync("aborted: interrupted by the user", token);
        }

        RunRecord was = RunReader.Read(folder);
        _plug.Mac = "11";
        await using (BenchSession second = await FakeNight.OpenAsync(
            folder, _clock, _plug, new ResumePoint { Run = was, LastSeen = TimeSpan.FromSeconds(was.End), Why = "the machine was started anew" }, token))
        {
            SlotStatus status;
            do
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, token);
                status = await second.GetStatusAsync("p1", token);
            }
            while (!status.Lost);

            Assert.That(status.LostReason, Does.Contain("another DUT (MAC 11)"));
            Assert.That(second.Faults.Select(f => f.Message), Has.Some.Contains("another DUT"));
            await second.FinishAsync("completed", token);
        }
    }

    private static async Task<IncidentRecord> UntilAsync(BenchSession bench, Func<IncidentRecord, bool> met, CancellationToken token)
    {
        while (true)
        {
            if ((await bench.GetIncidentsAsync("p1", TimeSpan.Zero, token)).FirstOrDefault(met) is { } found)
            {
                return found;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, token);
        }
    }

    private string Folder(string path)
    {
        _folders.Add(path);
        return path;
    }
}
