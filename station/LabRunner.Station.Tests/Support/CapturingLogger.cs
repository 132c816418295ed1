using Microsoft.Extensions.Logging;

namespace LabRunner.Station.Tests.Support;

/// <summary>Keeps what is logged.</summary>
internal sealed class CapturingLogger<T> : ILogger<T>
{
    /// <summary>Fields of the newest message.</summary>
    public object? State { get; private set; }

    public List<string> Texts { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        State = state;
        Texts.Add(formatter(state, exception));
    }
}
