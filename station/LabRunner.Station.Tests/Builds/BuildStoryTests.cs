using LabRunner.Bench.Hosting.Hand;
using LabRunner.Reports.Records;
using LabRunner.Station.Builds;
using LabRunner.Station.Jobs;
using LabRunner.Station.Schedule;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests.Builds;

/// <summary>Two builds come into a folder one after the other: each goes into the plug, is soaked, held against the one before, and told. Real sockets, PTYs and suite processes.</summary>
[CancelAfter(300_000)]
[NonParallelizable]
public sealed class BuildStoryTests
{
    private string _builds;

    [SetUp]
    public void SetUp() => _builds = Directory.CreateTempSubdirectory("builds-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_builds, recursive: true);

    [Test]
    public async Task Build_IsFound_GoesIntoThePlug_IsSoaked_ComparedAndTold(CancellationToken cancellationToken)
    {
        await using NewsHook hook = await NewsHook.StartAsync();
        string notify = Path.Combine(_builds, "notify.yaml");
        await File.WriteAllTextAsync(notify, $"channels:\n  - {{ kind: webhook, url: \"{hook.Address}\" }}\n", cancellationToken);
        using PlanHome home = new PlanHome().AddShort("soak", cycles: 1).Enter();
        await using VirtualStation station = await VirtualStation.StartAsync(
            timeScale: 20, schedule: $"health: {{ before: none }}\nbuilds:\n  stable: {{ folder: \"{_builds}\", files: \"*.ota\", settle: 1s, every: 1s, plan: soak, slots: [p1], notify: \"{notify}\" }}\n");
        BuildWatch watch = station.Services.GetRequiredService<StationSchedule>().Builds.Single();
        await TestStation.PollAsync(() => station.Services.GetRequiredService<BuildBook>().Knows(watch), cancellationToken);

        Job first = await ComesAsync(station, "1.18.231", cancellationToken);
        Job second = await ComesAsync(station, "1.18.232", cancellationToken);
        RunRecord run = RunReader.Read(second.Folder!);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((first.State, second.State), Is.EqualTo((JobState.Done, JobState.Done)), $"{first.Text} {second.Text}");
            Assert.That(run.Identities.Where(i => i.Slot == "p1").Select(i => i.Facts["build"]), Has.All.Contains("1.18.232"));
            Assert.That(run.Trials.Select(t => t.Suite).Distinct(), Is.SupersetOf(new[] { "S02", "S17" }));
            Assert.That(first.After, Is.EqualTo("There is no run before to compare with. Told webhook (channel 1)."));
            Assert.That(second.After, Does.Contain($"against {Path.GetFileName(first.Folder)}: ").And.Contain("1.18.231 before").And.Contain("1.18.232 now"));
            Assert.That(await File.ReadAllTextAsync(Path.Combine(second.Folder!, "report", "comparison.html"), cancellationToken), Does.Contain("1.18.231").And.Contain("1.18.232"));
            Assert.That(hook.Told, Has.Count.EqualTo(2));
            Assert.That(hook.Told[1], Does.Contain("against"));
        }
    }

    /// <summary>As a build server leaves one: written beside its name, then moved into place.</summary>
    private async Task<Job> ComesAsync(VirtualStation station, string version, CancellationToken cancellationToken)
    {
        string file = Path.Combine(_builds, $"{version}.ota");
        await File.WriteAllBytesAsync($"{file}.part", VirtualImages.Ota(version), cancellationToken);
        File.Move($"{file}.part", file);
        JobBook jobs = station.Services.GetRequiredService<JobBook>();
        Job? Its() => jobs.All().FirstOrDefault(j => j.Firmware?.Version == version);
        await TestStation.PollAsync(() => Its()?.After is not null, cancellationToken);
        return Its()!;
    }
}
