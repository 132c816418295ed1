namespace LabRunner.Bench.Hosting.Nights;

/// <summary>The machine time that a test may take. What it waits for a part that slots share is no time of its own.</summary>
/// <param name="clock">Machine time.</param>
/// <param name="limit">How long one test may take.</param>
/// <param name="waitedUntil">When the slot last waited, as <see cref="TimeProvider.GetTimestamp"/> has it; 0: never.</param>
internal sealed class TestAllowance(TimeProvider clock, TimeSpan limit, Func<long> waitedUntil)
{
    private long _since = clock.GetTimestamp();

    /// <summary>What is left; zero or less: it has taken too long.</summary>
    public TimeSpan Left => limit - clock.GetElapsedTime(Math.Max(_since, waitedUntil()));

    /// <summary>A test begins, or ends.</summary>
    public void Restart() => _since = clock.GetTimestamp();
}
