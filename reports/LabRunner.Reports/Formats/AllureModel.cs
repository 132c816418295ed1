using System.Text.Json;
using System.Text.Json.Serialization;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Formats;

// The JSON of allure-results as its readers know it; times are milliseconds since the Unix epoch.

internal sealed record AllureResult(
    string Uuid, string HistoryId, string TestCaseId, string FullName, string Name, IReadOnlyList<string> TitlePath, string Status,
    AllureDetails? StatusDetails, string Stage, string? Description, string? DescriptionHtml, IReadOnlyList<AllureStep> Steps,
    IReadOnlyList<AllureAttachment> Attachments, IReadOnlyList<AllureParameter> Parameters, IReadOnlyList<AllureLabel> Labels,
    IReadOnlyList<AllureLink> Links, long Start, long Stop);

internal sealed record AllureStep(
    string Name, string Status, AllureDetails? StatusDetails, string Stage, IReadOnlyList<AllureStep> Steps,
    IReadOnlyList<AllureAttachment> Attachments, IReadOnlyList<AllureParameter> Parameters, long Start, long Stop);

internal sealed record AllureContainer(
    string Uuid, string Name, IReadOnlyList<string> Children, IReadOnlyList<AllureStep> Befores, IReadOnlyList<AllureStep> Afters, long Start, long Stop);

internal sealed record AllureDetails(string? Message, string? Trace);

internal sealed record AllureAttachment(string Name, string Source, string Type);

internal sealed record AllureParameter(string Name, string Value, bool Excluded, string? Mode = null);

internal sealed record AllureLink(string? Name, string Url, string Type);

internal sealed record AllureLabel(string Name, string Value);

internal sealed record AllureGlobals(IReadOnlyList<AllureAttachment> Attachments, IReadOnlyList<AllureDetails> Errors);

internal sealed record AllureCategory(string Name, IReadOnlyList<string> MatchedStatuses, string? MessageRegex);

internal sealed record AllureExecutor(string Name, string Type, string BuildName, string ReportName);

internal static class AllureJson
{
    internal static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>
    /// INCONCLUSIVE and INVALID are "broken", told apart by the first word of the message (categories.json sorts by it): Allure has no status
    /// of its own for them, and neither may look passed.
    /// </summary>
    internal static string Status(Verdict verdict) => verdict switch
    {
        Verdict.Pass or Verdict.Warn => "passed",
        Verdict.Fail => "failed",
        Verdict.NotRun => "skipped",
        _ => "broken",
    };

    /// <summary>The first that fits counts. Version 2 holds an expression against the whole message, version 3 looks for it anywhere.</summary>
    internal static IReadOnlyList<AllureCategory> Categories { get; } =
    [
        new("Product failures", ["failed"], null),
        new("Bench faults (INVALID)", ["broken"], "^INVALID.*"),
        new("Not enough hours or trials (INCONCLUSIVE)", ["broken"], "^INCONCLUSIVE.*"),
        new("Not run", ["skipped"], null),
        new("To look at (WARN)", ["passed"], "^WARN.*"),
    ];
}
