using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Plug;

[TestFixture]
public sealed class EngineTests
{
    [Test]
    public void RunUntil_SeveralDue_RunsInOrderAtTheirTimes()
    {
        Engine engine = new();
        List<double> ran = [];
        engine.Schedule(TimeSpan.FromSeconds(2), () => ran.Add(engine.Now.TotalSeconds));
        engine.Schedule(TimeSpan.FromSeconds(1), () =>
        {
            ran.Add(engine.Now.TotalSeconds);
            engine.Schedule(TimeSpan.FromSeconds(1.5), () => ran.Add(engine.Now.TotalSeconds));
        });
        IDisposable cancelled = engine.Schedule(TimeSpan.FromSeconds(1.2), () => ran.Add(-1));
        cancelled.Dispose();
        engine.RunUntil(TimeSpan.FromSeconds(3));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ran, Is.EqualTo(new[] { 1, 1.5, 2 }));
            Assert.That(engine.Now, Is.EqualTo(TimeSpan.FromSeconds(3)));
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task RunAsync_ScaledClock_RunsDueAndPostedActions(CancellationToken cancellationToken)
    {
        Engine engine = new();
        TaskCompletionSource<TimeSpan> due = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource posted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Schedule(TimeSpan.FromSeconds(2), () => due.SetResult(engine.Now));
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task pump = engine.RunAsync(LabClock.Start(100), stop.Token);
        TimeSpan at = await due.Task.WaitAsync(cancellationToken);
        engine.Post(posted.SetResult);
        await posted.Task.WaitAsync(cancellationToken);
        await stop.CancelAsync();
        await pump.WaitAsync(cancellationToken);
        Assert.That(at, Is.EqualTo(TimeSpan.FromSeconds(2)));
    }
}
