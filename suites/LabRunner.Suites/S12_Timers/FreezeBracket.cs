using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Suites.S12_Timers;

/// <summary>
/// The moment a plug stopped answering, between its last answer and the first question left open. The watch asks once a second or slower,
/// which cannot tell N from N−1 s; so around the expected moment the suite asks several times a second.
/// </summary>
/// <param name="LastAnswered">When the last answered question was asked, run time; null: none was answered.</param>
/// <param name="FirstOpen">When the first unanswered question after it was asked; null: it went on answering.</param>
internal sealed record FreezeBracket(TimeSpan? LastAnswered, TimeSpan? FirstOpen)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    /// <summary>True: both ends are known.</summary>
    public bool IsClosed => LastAnswered is not null && FirstOpen is not null;

    /// <summary>Asks from <paramref name="from"/> to <paramref name="until"/>.</summary>
    public static async Task<FreezeBracket> WatchAsync(SuiteContext lab, TimeSpan from, TimeSpan until)
    {
        await lab.DelayUntilAsync(from);
        FreezeBracket bracket = new(null, null);
        while (lab.Now < until)
        {
            TimeSpan asked = lab.Now;

            // An answer after open questions means that those were merely slow.
            bracket = await AnswersAsync(lab) ? new FreezeBracket(asked, null) : bracket with { FirstOpen = bracket.FirstOpen ?? asked };
            await lab.DelayAsync(Pause);
        }

        return bracket;
    }

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
