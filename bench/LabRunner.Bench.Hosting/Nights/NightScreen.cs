namespace LabRunner.Bench.Hosting.Nights;

/// <summary>Brings what happens to a view: one caller at a time, and a view that fails (a terminal that is gone) ends no night. Thread safe.</summary>
internal sealed class NightScreen(INightView view)
{
    private static readonly TimeSpan ShowEvery = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _said = [];

    /// <summary>One sentence of progress.</summary>
    public void Say(string sentence) => Try(() => view.Say(sentence));

    /// <summary>Shows the slots, and every new bench fault as it comes, until cancelled.</summary>
    public async Task ShowAsync(BenchOwner owner, CancellationToken cancellationToken)
    {
        // Machine time on purpose: the view is for a person, whatever the time scale.
        using PeriodicTimer timer = new(ShowEvery, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                Show(owner);
            }
        }
        catch (OperationCanceledException)
        {
            Show(owner);
        }
    }

    private void Show(BenchOwner owner)
    {
        foreach (string fault in owner.Session.Faults.Select(f => f.Message).Where(_said.Add))
        {
            Say($"Bench fault: {fault}");
        }

        Try(() => view.Show(new NightSnapshot(owner.Clock.Elapsed, owner.Session.GetLive())));
    }

    private void Try(Action action)
    {
        lock (_gate)
        {
            try
            {
                action();
            }
            catch (Exception failure) when (failure is IOException or ObjectDisposedException or InvalidOperationException)
            {
                // Nobody looks any more; the night goes on for its report.
            }
        }
    }
}
