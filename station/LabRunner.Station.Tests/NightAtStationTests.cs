using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Formats;
using LabRunner.Station.Access;
using LabRunner.Station.Api;
using LabRunner.Station.Client;
using LabRunner.Station.Jobs;
using LabRunner.Station.Leases;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>A night as a job of the station, seen by the program that asked for it.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class NightAtStationTests
{
    private RecordedView _view;
    private TestStation _station;
    private StationClient _client;

    [SetUp]
    public async Task StartAsync()
    {
        _view = new RecordedView();
        _station = await TestStation.StartAsync();
        Environment.SetEnvironmentVariable(StationClient.Variable, _station.Options.Socket);
        _client = (await StationClient.FindAsync(_station.Options.Bench, "Anna", default))!;
    }

    [TearDown]
    public async Task EndAsync()
    {
        Environment.SetEnvironmentVariable(StationClient.Variable, null);
        _client.Dispose();
        await _station.DisposeAsync();
    }

    private JobBook Jobs => _station.Services.GetRequiredService<JobBook>();

    [Test]
    public async Task Night_IsAJob_ShownAsItGoes_WithTheScorecardOfItsReport(CancellationToken cancellationToken)
    {
        _client.Why = "größer – Versuch 2";
        Task<NightResult> night = _client.PlayAsync(new JobRequest("smoke", ["p2"], Seed: 7, Night: 3), _view, cancellationToken);
        await TestStation.UntilAsync(() => _view.Said.Contains("The fake night plays smoke.") && !_view.Shown.IsEmpty);
        Job job = Jobs.All().Single();
        _station.Opener.RunMayEnd.SetResult();
        NightResult result = await night;
        Scorecard rendered = ReportRenderer.Render(result.Folder);
        AuditEntry entry = _station.Services.GetRequiredService<AuditLog>().Newest(1)[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That((job.Owner, job.Why, job.Seed, job.Night, string.Join(',', job.Slots!)), Is.EqualTo(("Anna", "größer – Versuch 2", 7L, (long?)3, "p2")));
            Assert.That((entry.Owner, entry.Action, entry.Why), Is.EqualTo(("Anna", "POST /api/v1/jobs", "größer – Versuch 2")));
            Assert.That(_view.Shown.Last().Slots.Select(s => (s.Status.Slot, s.Activity)), Is.EqualTo(new[] { ("p2", "S99 at work") }));
            Assert.That(result.Folder, Is.EqualTo(Jobs.Find(job.Id)!.Folder));
            Assert.That((result.Interrupted, result.Fault), Is.EqualTo((false, (BenchFaultException?)null)));
            Assert.That((result.Card!.Verdict, result.Card.Text, result.Card.Paths), Is.EqualTo((rendered.Verdict, rendered.Text, rendered.Paths)));
            Assert.That(result.Card.Slots.Select(s => (s.Slot, s.Verdict, s.Sentence, s.DeviceHours)), Is.EqualTo(rendered.Slots.Select(s => (s.Slot, s.Verdict, s.Sentence, s.DeviceHours))));
        }
    }

    [Test]
    public async Task Interrupted_ItsRunIsStopped_AndTheReportIsWrittenAllTheSame(CancellationToken cancellationToken)
    {
        using CancellationTokenSource interrupt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<NightResult> night = _client.PlayAsync(new JobRequest("smoke"), _view, interrupt.Token);
        await TestStation.UntilAsync(() => !_view.Shown.IsEmpty);
        await interrupt.CancelAsync();
        NightResult result = await night;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((result.Interrupted, result.Fault), Is.EqualTo((true, (BenchFaultException?)null)));
            Assert.That(result.Card!.Paths!.Html, Does.Exist);
            Assert.That(Jobs.All().Single().State, Is.EqualTo(JobState.Stopped));
        }
    }

    [Test]
    public async Task InterruptedInTheQueue_ItLeavesIt_AfterItSaidWhyItWaits(CancellationToken cancellationToken)
    {
        _station.Services.GetRequiredService<LeaseDesk>().Take("Bob", ["p1"], "bisecting", TimeSpan.FromHours(1));
        using CancellationTokenSource interrupt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<NightResult> night = _client.PlayAsync(new JobRequest("smoke"), _view, interrupt.Token);
        await TestStation.UntilAsync(() => _view.Said.Any(s => s.StartsWith("It waits: Bob has p1 for 'bisecting'", StringComparison.Ordinal)));
        await interrupt.CancelAsync();

        await Assert.ThatAsync(() => night, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((Jobs.All().Single().State, _station.Opener.Begun.Count), Is.EqualTo((JobState.Stopped, 0)));
    }

    [Test]
    public async Task BehindARun_ItSaysWhoseItIs_AndWhoTakesItOutOfTheQueueIsNamed(CancellationToken cancellationToken)
    {
        Jobs.Put(new Job { Id = "20260101T000000Zaaaaaa", Plan = "check", Owner = "Bob", Created = DateTimeOffset.UnixEpoch });
        await TestStation.UntilAsync(() => _station.Keeper.Now is { Job: not null, Bench: not null });
        Task<NightResult> night = _client.PlayAsync(new JobRequest("smoke"), _view, cancellationToken);
        await TestStation.UntilAsync(() => _view.Said.Contains("It waits: run 20260101T000000Zaaaaaa (plan check) of Bob goes on."));
        Job job = Jobs.Queue().Single();
        using StationClient root = (await StationClient.FindAsync(_station.Options.Bench, "Root", cancellationToken))!;
        await root.StopJobAsync(job.Id, cancellationToken);

        await Assert.ThatAsync(() => night, Throws.TypeOf<BenchFaultException>().With.Message.Contains("Root took it out of the queue"));
    }

    [Test]
    public async Task BenchThatCannotBeOpened_IsTheSameFaultAsWithoutAStation(CancellationToken cancellationToken)
    {
        _station.Opener.RunFault = new BenchFaultException(FaultKind.Gpio, "chip gpiochip9", "it is not there", "Plug it in");

        BenchFaultException fault = _station.Opener.RunFault;
        await Assert.ThatAsync(
            () => _client.PlayAsync(new JobRequest("smoke"), _view, cancellationToken),
            Throws.TypeOf<BenchFaultException>().With.Message.EqualTo(fault.Message).And.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Gpio));
        Assert.That(Jobs.All().Single().Problem, Is.EqualTo(new ProblemView(
            "urn:labrunner:problem:bench", "The bench failed", 502, fault.Message, null, fault.Problem, fault.Remedy, fault.Place, FaultKind.Gpio)));
    }

    [Test]
    public async Task StationThatIsStartedAnew_GoesOnWithTheNight_AndWhoFollowedItStillDoes(CancellationToken cancellationToken)
    {
        Task<NightResult> night = _client.PlayAsync(new JobRequest("smoke"), _view, cancellationToken);
        await TestStation.UntilAsync(() => !_view.Shown.IsEmpty);
        _station = await _station.AgainAsync();
        await TestStation.UntilAsync(() => _station.Keeper.Now.Job is not null);
        _station.Opener.RunMayEnd.SetResult();
        NightResult result = await night;

        Assert.That((result.Interrupted, result.Card is not null, Jobs.All().Single().Resumed, Jobs.All().Single().State), Is.EqualTo((false, true, 1, JobState.Done)));
    }

    [Test]
    public async Task Order_ThatNoStationTakes_IsTheCallersMistake(CancellationToken cancellationToken)
    {
        using (Assert.EnterMultipleScope())
        {
            await Assert.ThatAsync(() => _client.PlayAsync(new JobRequest("smoke", Night: -1), _view, cancellationToken), Throws.TypeOf<UsageException>().With.Message.Contains("nights are counted from 0"));
            await Assert.ThatAsync(() => _client.PlayAsync(new JobRequest("../smoke"), _view, cancellationToken), Throws.TypeOf<UsageException>().With.Message.Contains("A station plays plans of its own folder by their names"));
            await Assert.ThatAsync(() => _client.JobAsync("nobody", cancellationToken), Throws.TypeOf<UsageException>().With.Message.Contains("There is no job 'nobody'"));
        }
    }
}
