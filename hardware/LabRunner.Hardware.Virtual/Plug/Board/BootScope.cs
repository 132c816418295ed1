namespace LabRunner.Hardware.Virtual.Plug.Board;

/// <summary>The lifetime of one boot: everything scheduled in it disappears when the chip is reset or loses power.</summary>
internal sealed class BootScope(Engine engine)
{
    private bool _ended;

    public TimeSpan Now => engine.Now;

    public TimeSpan Started { get; } = engine.Now;

    public bool Ended => _ended;

    public IDisposable After(TimeSpan delay, Action action) => engine.Schedule(engine.Now + delay, () =>
    {
        if (!_ended)
        {
            action();
        }
    });

    public IDisposable After(int milliseconds, Action action) => After(TimeSpan.FromMilliseconds(milliseconds), action);

    public void End() => _ended = true;
}
