using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Nights;

/// <summary>A night whose runner hangs, and a night whose guard dies.</summary>
[Category("night")]
[NonParallelizable]
[CancelAfter(120_000)]
public sealed class GuardedNightTests
{
    [Test]
    public async Task Runner_Stopped_IsKilledAndItsOutputsGoOff(CancellationToken cancellationToken)
    {
        using NightProcess night = NightProcess.Start("night", "--slots", "p1", "--out", "{out}");
        PlugEcho echo = await PlugEcho.OfAsync(night, "p1", cancellationToken);
        await night.LineAsync("S17", cancellationToken);
        bool upBefore = await echo.WaitAsync(answering: true, cancellationToken);

        night.Signal("STOP");
        await night.EndAsync(cancellationToken);
        bool offAfter = await echo.WaitAsync(answering: false, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(upBefore, Is.True, "the plug must run before");
            Assert.That(offAfter, Is.True, "the guard must have cut the power");
            Assert.That(RunReader.Read(night.Folder).Slots, Has.Count.EqualTo(1), "the journal must read");
        }
    }

    [Test]
    public async Task Guard_KilledOrStopped_IsReplacedAndTheJournalSaysSo(CancellationToken cancellationToken)
    {
        using NightProcess night = NightProcess.Start("night", "--slots", "p1", "--out", "{out}");
        PlugEcho echo = await PlugEcho.OfAsync(night, "p1", cancellationToken);
        await night.LineAsync("S17", cancellationToken);
        int first = night.GuardPid() ?? throw new InvalidOperationException("The night has no guard.");

        NightProcess.Signal("KILL", first);
        await night.LineAsync("The bench is guarded again.", cancellationToken);
        int second = night.GuardPid() ?? throw new InvalidOperationException("The night has no second guard.");
        NightProcess.Signal("STOP", second);
        await night.LineAsync("it did not answer", cancellationToken);
        int? third;
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
            third = night.GuardPid();
        }
        while (third is null || third == second);

        bool stillUp = await echo.WaitAsync(answering: true, cancellationToken);
        night.Signal("INT");
        await night.EndAsync(cancellationToken);

        RunRecord run = RunReader.Read(night.Folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second, Is.Not.EqualTo(first));
            Assert.That(stillUp, Is.True, "a guard that is replaced must not cut the power");
            Assert.That(run.Events.Where(e => e.Kind == "guard").Select(e => e.Text), Has.Some.Contains("is gone").And.Some.Contains("guarded again"));
        }
    }
}
