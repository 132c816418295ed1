using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Suites.S12_Timers;

/// <summary>
/// The moment a plug stopped answering, between its last answer and the first question left open. The watch asks once a second or slower,
/// which cannot tell N from N−1 s; so around the expected moment the suite asks several times a second.
/// </summary>
/// <param name="LastAnswered">When the last answered question was asked, run time; null: none was answered.</param>
/// <param name="FirstOpen">When the first unanswered question after it was asked; null: it went on answering.</param>
/// <param name="Slowest">
/// The slowest answer, or the latest that the bench itself ran, while it asked: a question left open may have been on its way that long before
/// the plug stopped.
/// </param>
internal sealed record FreezeBracket(TimeSpan? LastAnswered, TimeSpan? FirstOpen, TimeSpan Slowest)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    /// <summary>True: both ends are known.</summary>
    public bool IsClosed => LastAnswered is not null && FirstOpen is not null;

    /// <summary>When it had stopped for certain; null: it went on answering.</summary>
    public TimeSpan? Stopped => FirstOpen + Slowest;

    /// <summary>Asks from <paramref name="from"/> to <paramref name="until"/>.</summary>
    public static async Task<FreezeBracket> WatchAsync(SuiteContext lab, TimeSpan from, TimeSpan until)
    {
        await lab.DelayUntilAsync(from);
        FreezeBracket bracket = new(null, null, TimeSpan.Zero);
        while (lab.Now < until)
        {
            TimeSpan asked = lab.Now;

            // An answer after open questions means that those were merely slow.
            bool answers = await AnswersAsync(lab);
            TimeSpan took = lab.Now - asked;
            bracket = answers
                ? new FreezeBracket(asked, null, Longer(bracket.Slowest, took))
                : bracket with { FirstOpen = bracket.FirstOpen ?? asked, Slowest = Longer(bracket.Slowest, took - Patience) };
            TimeSpan paused = lab.Now;
            await lab.DelayAsync(Pause);
            bracket = bracket with { Slowest = Longer(bracket.Slowest, lab.Now - paused - Pause) };
        }

        return bracket;
    }

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static async Task<bool> AnswersAsync(SuiteContext lab)
    {
        using CancellationTokenSource patience = new(Patience, lab.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, lab.Token);
        try
        {
            return await SuiteContext.TryAsync<PlugInfo>(async () => await lab.Plug.GetInfoAsync(either.Token)) is not null;
        }
        catch (OperationCanceledException) when (!lab.Token.IsCancellationRequested)
        {
            return false;
        }
    }
}
