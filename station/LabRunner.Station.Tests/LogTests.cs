using System.Text.Json;
using LabRunner.Station.Logs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Station.Tests;

/// <summary>Lines of the station's log in each style.</summary>
public sealed class LogTests
{
    private static readonly FakeTimeProvider Clock = new(new DateTimeOffset(2026, 3, 4, 21, 5, 6, TimeSpan.Zero));

    [Test]
    public void Json_HasRunAndSlotOfScopesAndMessage()
    {
        JsonElement line = JsonDocument.Parse(Write(LogStyle.Json, LogLevel.Warning, "{Slot}: {Class} of \"p1\"", "p1", "NET_FREEZE")).RootElement;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(line.GetProperty("text").GetString(), Is.EqualTo("p1: NET_FREEZE of \"p1\""));
            Assert.That(line.GetProperty("run").GetString(), Is.EqualTo("r7"));
            Assert.That(line.GetProperty("slot").GetString(), Is.EqualTo("p1"));
            Assert.That(line.GetProperty("class").GetString(), Is.EqualTo("NET_FREEZE"));
            Assert.That(line.GetProperty("level").GetString(), Is.EqualTo("warning"));
            Assert.That(line.GetProperty("time").GetDateTimeOffset(), Is.EqualTo(Clock.GetUtcNow()));
            Assert.That(line.TryGetProperty("exception", out _), Is.False);
        }
    }

    [TestCase(LogStyle.Plain, "21:05:06 It begins. [run r7]\n")]
    [TestCase(LogStyle.Journal, "<6>It begins. [run r7]\n")]
    public void Sentence_IsALineForPeople(LogStyle style, string expected) => Assert.That(Write(style, LogLevel.Information, "It begins."), Is.EqualTo(expected));

    [TestCase(LogStyle.Plain, "21:05:06 error: Run r7 broke.\n")]
    [TestCase(LogStyle.Journal, "<3>error: Run r7 broke.\n")]
    public void Failure_SaysSo_AndTellsNoIdTwice(LogStyle style, string expected) => Assert.That(Write(style, LogLevel.Error, "Run r7 broke."), Is.EqualTo(expected));

    [TestCase(LogStyle.Plain, "21:05:06 nobody: DELETE /x·<2>all is well··[2J·. [slot p1··[31m, run r7]\n")]
    [TestCase(LogStyle.Journal, "<6>nobody: DELETE /x·<2>all is well··[2J·. [slot p1··[31m, run r7]\n")]
    public void WordsOfStrangers_BeginNoLine_AndMoveNoCursor(LogStyle style, string expected) =>
        Assert.That(Write(style, LogLevel.Information, "nobody: DELETE {Path}.", ("slot", "p1\n\u001b[31m"), "/x\n<2>all is well\r\u001b[2J\u009b"), Is.EqualTo(expected));

    [Test]
    public void EveryLineOfAnException_HasItsPriority() =>
        Assert.That(Write(LogStyle.Journal, LogLevel.Critical, new InvalidOperationException("a\nb"), "It broke.").Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.All.StartsWith("<2>").And.Length.GreaterThan(2));

    [TestCase("9:1234", "socket:[1234]", true, LogStyle.Journal)]
    [TestCase("9:1234", "pipe:[7]", true, LogStyle.Json)]
    [TestCase(null, "/dev/pts/1", false, LogStyle.Plain)]
    [TestCase(null, "/tmp/log", true, LogStyle.Json)]
    [TestCase("9:1234", "/dev/pts/1", false, LogStyle.Plain)]
    public void Style_IsChosenByWhereItGoes(string? journal, string target, bool redirected, LogStyle expected) => Assert.That(LogStyles.Of(journal, target, redirected), Is.EqualTo(expected));

    private static string Write(LogStyle style, LogLevel level, string text, params object?[] values) => Write(style, level, null, text, values);

    private static string Write(LogStyle style, LogLevel level, string text, (string Name, string Value) scope, params object?[] values) => Write(style, level, null, text, scope, values);

    private static string Write(LogStyle style, LogLevel level, Exception? failure, string text, params object?[] values) => Write(style, level, failure, text, null, values);

    private static string Write(LogStyle style, LogLevel level, Exception? failure, string text, (string Name, string Value)? more, object?[] values)
    {
        StationLogFormatter formatter = new(Options.Create(new StationLogOptions { Style = style, IncludeScopes = true }), Clock);
        StringWriter output = new();
        LoggerExternalScopeProvider scopes = new();
        using IDisposable scope = scopes.Push(new Dictionary<string, object> { ["run"] = "r7" });
        using IDisposable? inner = more is var (name, value) ? scopes.Push(new Dictionary<string, object> { [name] = value }) : null;
        CapturingLogger<LogTests> capture = new();
#pragma warning disable CA2254 // The templates are the cases.
        capture.Log(level, failure, text, values);
#pragma warning restore CA2254
        formatter.Write(new LogEntry<object>(level, "LabRunner", default, capture.State!, failure, (_, _) => capture.Texts[0]), scopes, output);
        return output.ToString();
    }
}
