namespace LabRunner.Reports.Formats;

/// <summary>An author's notes as parts of an Allure result: cleaned, bounded, with the files they name.</summary>
internal sealed class AllureTold
{
    private const int MaxDepth = 20;
    private const int MaxItems = 2000;
    private static readonly string[] Statuses = ["failed", "broken", "passed", "skipped"];
    private static readonly string[] Modes = ["default", "masked", "hidden"];
    private readonly Func<string, AllureAttachment?> _file;
    private readonly HashSet<string> _sources;
    private readonly long _start;
    private readonly long _stop;
    private int _items;

    /// <summary>Converts the notes.</summary>
    /// <param name="notes">As read.</param>
    /// <param name="start">Start of the test, ms since the Unix epoch: what lies outside the test is moved to its ends.</param>
    /// <param name="stop">End of the test.</param>
    /// <param name="file">The attachment of a source; null where it is not kept.</param>
    internal AllureTold(AllureNotes notes, long start, long stop, Func<string, AllureAttachment?> file)
    {
        (_start, _stop, _file, _sources) = (start, stop, file, [.. notes.Sources()]);
        AllureToldItem? test = notes.Test;
        Name = Clean(test?.Name);
        // Readers show both as they are: what a device said would be a link or a picture in the one, and markup in the other.
        Description = test?.Description is { } description ? SafeText.Markdown(description) : null;
        DescriptionHtml = test?.DescriptionHtml is { } html ? System.Net.WebUtility.HtmlEncode(SafeText.Clean(html)) : null;
        Steps = [.. AllureNotes.Items(test?.Steps).Select(step => Convert(step, 0)).OfType<AllureStep>()];
        Attachments = Files(test?.Attachments);
        Parameters = Values(test?.Parameters);
        Labels = [.. AllureNotes.Items(test?.Labels).Where(l => l is { Name.Length: > 0, Value: not null }).Take(MaxItems).Select(l => new AllureLabel(Clean(l.Name)!, Clean(l.Value)!))];
        Links = [.. AllureNotes.Items(test?.Links).Where(l => IsHarmless(l.Url)).Take(MaxItems).Select(l => new AllureLink(Clean(l.Name), Clean(l.Url)!, Clean(l.Type) ?? "link"))];
        Befores = [.. AllureNotes.Items(notes.Befores).Select(step => Convert(step, 0)).OfType<AllureStep>()];
        Afters = [.. AllureNotes.Items(notes.Afters).Select(step => Convert(step, 0)).OfType<AllureStep>()];
    }

    internal string? Name { get; }

    internal string? Description { get; }

    internal string? DescriptionHtml { get; }

    internal IReadOnlyList<AllureStep> Steps { get; }

    internal IReadOnlyList<AllureAttachment> Attachments { get; }

    internal IReadOnlyList<AllureParameter> Parameters { get; }

    internal IReadOnlyList<AllureLabel> Labels { get; }

    internal IReadOnlyList<AllureLink> Links { get; }

    internal IReadOnlyList<AllureStep> Befores { get; }

    internal IReadOnlyList<AllureStep> Afters { get; }

    /// <summary>Whether an artefact is named by the notes, so that it is shown where they name it.</summary>
    internal bool Has(string artefact) => _sources.Contains(artefact);

    private AllureStep? Convert(AllureToldItem? item, int depth)
    {
        if (item is null || depth > MaxDepth || ++_items > MaxItems)
        {
            return null;
        }

        long start = Math.Clamp(item.Start, _start, _stop);
        return new AllureStep(
            SafeText.OneLine(item.Name ?? "step", 500), Statuses.Contains(item.Status) ? item.Status! : "broken",
            item.StatusDetails is { } details ? new AllureDetails(Clean(details.Message), Clean(details.Trace)) : null, "finished",
            [.. AllureNotes.Items(item.Steps).Select(step => Convert(step, depth + 1)).OfType<AllureStep>()], Files(item.Attachments), Values(item.Parameters),
            start, Math.Clamp(item.Stop, start, _stop));
    }

    private AllureAttachment[] Files(IReadOnlyList<AllureToldAttachment>? attachments) =>
    [
        .. AllureNotes.Items(attachments).Where(a => a.Source is not null)
            .Select(a => _file(a.Source!) is { } file ? file with { Name = Clean(a.Name) ?? file.Name } : null).OfType<AllureAttachment>(),
    ];

    private static AllureParameter[] Values(IReadOnlyList<AllureToldParameter>? parameters) =>
    [
        .. AllureNotes.Items(parameters).Where(p => p is { Name.Length: > 0 }).Take(MaxItems)
            .Select(p => new AllureParameter(Clean(p.Name)!, Clean(p.Value) ?? "null", p.Excluded, Modes.Contains(p.Mode) ? p.Mode : null)),
    ];

    // A bare number of an issue, or an address of the web; nothing that a click would run.
    private static bool IsHarmless(string? url) => url is { Length: > 0 }
        && (url.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '#') || (Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) && parsed.Scheme is "http" or "https"));

    private static string? Clean(string? text) => text is null ? null : SafeText.Clean(text);
}
