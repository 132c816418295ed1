using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LabRunner.Station.Tests.Support;

/// <summary>A line of a log, with what its scopes say.</summary>
internal sealed record LogLine(string Text, IReadOnlyDictionary<string, string?> Fields);

/// <summary>Keeps a station's log as a collector of structured logs gets it.</summary>
internal sealed class LogBook : ILoggerProvider, ISupportExternalScope
{
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public ConcurrentQueue<LogLine> Lines { get; } = [];

    /// <summary>Slot and run of the newest line that contains a text; null: there is none.</summary>
    public (string? Slot, string? Run)? Of(string text) => Lines.LastOrDefault(l => l.Text.Contains(text, StringComparison.Ordinal)) is { } line
        ? (line.Fields.GetValueOrDefault("slot"), line.Fields.GetValueOrDefault("run")) : null;

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
        // Lines are looked at after the station's end too.
    }

    private sealed class Logger(LogBook book) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => book._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Dictionary<string, string?> fields = [];
            book._scopes.ForEachScope((scope, into) =>
            {
                foreach (KeyValuePair<string, object> pair in scope as IEnumerable<KeyValuePair<string, object>> ?? [])
                {
                    into[pair.Key] = pair.Value?.ToString();
                }
            }, fields);
            book.Lines.Enqueue(new LogLine(formatter(state, exception), fields));
        }
    }
}
