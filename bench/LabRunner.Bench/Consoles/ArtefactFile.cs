using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Consoles;

/// <summary>Takes a suite's file into the run folder. Text loses its secrets on the way; pictures and archives are moved as they are.</summary>
internal static class ArtefactFile
{
    private static readonly JsonSerializerOptions Relaxed = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly HashSet<string> TextEndings = new(StringComparer.OrdinalIgnoreCase)
    {
        ".txt", ".log", ".json", ".jsonl", ".html", ".htm", ".har", ".csv", ".xml", ".yaml", ".yml", ".md",
    };

    /// <summary>Moves a file and takes the secrets out of text.</summary>
    /// <param name="source">File of the suite; gone afterwards.</param>
    /// <param name="target">Where it is kept; a file there is replaced.</param>
    /// <param name="mime">What the suite says it is.</param>
    /// <param name="redactor">Knows the secrets.</param>
    /// <param name="cancellationToken">Ends it; then nothing is kept.</param>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static async Task TakeAsync(string source, string target, string mime, Redactor redactor, CancellationToken cancellationToken)
    {
        if (!IsText(mime, source) && !IsText(mime, target))
        {
            File.Move(source, target, overwrite: true);
            return;
        }

        string text = await File.ReadAllTextAsync(source, cancellationToken).ConfigureAwait(false);
        string clean = CleanJson(text, redactor) ?? Clean(text, redactor);
        if (ReferenceEquals(clean, text))
        {
            // Untouched bytes keep their encoding.
            File.Move(source, target, overwrite: true);
            return;
        }

        await File.WriteAllTextAsync(target, clean, CancellationToken.None).ConfigureAwait(false);
        File.Delete(source);
    }

    /// <summary>Whether a file is text, by its MIME type or its name.</summary>
    public static bool IsText(string mime, string path) =>
        mime.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
        || mime.Contains("json", StringComparison.OrdinalIgnoreCase) || mime.Contains("xml", StringComparison.OrdinalIgnoreCase)
        || TextEndings.Contains(Path.GetExtension(path));

    // JSON keeps its form: each text in it is a document of its own. Null: it is none.
    private static string? CleanJson(string text, Redactor redactor)
    {
        if (text.AsSpan().TrimStart() is not ['{' or '[', ..])
        {
            return null;
        }

        try
        {
            bool changed = false;
            JsonNode? clean = Clean(JsonNode.Parse(text), "", redactor, ref changed);
            return changed ? clean?.ToJsonString(Relaxed) : text;
        }
        catch (Exception failure) when (failure is JsonException or ArgumentException)
        {
            return null;
        }
    }

    private static JsonNode? Clean(JsonNode? node, string name, Redactor redactor, ref bool changed)
    {
        switch (node)
        {
            case JsonObject members:
                foreach ((string key, JsonNode? value) in members.ToList())
                {
                    JsonNode? clean = Clean(value, key, redactor, ref changed);
                    if (!ReferenceEquals(clean, value))
                    {
                        members[key] = clean;
                    }
                }

                return members;
            case JsonArray items:
                for (int i = 0; i < items.Count; i++)
                {
                    JsonNode? clean = Clean(items[i], name, redactor, ref changed);
                    if (!ReferenceEquals(clean, items[i]))
                    {
                        items[i] = clean;
                    }
                }

                return items;
            case JsonValue value when value.TryGetValue(out string? text):
                string safe = text.Length > 0 && IsSecretName(name) ? Redactor.Mask : Clean(text, redactor);
                changed |= safe != text;
                return safe == text ? value : JsonValue.Create(safe);
            default:
                return node;
        }
    }

    private static bool IsSecretName(string name) =>
        InventorySecrets.IsSecret(name) || name.EndsWith("pass", StringComparison.OrdinalIgnoreCase) || name.Contains("psk", StringComparison.OrdinalIgnoreCase);

    // Secrets that the bench knows go first, over line ends too; then each line, since a password's name stands on the line it is on.
    private static string Clean(string text, Redactor redactor)
    {
        string known = redactor.RedactKnown(text);
        StringBuilder result = new(known.Length);
        SecretCarry carry = new();
        bool changed = !ReferenceEquals(known, text);
        int from = 0;
        while (from < known.Length)
        {
            int end = known.IndexOf('\n', from);
            int next = end < 0 ? known.Length : end + 1;
            int stop = end < 0 ? known.Length : end > from && known[end - 1] == '\r' ? end - 1 : end;
            string line = known[from..stop];
            string clean = redactor.Redact(line, carry);
            changed |= !ReferenceEquals(clean, line);
            result.Append(clean).Append(known, stop, next - stop);
            from = next;
        }

        return changed ? result.ToString() : text;
    }
}
