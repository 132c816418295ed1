using System.Text.Json;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Formats;

/// <summary>
/// What a suite's author told of a test in Allure's words, as the fixtures keep it with the run: a JSON file of one test. Attachments name
/// artefacts of the same test.
/// </summary>
/// <param name="Test">Name, description, labels, links, parameters, steps and attachments.</param>
/// <param name="Befores">Set-ups.</param>
/// <param name="Afters">Tear-downs.</param>
public sealed record AllureNotes(AllureToldItem? Test, IReadOnlyList<AllureToldItem>? Befores, IReadOnlyList<AllureToldItem>? Afters)
{
    /// <summary>Media type of the artefact.</summary>
    public const string MediaType = "application/vnd.labrunner.allure+json";

    /// <summary>Name of the artefact.</summary>
    public const string FileName = "allure.json";

    private const long MaxBytes = 10_000_000;

    /// <summary>Nothing told.</summary>
    public static AllureNotes None { get; } = new(null, null, null);

    /// <summary>Reads the notes of a test; an unreadable file counts as none, since it is kept in the run folder for those who look.</summary>
    public static AllureNotes Read(RunRecord run, IEnumerable<ArtefactRecord> artefacts)
    {
        foreach (ArtefactRecord artefact in artefacts.Where(a => a.Mime == MediaType))
        {
            try
            {
                if (RunFiles.Find(run.Folder, artefact.Path) is { } path && new FileInfo(path).Length <= MaxBytes)
                {
                    return JsonSerializer.Deserialize<AllureNotes>(File.ReadAllBytes(path), AllureJson.Options) ?? None;
                }
            }
            catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
            {
            }
        }

        return None;
    }

    /// <summary>Sources of all attachments, at any depth.</summary>
    internal IEnumerable<string> Sources() => ((AllureToldItem?[])[Test, .. Items(Befores), .. Items(Afters)]).OfType<AllureToldItem>().SelectMany(Sources);

    /// <summary>The items of a list that a file may lack or fill with nulls.</summary>
    internal static IEnumerable<T> Items<T>(IReadOnlyList<T?>? list)
        where T : class => list?.OfType<T>() ?? [];

    private static IEnumerable<string> Sources(AllureToldItem item) =>
        [.. Items(item.Attachments).Select(a => a.Source).OfType<string>(), .. Items(item.Steps).SelectMany(Sources)];
}

/// <summary>A test, step, set-up or tear-down as told; times are ms since the Unix epoch.</summary>
public sealed record AllureToldItem(
    string? Name, string? Status, AllureToldDetails? StatusDetails, string? Description, string? DescriptionHtml, IReadOnlyList<AllureToldItem>? Steps,
    IReadOnlyList<AllureToldAttachment>? Attachments, IReadOnlyList<AllureToldParameter>? Parameters, IReadOnlyList<AllureToldLabel>? Labels,
    IReadOnlyList<AllureToldLink>? Links, long Start, long Stop);

/// <summary>Why it ended as it did.</summary>
public sealed record AllureToldDetails(string? Message, string? Trace);

/// <summary>A file: the name of an artefact.</summary>
public sealed record AllureToldAttachment(string? Name, string? Source, string? Type);

/// <summary>A parameter.</summary>
public sealed record AllureToldParameter(string? Name, string? Value, bool Excluded, string? Mode);

/// <summary>A label.</summary>
public sealed record AllureToldLabel(string? Name, string? Value);

/// <summary>A link.</summary>
public sealed record AllureToldLink(string? Name, string? Url, string? Type);
