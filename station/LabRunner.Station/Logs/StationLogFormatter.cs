using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace LabRunner.Station.Logs;

/// <summary>What the log's lines look like.</summary>
internal sealed class StationLogOptions : ConsoleFormatterOptions
{
    /// <summary>Style. Default JSON.</summary>
    public LogStyle Style { get; set; }
}

/// <summary>
/// Writes the station's log. Fields of the message and of the scopes around it (<c>run</c>, <c>slot</c>, …) are fields of the JSON object, and stand
/// behind a plain sentence that does not name them.
/// </summary>
internal sealed class StationLogFormatter(IOptions<StationLogOptions> options, TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    /// <summary>Name for the console logger.</summary>
    public const string FormatterName = "labrunner";

    // HostedServiceStartupFaulted of Microsoft.Extensions.Hosting.
    private const int StartFailed = 11;

    // The template of a message, and what the web server knows a request by: nobody looks for it.
    private static readonly HashSet<string> Unwanted = ["{OriginalFormat}", "SpanId", "TraceId", "ParentId", "ConnectionId", "RequestId", "RequestPath"];

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        if (logEntry is { EventId.Id: StartFailed, Category: "Microsoft.Extensions.Hosting.Internal.Host" })
        {
            // Whoever starts the station tells the same in a sentence.
            return;
        }

        string text = logEntry.Formatter(logEntry.State, logEntry.Exception);
        Dictionary<string, object?> fields = new(StringComparer.Ordinal);
        scopeProvider?.ForEachScope((scope, into) => Add(into, scope), fields);
        Add(fields, logEntry.State);
        if (options.Value.Style == LogStyle.Json)
        {
            textWriter.WriteLine(Json(logEntry.LogLevel, logEntry.Category, text, fields, logEntry.Exception));
            return;
        }

        foreach (string line in Plain(logEntry.LogLevel, text, fields, logEntry.Exception).Split('\n'))
        {
            textWriter.WriteLine(options.Value.Style == LogStyle.Journal
                ? $"<{Priority(logEntry.LogLevel)}>{line}"
                : string.Create(CultureInfo.InvariantCulture, $"{clock.GetLocalNow():HH:mm:ss} {line}"));
        }
    }

    private static void Add(Dictionary<string, object?> fields, object? from)
    {
        foreach ((string name, object? value) in from as IEnumerable<KeyValuePair<string, object?>> ?? (from as IEnumerable<KeyValuePair<string, object>>)?.Select(p => new KeyValuePair<string, object?>(p.Key, p.Value)) ?? [])
        {
            if (!Unwanted.Contains(name))
            {
                fields[JsonNamingPolicy.CamelCase.ConvertName(name)] = value;
            }
        }
    }

    private string Json(LogLevel level, string category, string text, Dictionary<string, object?> fields, Exception? failure)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("time", clock.GetUtcNow());
            json.WriteString("level", level.ToString().ToLowerInvariant());
            json.WriteString("category", category);
            json.WriteString("text", text);
            foreach ((string name, object? value) in fields.Where(f => f.Key is not ("time" or "level" or "category" or "text" or "sentence")))
            {
                json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
            }

            if (failure is not null)
            {
                json.WriteString("exception", failure.ToString());
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Plain(LogLevel level, string text, Dictionary<string, object?> fields, Exception? failure)
    {
        StringBuilder line = new(Harmless(level >= LogLevel.Warning ? $"{Word(level)}: {text}" : text));
        string[] ids = [.. new[] { "slot", "run" }.Where(f => fields.GetValueOrDefault(f) is string id && !text.Contains(id, StringComparison.Ordinal)).Select(f => $"{f} {fields[f]}")];
        if (ids.Length > 0)
        {
            line.Append(Harmless($" [{string.Join(", ", ids)}]"));
        }

        if (failure is not null)
        {
            line.Append('\n').Append(failure.ToString().ReplaceLineEndings("\n"));
        }

        return line.ToString();
    }

    /// <summary>Words of strangers and plugs stand in sentences: none may move the cursor of a terminal or begin a line that looks like the station's.</summary>
    private static string Harmless(string text) => string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? '·' : c));

    private static string Word(LogLevel level) => level switch { LogLevel.Warning => "warning", LogLevel.Error => "error", _ => "failure" };

    // syslog(3): 2 critical, 3 error, 4 warning, 6 informational, 7 debug.
    private static int Priority(LogLevel level) => level switch
    {
        LogLevel.Critical => 2,
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Information => 6,
        _ => 7,
    };
}
