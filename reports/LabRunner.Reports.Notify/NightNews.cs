using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Notify;

/// <summary>What is told of a night.</summary>
/// <param name="Card">Scorecard.</param>
/// <param name="Run">Name of the run folder.</param>
/// <param name="Text">One paragraph, plain text, cleaned.</param>
/// <param name="Picture">The scorecard as PNG; null where nothing ran, so that there is none.</param>
/// <param name="Report">Address of the report for readers; null when none was configured.</param>
public sealed record NightNews(Scorecard Card, string Run, string Text, byte[]? Picture, string? Report)
{
    /// <summary>Reads a run folder.</summary>
    /// <param name="runFolder">Run folder.</param>
    /// <param name="reportUrl">Address with {run}; null for none.</param>
    /// <exception cref="Hardware.Faults.BenchFaultException">As <see cref="RunReader.Read"/>.</exception>
    public static NightNews Of(string runFolder, string? reportUrl)
    {
        RunRecord run = EarlierNights.AddTo(RunReader.Read(runFolder), 1);
        string name = Path.GetFileName(run.Folder.TrimEnd('/'));
        return new NightNews(Scorecard.From(run), name, Paragraph.Of(run), ScorecardPicture.Draw(run), reportUrl?.Replace("{run}", Uri.EscapeDataString(name), StringComparison.Ordinal));
    }

    /// <summary>What is told of a night that was to be and left no record: INVALID, since nothing is known.</summary>
    /// <param name="bench">Bench.</param>
    /// <param name="plan">Plan, or what else was to run.</param>
    /// <param name="name">Names it among all that is told: the same name is the same news.</param>
    /// <param name="text">Why, sentences; cleaned here.</param>
    public static NightNews OfNoRun(string bench, string plan, string name, string text)
    {
        string clean = SafeText.OneLine($"{Verdict.Invalid.ToText()}: {bench}, {plan}: {text}", 1000);
        return new NightNews(new Scorecard(bench, plan, Verdict.Invalid, clean, false, []), name, clean, null, null);
    }

    /// <summary>Subject line: verdict first, one line.</summary>
    public string Subject => SafeText.OneLine($"{Card.Verdict.ToText()}: {Card.Bench} {Card.Plan} ({Run})", 180);

    /// <summary>The paragraph with the address of the report.</summary>
    public string TextWithLink => Report is null ? Text : $"{Text} {Report}";
}
