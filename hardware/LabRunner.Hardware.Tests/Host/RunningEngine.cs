using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Host;

/// <summary>An engine that runs in real time until disposed.</summary>
internal sealed class RunningEngine : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public RunningEngine(double scale = 1)
    {
        Clock = LabClock.Start(scale);
        _running = Engine.RunAsync(Clock, _stop.Token);
    }

    public Engine Engine { get; } = new();

    public LabClock Clock { get; }

    /// <summary>Runs an action on the engine's thread and waits for its end.</summary>
    public Task DoAsync(Action action) => GetAsync(() =>
    {
        action();
        return true;
    });

    /// <summary>Asks on the engine's thread.</summary>
    public async Task<T> GetAsync<T>(Func<T> ask)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Engine.Post(() =>
        {
            try
            {
                done.SetResult(ask());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return await done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }
}
