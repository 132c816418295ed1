using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Session;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Safety;

/// <summary>The virtual bench's E-stop and lid, pressed and opened from outside.</summary>
[CancelAfter(180_000)]
[Parallelizable(ParallelScope.Self)]
public sealed class EStopTests
{
    private const int EStopHand = 40;
    private const int EStopChain = 44;
    private const int LidHand = 41;
    private const int LidChain = 45;
    private static readonly int[] Supplies = [0, 8];
    private static readonly TimeSpan Promise = TimeSpan.FromSeconds(2);

    [TestCase(EStopHand, EStopChain, "the E-stop")]
    [TestCase(LidHand, LidChain, "the lid")]
    public async Task Opened_DuringANight_AllOffWithinTwoSecondsAndTheNightIsInvalid(int hand, int chain, string name, CancellationToken token)
    {
        string folder = Directory.CreateTempSubdirectory("estop-").FullName;
        try
        {
            BenchOwnerOptions options = new() { Bench = "virtual", Plan = "check", Slots = ["p1", "p2"], TimeScale = 1, RunFolder = folder };
            await using (BenchOwner owner = await BenchOwner.OpenAsync(options, BenchFiles.Load(options), _ => { }, token))
            {
                object harness = owner.Files.Inventory.Resources["harness"].Options;
                using HarnessHand outside = new((string)harness.GetType().GetProperty("Socket")!.GetValue(harness)!);
                foreach (int line in (int[])[.. Supplies, chain])
                {
                    await outside.WatchAsync(line);
                }

                long test = await owner.Session.BeginTestAsync("p1", "S01", "soak", "S01.soak", token);
                await outside.SetAsync(hand, true);
                Dictionary<int, long> falls = await outside.FallsAsync([.. Supplies, chain], token);
                await AssertRefusedAsync(owner.Session, name, token);
                await owner.Session.EndTestAsync(test, Verdict.Fail, "no answer", null, token);
                SlotStatus status = await owner.Session.GetStatusAsync("p2", token);
                TimeSpan opened = owner.Clock.At(falls[chain]);
                using (Assert.EnterMultipleScope())
                {
                    foreach (int line in Supplies)
                    {
                        TimeSpan took = owner.Clock.At(falls[line]) - opened;
                        Assert.That(took, Is.InRange(TimeSpan.Zero, Promise), $"line {line}, run time between the two edges inside");
                        TestContext.Out.WriteLine($"{name}: supply on line {line} off {took.TotalMilliseconds:0.0} ms after the edge");
                    }

                    Assert.That(status.Lost, Is.True);
                    Assert.That(status.LostReason, Does.Contain(name));
                }

                // Closing the chain again starts nothing.
                await outside.SetAsync(hand, false);
                await AssertRefusedAsync(owner.Session, name, token);
                await owner.Session.FinishAsync("completed", token);
            }

            RunRecord run = RunReader.Read(folder);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(run.Events.Where(e => e.Kind == "bench-fault").Select(e => e.Text), Has.Exactly(1).Contains(name));
                Assert.That(run.Downtime.Where(d => d is { Invalid: true } && d.Reason.Contains(name, StringComparison.Ordinal)).Select(d => d.Slot).Distinct(), Is.EquivalentTo(new[] { "p1", "p2" }));
                Assert.That(run.Verdicts.Single(v => v.Scope == "night").Verdict, Is.EqualTo(Verdict.Invalid));
                Assert.That(run.Verdicts.Where(v => v.Rule == "stability").Select(v => v.Verdict), Is.All.EqualTo(Verdict.Invalid));
                Assert.That(run.Tests.Single(t => t.Name == "soak").Verdict, Is.EqualTo(Verdict.Invalid), "what was under way is not the plug's failure");
                Assert.That(run.Incidents.Where(i => !i.Expected), Is.Empty);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task AssertRefusedAsync(BenchSession bench, string name, CancellationToken token)
    {
        (string What, Func<Task> Act)[] actions =
        [
            ("power", () => bench.SwitchPowerAsync("p1", true, token)), ("press", () => bench.PressAsync("p1", TimeSpan.FromMilliseconds(200), token)),
            ("pulses", () => bench.InjectAsync("p1", new LoadPoint(230, 60, 1), token)), ("console", () => bench.WriteConsoleAsync("p1", "x", token)),
            ("strap", () => bench.SetBootStrapAsync("p1", true, token)), ("reset", () => bench.SetResetAsync("p1", true, token)),
        ];
        foreach ((string what, Func<Task> act) in actions)
        {
            await Assert.ThatAsync(
                act, Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Safety).And.Message.Contains(name), what);
        }

        // Switching off is always allowed.
        await Assert.ThatAsync(() => bench.SwitchPowerAsync("p1", false, token), Throws.Nothing);
    }
}
