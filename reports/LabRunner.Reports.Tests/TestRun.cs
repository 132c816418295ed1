using System.Globalization;
using System.Text.Json;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using Microsoft.Data.Sqlite;

namespace LabRunner.Reports.Tests;

/// <summary>Writes a journal.db as a night would have left it, row by row, into a folder of its own.</summary>
internal sealed class TestRun : IDisposable
{
    private readonly SqliteConnection _connection;
    private SqliteTransaction? _moment;

    internal TestRun(bool withSchemaVersion = true)
    {
        Folder = Directory.CreateTempSubdirectory("labrunner-report-").FullName;
        _connection = new SqliteConnection($"Data Source={Path.Combine(Folder, RunReader.JournalName)};Pooling=False");
        _connection.Open();
        Execute("PRAGMA journal_mode=WAL");
        Execute(EmbeddedText.Read("journal.schema.sql"));
        if (withSchemaVersion)
        {
            Meta(MetaKeys.SchemaVersion, "1");
        }
    }

    internal string Folder { get; }

    internal Chance Chance { get; } = new(7, "test-run");

    internal void Begin() => _moment = _connection.BeginTransaction();

    internal void Commit() => _moment?.Commit();

    internal void Meta(string key, string value) => Insert("meta", ("key", key), ("value", value));

    internal void Slot(string name, string title = "Test plug", bool sentinel = false, string board = "sm-028-v1.3-b17") => Insert(
        "slots", ("name", name), ("board", board), ("title", title), ("chip", "BL602"), ("sentinel", sentinel),
        ("capabilities", Json(new[] { "power", "button", "console", "relaySense" })), ("facts", Json(new { supply = "isolated-3v3" })));

    internal void Identity(string slot, string phase, double at, object facts) =>
        Insert("identities", ("slot", slot), ("phase", phase), ("at", at), ("facts", Json(facts)));

    internal void Lane(string slot, string observer, double started, double? ended, string state, string? reason = null) =>
        Insert("lanes", ("slot", slot), ("observer", observer), ("started", started), ("ended", ended), ("state", state), ("reason", reason));

    internal void Intent(string slot, string kind, string text, double opened, double? closed, string? suite = null) =>
        Insert("intents", ("slot", slot), ("kind", kind), ("text", text), ("opened", opened), ("closed", closed), ("suite", suite), ("data", Json(new { })));

    internal void Boot(string slot, double at, string reason, bool expected, double? before = null, string? resetReason = null) => Insert(
        "boots", ("slot", slot), ("at", at), ("reason", reason), ("expected", expected), ("uptimeBeforeS", before), ("resetReason", resetReason),
        ("sources", Json(new[] { "banner", "uptime" })));

    internal void Incident(
        string slot, string @class, string? mode, string title, double first, double? confirmed, double? recovered, string? recovery, string story,
        string[] evidence, bool expected = false, string source = "watch", double? age = null, string? stimulus = null, string? resetReason = null) => Insert(
        "incidents", ("slot", slot), ("class", @class), ("mode", mode), ("title", title), ("firstSymptom", first), ("confirmed", confirmed),
        ("recovered", recovered), ("recovery", recovery), ("bootAgeS", age), ("expected", expected), ("source", source), ("stimulus", stimulus),
        ("resetReason", resetReason), ("story", story), ("evidence", Json(evidence)));

    internal void Test(string slot, string suite, string name, double started, double? ended, Verdict verdict, string? message = null, string? trace = null) => Insert(
        "tests", ("slot", slot), ("suite", suite), ("name", name), ("fullName", $"LabRunner.Suites.{suite}.{name}"), ("started", started), ("ended", ended),
        ("verdict", verdict.ToText()), ("message", message), ("trace", trace));

    internal void Trial(string slot, string suite, string step, double at, bool ok, double ms) => Insert(
        "trials", ("slot", slot), ("suite", suite), ("step", step), ("at", at), ("ok", ok), ("durationMs", ms), ("detail", Json(new { off = "5 s" })));

    internal void Measure(string slot, string suite, string name, double at, double value, string unit, double? lower, double? upper, double? reference, Verdict verdict, object? detail = null) => Insert(
        "measurements", ("slot", slot), ("suite", suite), ("name", name), ("at", at), ("value", value), ("unit", unit), ("lower", lower), ("upper", upper),
        ("reference", reference), ("verdict", verdict.ToText()), ("detail", detail is null ? null : Json(detail)));

    internal void Exposure(string slot, string suite, double started, double? ended) =>
        Insert("exposure", ("slot", slot), ("suite", suite), ("started", started), ("ended", ended));

    internal void Down(string slot, double started, double? ended, bool invalid, string reason) =>
        Insert("downtime", ("slot", slot), ("started", started), ("ended", ended), ("invalid", invalid), ("reason", reason));

    internal void Event(double at, string? slot, string kind, string text, Dictionary<string, string>? data = null) =>
        Insert("events", ("at", at), ("slot", slot), ("kind", kind), ("text", text), ("data", Json(data ?? [])));

    internal void Telemetry(double at, string slot, long uptime, long heap) =>
        Insert("telemetry", ("at", at), ("slot", slot), ("uptimeS", uptime), ("heapB", heap), ("rssiDbm", -58), ("socketsUsed", 2), ("relayClosed", true));

    internal void Artefact(string slot, string suite, string? test, double at, string name, string mime, string path) => Insert(
        "artefacts", ("slot", slot), ("suite", suite), ("test", test), ("at", at), ("name", name), ("mime", mime), ("path", path), ("sha256", new string('a', 64)));

    internal void Verdict(string scope, string rule, Verdict verdict, string text, double? value = null, string? unit = null, double? threshold = null, double? lower = null, double? upper = null, double? confidence = null) => Insert(
        "verdicts", ("scope", scope), ("rule", rule), ("value", value), ("unit", unit), ("threshold", threshold), ("lower", lower), ("upper", upper),
        ("confidence", confidence), ("verdict", verdict.ToText()), ("text", text));

    internal void Insert(string table, params (string Column, object? Value)[] values)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = $"INSERT INTO {table}({string.Join(',', values.Select(v => v.Column))}) VALUES({string.Join(',', values.Select((_, i) => "$" + i.ToString(CultureInfo.InvariantCulture)))})";
        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue("$" + i.ToString(CultureInfo.InvariantCulture), values[i].Value ?? DBNull.Value);
        }

        command.ExecuteNonQuery();
    }

    internal void Execute(string sql)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _moment?.Dispose();
        _connection.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value);
}
