using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Journal;

/// <summary>Text that people or devices wrote: the writer takes known secrets out of it.</summary>
internal readonly record struct FreeText(string Text);

/// <summary>One statement of the journal with its values; rows with an id replace their older version.</summary>
/// <param name="Sql">Statement with parameters $0, $1, …</param>
/// <param name="Values">In parameter order; null is NULL.</param>
internal readonly record struct JournalRow(string Sql, object?[] Values)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private static readonly ConcurrentDictionary<string, string> Statements = new(StringComparer.Ordinal);

    public static JournalRow Meta(string key, string value) => Into(
        "meta", "key,value", key, key is MetaKeys.PlanText or MetaKeys.InventoryText or MetaKeys.Outcome ? Free(value) : value);

    public static JournalRow Of(SlotRecord r) => Into(
        "slots", "name,board,title,chip,sentinel,capabilities,facts", r.Name, r.Board, r.Title, r.Chip, r.Sentinel, Text(r.Capabilities), Free(Text(r.Facts)));

    public static JournalRow Of(IdentityRecord r) => Into("identities", "slot,phase,at,facts", r.Slot, r.Phase, r.At, Free(Text(r.Facts)));

    public static JournalRow Of(IntentRecord r) => Into(
        "intents", "id,slot,kind,text,opened,closed,suite,data", r.Id, r.Slot, r.Kind, Free(r.Text), r.Opened, r.Closed, r.Suite, Free(Text(r.Data)));

    public static JournalRow Of(ObservationRecord r) => Into(
        "observations", "at,slot,observer,alive,latencyMs,detail", r.At, r.Slot, r.Observer, r.Alive, r.LatencyMs, Free(r.Detail));

    public static JournalRow Of(LaneRecord r) => Into(
        "lanes", "id,slot,observer,started,ended,state,reason", r.Id, r.Slot, r.Observer, r.Started, r.Ended, r.State, Free(r.Reason));

    public static JournalRow Of(TelemetryRecord r) => Into(
        "telemetry", "at,slot,uptimeS,heapB,rssiDbm,socketsUsed,voltage,current,power,relayClosed",
        r.At, r.Slot, r.UptimeS, r.HeapB, r.RssiDbm, r.SocketsUsed, r.Voltage, r.Current, r.Power, r.RelayClosed);

    public static JournalRow Of(EventRecord r) => Into("events", "id,at,slot,kind,text,data", r.Id, r.At, r.Slot, r.Kind, Free(r.Text), Free(Text(r.Data)));

    public static JournalRow Of(BootRecord r) => Into(
        "boots", "id,slot,at,reason,expected,intent,uptimeBeforeS,resetReason,sources",
        r.Id, r.Slot, r.At, r.Reason, r.Expected, r.Intent, r.UptimeBeforeS, r.ResetReason, Text(r.Sources));

    public static JournalRow Of(IncidentRecord r) => Into(
        "incidents",
        "id,slot,class,mode,title,firstSymptom,confirmed,recovered,recovery,bootAgeS,intent,expected,source,stimulus,resetReason,story,evidence",
        r.Id, r.Slot, r.Class, r.Mode, Free(r.Title), r.FirstSymptom, r.Confirmed, r.Recovered, r.Recovery, r.BootAgeS, r.Intent, r.Expected, r.Source,
        Free(r.Stimulus), r.ResetReason, Free(r.Story), Free(Text(r.Evidence)));

    public static JournalRow Of(TrialRecord r) => Into(
        "trials", "id,slot,suite,step,at,ok,durationMs,detail", r.Id, r.Slot, r.Suite, r.Step, r.At, r.Ok, r.DurationMs, Free(Text(r.Detail)));

    public static JournalRow Of(MeasurementRecord r) => Into(
        "measurements", "id,slot,suite,name,at,value,unit,lower,upper,reference,verdict,detail",
        r.Id, r.Slot, r.Suite, r.Name, r.At, r.Value, r.Unit, r.Lower, r.Upper, r.Reference, r.Verdict.ToText(), Free(Text(r.Detail)));

    public static JournalRow Of(TestRecord r) => Into(
        "tests", "id,slot,suite,name,fullName,started,ended,verdict,message,trace",
        r.Id, r.Slot, r.Suite, r.Name, r.FullName, r.Started, r.Ended, r.Verdict.ToText(), Free(r.Message), Free(r.Trace));

    public static JournalRow Of(ExposureRecord r) => Into("exposure", "id,slot,suite,started,ended", r.Id, r.Slot, r.Suite, r.Started, r.Ended);

    public static JournalRow Of(DowntimeRecord r) => Into(
        "downtime", "id,slot,started,ended,invalid,reason", r.Id, r.Slot, r.Started, r.Ended, r.Invalid, Free(r.Reason));

    public static JournalRow Of(ArtefactRecord r) => Into(
        "artefacts", "id,slot,suite,test,at,name,mime,path,sha256", r.Id, r.Slot, r.Suite, r.Test, r.At, Free(r.Name), r.Mime, r.Path, r.Sha256);

    public static JournalRow Of(VerdictRecord r) => Into(
        "verdicts", "id,scope,rule,value,unit,threshold,lower,upper,confidence,verdict,text",
        r.Id, r.Scope, r.Rule, r.Value, r.Unit, r.Threshold, r.Lower, r.Upper, r.Confidence, r.Verdict.ToText(), Free(r.Text));

    /// <summary>What is judged at a night's end, which has not come after all.</summary>
    public static IReadOnlyList<JournalRow> Reopen() =>
    [
        new("DELETE FROM verdicts", []),
        new("DELETE FROM meta WHERE key IN ($0, $1)", [MetaKeys.Ended, MetaKeys.Outcome]),
    ];

    /// <summary>What a watch has figures and looks of before a run time goes. What happened to a slot stays: incidents, boots, acts.</summary>
    public static IReadOnlyList<JournalRow> Forget(TimeSpan before) =>
    [
        new("DELETE FROM telemetry WHERE at < $0", [before.TotalSeconds]),
        new("DELETE FROM observations WHERE at < $0", [before.TotalSeconds]),
        new("DELETE FROM lanes WHERE ended < $0", [before.TotalSeconds]),
    ];

    private static JournalRow Into(string table, string columns, params object?[] values)
    {
        // A night has millions of rows and a dozen statements.
        string sql = Statements.GetOrAdd(table, static (name, of) => $"INSERT OR REPLACE INTO {name}({of.columns}) VALUES({Places(of.Length)})", (columns, values.Length));
        return new(sql, values);
    }

    private static string Places(int count) => string.Join(',', Enumerable.Range(0, count).Select(i => "$" + i.ToString(CultureInfo.InvariantCulture)));

    private static FreeText? Free(string? text) => text is null ? null : new FreeText(text);

    private static string Text<T>(T value) => JsonSerializer.Serialize(value, Json);
}
