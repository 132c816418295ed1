using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Hosting.Resume;
using LabRunner.Bench.Journal;
using LabRunner.Bench.Tests.Nights;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Resume;

/// <summary>
/// A night whose machine was started anew: runner and guard are gone at once, and the journal belongs to another start. The supply that the test
/// leaves on is what no real machine leaves; so it proves that going on switches off before it does anything else.
/// </summary>
[Category("night")]
[NonParallelizable]
[CancelAfter(300_000)]
public sealed class RebootedNightTests
{
    private const string Plan = """
        plan: rebooted
        timeScale: 20
        baseline: 1s
        testLimit: 30m
        watch: { selfHeal: 30s, mqttEvery: 30s }
        suites:
          - S01: { duration: 10m }
        """;

    // Line of p1's supply at the harness.
    private const int Supply = 0;

    [Test]
    public async Task Night_OfAnotherStartOfTheMachine_GoesOn_SwitchesOffFirst_AndMarksTheGap(CancellationToken token)
    {
        string work = Directory.CreateTempSubdirectory("rebooted-").FullName;
        string plan = Path.Combine(work, "rebooted.yaml"), folder = Path.Combine(work, "run");
        await File.WriteAllTextAsync(plan, Plan, token);
        HarnessTape? tape = null;
        try
        {
            using (NightProcess night = NightProcess.Start("night", "--slots", "p1", "--plan", plan, "--out", folder))
            {
                tape = new HarnessTape(VirtualBench.ReadVariables(await PlugEcho.DirectoryOfAsync(night, token))["virtual.harness"], [Supply]);
                PlugEcho echo = await PlugEcho.OfAsync(night, "p1", token);
                await night.LineAsync(" S01", token);
                Assert.That(await echo.WaitAsync(answering: true, token), Is.True, "the plug must run before");
                Cut(night);
                await night.EndAsync(token);
            }

            long cut = TimeProvider.System.GetTimestamp();
            RunRecord was = RunReader.Read(folder);
            bool left = tape.HighAt(cut) is [{ StayedOn: null }];
            await BelongToAnotherStartAsync(folder, was);

            // No machine is up again within a second: a wall clock that said so would not be believed.
            TimeSpan off = was.WallAt(was.End)!.Value + TimeSpan.FromSeconds(2) - TimeProvider.System.GetUtcNow();
            await Task.Delay(off > TimeSpan.Zero ? off : TimeSpan.Zero, TimeProvider.System, token);
            using NightProcess next = NightProcess.Start("night", "--resume", folder);
            await next.EndAsync(token);
            TimeSpan? fell = tape.HighAt(cut)[0].StayedOn;

            RunRecord run = RunReader.Read(folder);
            EventRecord gap = run.Events.Single(e => e.Kind == EventKinds.RunGap);
            DowntimeRecord invalid = run.Downtime.Single(d => d.Invalid && d.Reason.StartsWith("Gap in the run: the machine was started anew", StringComparison.Ordinal));
            using (Assert.EnterMultipleScope())
            {
                Assert.That(left, Is.True, "nobody was left to switch off, or this proves nothing");
                Assert.That(fell, Is.Not.Null, "the first thing that happens to the supply is that it goes off");
                Assert.That(run.Outcome, Is.EqualTo("completed"), next.Output);
                Assert.That(gap.Text, Does.Contain("the machine was started anew; how long it was off is told by the wall clock. Nothing was observed and nothing of it counts as exposure"));
                Assert.That((gap.At, invalid.Started), Is.EqualTo((was.End, was.End)).Within(0.001));
                Assert.That(invalid.Ended, Is.GreaterThan(invalid.Started));
                Assert.That(run.Exposure.Where(e => e.Started < invalid.Ended - 0.001 && e.Ended > invalid.Started + 0.001), Is.Empty, "no hour of the gap counts");
                Assert.That(run.Intents.Select(i => i.Text), Has.Some.EqualTo("power-up after a gap in the run"));
                Assert.That(run.Incidents, Is.Empty, "the boot after the gap is the bench's own");
                Assert.That(await File.ReadAllTextAsync(Path.Combine(folder, "consoles", "p1.log"), token), Does.Contain("--- gap: the machine was started anew").And.Contain("--- gap over:"));
                Assert.That(RunOrigin.Parse(run.Meta[MetaKeys.Resume])?.BootId, Is.EqualTo(RunOrigin.ThisBoot()), "the next death is one of this start");
            }
        }
        finally
        {
            tape?.Dispose();
            if (TestContext.CurrentContext.Result.FailCount == 0)
            {
                Directory.Delete(work, recursive: true);
            }
        }
    }

    // Stopped first, so that the runner finds no other guard in the moment between.
    private static void Cut(NightProcess night)
    {
        int guard = night.GuardPid() ?? throw new InvalidOperationException("The night has no guard.");
        night.Signal("STOP");
        NightProcess.Signal("KILL", guard);
        night.Kill();
    }

    private static async Task BelongToAnotherStartAsync(string folder, RunRecord run)
    {
        RunOrigin origin = RunOrigin.Parse(run.Meta[MetaKeys.Resume])!;
        Assert.That(origin.BootId, Is.EqualTo(RunOrigin.ThisBoot()).And.Not.Empty);
        await using JournalWriter journal = JournalWriter.Continue(Path.Combine(folder, JournalSchema.FileName), static text => text);
        journal.Put(JournalRow.Meta(MetaKeys.Resume, (origin with { BootId = "00000000-0000-0000-0000-000000000000" }).ToJson()));
    }
}
