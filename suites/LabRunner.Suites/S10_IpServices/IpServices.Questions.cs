using System.Globalization;
using LabRunner.Fixtures;
using LabRunner.Hardware.Network;
using LabRunner.Reports.Records;

namespace LabRunner.Suites.S10_IpServices;

/// <content>How often the plug asked while it was answered wrongly or not at all: what nobody asked for was not tried.</content>
public sealed partial class IpServices
{
    private const string NotCounted = "not counted";

    /// <summary>Records what it asked since a count.</summary>
    /// <param name="asked">What is counted.</param>
    /// <param name="before">The count before; null: this bench cannot count.</param>
    /// <returns>For the trial: the number, or that nothing counts.</returns>
    private async Task<string> RecordAskedAsync(Asked asked, long? before)
    {
        if (before is not { } from || await Lab.Bench.CountQuestionsAsync(Lab.Slot, asked.Question, Lab.Token) is not { } to)
        {
            return NotCounted;
        }

        string what = asked.Question == NetworkQuestion.Names ? "name" : "time";
        await Lab.MeasureAsync(new Figure($"{what}s-asked@{asked.Step}", to - from, "questions", to > from ? Verdict.Pass : Verdict.NotRun)
        {
            Detail = [("meaning", to > from ? $"it asked for a {what} meanwhile" : $"it asked for no {what} meanwhile: that it served on says nothing of the answers")],
        });
        return (to - from).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Questions that are counted during a disturbance.</summary>
    /// <param name="Step">Unique for their kind: in the figure's name.</param>
    /// <param name="Question">Kind.</param>
    private sealed record Asked(string Step, NetworkQuestion Question);
}
