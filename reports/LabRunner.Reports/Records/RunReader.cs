using LabRunner.Hardware.Faults;
using Microsoft.Data.Sqlite;

namespace LabRunner.Reports.Records;

/// <summary>
/// Reads a run folder. Works on a running night (SQLite lets readers in while it writes), on a finished one, and on what
/// `kill -9` left behind (a write-ahead log, no end). Never writes to the journal. Thread safe.
/// </summary>
public static class RunReader
{
    /// <summary>Version of schema.sql this reader understands.</summary>
    public const string SchemaVersion = "1";

    /// <summary>Name of the journal in the run folder.</summary>
    public const string JournalName = "journal.db";

    /// <summary>Reads all tables of <paramref name="runFolder"/>/journal.db.</summary>
    /// <exception cref="BenchFaultException">
    /// Kind Storage: the folder or the journal is missing, may not be read, is no SQLite file, has another schema version, or holds a row that cannot be read.
    /// </exception>
    public static RunRecord Read(string runFolder) => Open(runFolder, outline: false);

    /// <summary>
    /// As <see cref="Read"/> without what a night has by the hundred thousand: no observations, lanes, events or artefacts, and of the
    /// telemetry only each slot's least free heap. For looking at many nights; the end of a run that was killed is then what the other tables saw.
    /// </summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static RunRecord ReadOutline(string runFolder) => Open(runFolder, outline: true);

    private static RunRecord Open(string runFolder, bool outline)
    {
        string folder = Path.GetFullPath(runFolder);
        string journal = Path.Combine(folder, JournalName);
        if (!Directory.Exists(folder))
        {
            throw new BenchFaultException(FaultKind.Storage, runFolder, "the run folder does not exist", "Give the folder of a run, for example one below runs/");
        }

        if (!File.Exists(journal))
        {
            throw new BenchFaultException(FaultKind.Storage, runFolder, $"there is no {JournalName} in the folder", "Give the folder of a run that was started; it holds its journal from the first second");
        }

        try
        {
            return ReadOrCopy(folder, journal, outline);
        }
        catch (SqliteException e)
        {
            throw new BenchFaultException(FaultKind.Storage, journal, $"the journal cannot be read ({e.Message})", "Check that the file is whole, with its -wal file beside it", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(
                FaultKind.Storage, journal, $"the journal cannot be read ({e.Message.TrimEnd('.')})",
                "Check that you may read the file, that its folder is still there, and that the folder for temporary files has space for a copy", e);
        }
    }

    private static RunRecord ReadOrCopy(string folder, string journal, bool outline)
    {
        try
        {
            return ReadFrom(folder, journal, journal, outline);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 8 or 14)
        {
            // A write-ahead log needs its index file beside it. On a read-only medium SQLite cannot make one (READONLY, CANTOPEN),
            // so the journal is read from a copy.
            string copy = Directory.CreateTempSubdirectory("labrunner-journal-").FullName;
            try
            {
                string target = Path.Combine(copy, JournalName);
                File.Copy(journal, target);
                if (File.Exists(journal + "-wal"))
                {
                    File.Copy(journal + "-wal", target + "-wal");
                }

                return ReadFrom(folder, target, journal, outline);
            }
            finally
            {
                Directory.Delete(copy, recursive: true);
            }
        }
    }

    private static RunRecord ReadFrom(string folder, string file, string shownAs, bool outline)
    {
        SqliteConnectionStringBuilder builder = new() { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false, DefaultTimeout = 10 };
        using SqliteConnection connection = new(builder.ConnectionString);
        connection.Open();

        // One transaction, so that a night that is still writing is seen at one moment.
        using SqliteTransaction moment = connection.BeginTransaction(deferred: true);
        TableReader tables = new(connection, shownAs);
        Dictionary<string, string> meta = ReadMeta(tables, connection, shownAs);
        RunRecord run = new()
        {
            Folder = folder,
            Meta = meta,
            End = 0,
            Slots = tables.Read("slots", "name", r => new SlotRecord(r.Text("name"), r.Text("board"), r.Text("title"), r.Text("chip"), r.Flag("sentinel"), r.List("capabilities"), r.Pairs("facts"))),
            Identities = tables.Read("identities", "at", r => new IdentityRecord(r.Text("slot"), r.Text("phase"), r.Real("at"), r.Pairs("facts"))),
            Intents = tables.Read("intents", "id", r => new IntentRecord(r.Whole("id"), r.Text("slot"), r.Text("kind"), r.Text("text"), r.Real("opened"), r.RealOrNull("closed"), r.TextOrNull("suite"), r.Pairs("data"))),
            Observations = outline ? [] : InTime(tables.Read("observations", null, r => new ObservationRecord(r.Real("at"), r.Name("slot"), r.Name("observer"), r.Flag("alive"), r.RealOrNull("latencyMs"), r.NameOrNull("detail")))),
            Lanes = outline ? [] : tables.Read("lanes", "id", r => new LaneRecord(r.Whole("id"), r.Text("slot"), r.Text("observer"), r.Real("started"), r.RealOrNull("ended"), r.Text("state"), r.TextOrNull("reason"))),
            Telemetry = outline ? LeastHeap(connection) : tables.Read("telemetry", "at", ReadTelemetry),
            Events = tables.Read("events", "at, id", r => new EventRecord(r.Whole("id"), r.Real("at"), r.TextOrNull("slot"), r.Text("kind"), r.Text("text"), r.Pairs("data")), outline ? $"kind = '{EventKinds.Crash}'" : null),
            Boots = tables.Read("boots", "at, id", r => new BootRecord(r.Whole("id"), r.Text("slot"), r.Real("at"), r.Text("reason"), r.Flag("expected"), r.WholeOrNull("intent"), r.RealOrNull("uptimeBeforeS"), r.TextOrNull("resetReason"), r.List("sources"))),
            Incidents = tables.Read("incidents", "firstSymptom, id", ReadIncident),
            Trials = tables.Read("trials", "id", r => new TrialRecord(r.Whole("id"), r.Text("slot"), r.Text("suite"), r.Text("step"), r.Real("at"), r.Flag("ok"), r.Real("durationMs"), r.Pairs("detail"))),
            Measurements = tables.Read("measurements", "id", ReadMeasurement),
            Tests = tables.Read("tests", "id", r => new TestRecord(r.Whole("id"), r.Text("slot"), r.Text("suite"), r.Text("name"), r.Text("fullName"), r.Real("started"), r.RealOrNull("ended"), r.Verdict("verdict"), r.TextOrNull("message"), r.TextOrNull("trace"))),
            Exposure = tables.Read("exposure", "id", r => new ExposureRecord(r.Whole("id"), r.Text("slot"), r.Text("suite"), r.Time("started"), r.TimeOrNull("ended"))),
            Downtime = tables.Read("downtime", "started, id", r => new DowntimeRecord(r.Whole("id"), r.Text("slot"), r.Time("started"), r.TimeOrNull("ended"), r.Flag("invalid"), r.Text("reason"))),
            Artefacts = outline ? [] : tables.Read("artefacts", "id", r => new ArtefactRecord(r.Whole("id"), r.Text("slot"), r.Text("suite"), r.TextOrNull("test"), r.Real("at"), r.Text("name"), r.Text("mime"), r.Text("path"), r.Text("sha256"))),
            Verdicts = tables.Read("verdicts", "id", r => new VerdictRecord(r.Whole("id"), r.Text("scope"), r.Text("rule"), r.RealOrNull("value"), r.TextOrNull("unit"), r.RealOrNull("threshold"), r.RealOrNull("lower"), r.RealOrNull("upper"), r.RealOrNull("confidence"), r.Verdict("verdict"), r.Text("text"))),
        };
        return run with { End = Math.Max(run.Started, run.Ended ?? LastSeen(run)) };
    }

    // As "ORDER BY at" would, rows of one moment in the order they were written; SQLite would look each of them up by the index.
    private static IReadOnlyList<ObservationRecord> InTime(IReadOnlyList<ObservationRecord> rows)
    {
        double[] times = new double[rows.Count];
        int[] order = new int[rows.Count];
        bool sorted = true;
        for (int i = 0; i < times.Length; i++)
        {
            (times[i], order[i]) = (rows[i].At, i);
            sorted &= i == 0 || times[i] >= times[i - 1];
        }

        if (sorted)
        {
            return rows;
        }

        Array.Sort(times, order);
        for (int from = 0; from < times.Length;)
        {
            int to = from + 1;
            while (to < times.Length && times[to] == times[from])
            {
                to++;
            }

            Array.Sort(order, from, to - from);
            from = to;
        }

        return [.. order.Select(i => rows[i])];
    }

    /// <summary>
    /// The least free heap of each slot, in one pass: SQLite would sort all rows to group them. The rows have no time of their own.
    /// </summary>
    private static IReadOnlyList<TelemetryRecord> LeastHeap(SqliteConnection connection)
    {
        using SqliteCommand names = connection.CreateCommand();
        names.CommandText = "SELECT name FROM slots ORDER BY name LIMIT 500";
        List<string> slots = [];
        using (SqliteDataReader reader = names.ExecuteReader())
        {
            while (reader.Read())
            {
                slots.Add(reader.GetString(0));
            }
        }

        if (slots.Count == 0)
        {
            return [];
        }

        using SqliteCommand least = connection.CreateCommand();
#pragma warning disable CA2100 // Made of numbers of columns; the names go in as parameters.
        least.CommandText = $"SELECT {string.Join(',', slots.Select((_, i) => $"min(CASE WHEN slot = $s{i} THEN heapB END)"))} FROM telemetry";
#pragma warning restore CA2100
        for (int i = 0; i < slots.Count; i++)
        {
            least.Parameters.AddWithValue($"$s{i}", slots[i]);
        }

        using SqliteDataReader row = least.ExecuteReader();
        return row.Read()
            ? [.. slots.Index().Where(s => !row.IsDBNull(s.Index)).Select(s => new TelemetryRecord(0, s.Item, null, row.GetInt64(s.Index), null, null, null, null, null, null))]
            : [];
    }

    private static TelemetryRecord ReadTelemetry(TableReader.Row r) =>
        new(r.Real("at"), r.Name("slot"), r.WholeOrNull("uptimeS"), r.WholeOrNull("heapB"), (int?)r.WholeOrNull("rssiDbm"), (int?)r.WholeOrNull("socketsUsed"),
            r.RealOrNull("voltage"), r.RealOrNull("current"), r.RealOrNull("power"), r.WholeOrNull("relayClosed") is { } closed ? closed != 0 : null);

    private static IncidentRecord ReadIncident(TableReader.Row r) =>
        new(r.Whole("id"), r.Text("slot"), r.Text("class"), r.TextOrNull("mode"), r.Text("title"), r.Real("firstSymptom"), r.RealOrNull("confirmed"),
            r.RealOrNull("recovered"), r.TextOrNull("recovery"), r.RealOrNull("bootAgeS"), r.WholeOrNull("intent"), r.Flag("expected"), r.Text("source"),
            r.TextOrNull("stimulus"), r.TextOrNull("resetReason"), r.Text("story"), r.List("evidence"));

    private static MeasurementRecord ReadMeasurement(TableReader.Row r) =>
        new(r.Whole("id"), r.Text("slot"), r.Text("suite"), r.Text("name"), r.Real("at"), r.Real("value"), r.Text("unit"), r.RealOrNull("lower"),
            r.RealOrNull("upper"), r.RealOrNull("reference"), r.Verdict("verdict"), r.Pairs("detail"));

    private static Dictionary<string, string> ReadMeta(TableReader tables, SqliteConnection connection, string shownAs)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'meta'";
        Dictionary<string, string> meta = command.ExecuteScalar() is 0L
            ? []
            : tables.Read("meta", "key", r => KeyValuePair.Create(r.Text("key"), r.Text("value"))).ToDictionary();
        string? version = meta.GetValueOrDefault(MetaKeys.SchemaVersion);
        return version == SchemaVersion
            ? meta
            : throw new BenchFaultException(
                FaultKind.Storage,
                shownAs,
                version is null ? "the journal states no schema version: it is damaged, or its run was killed while it was being made" : $"the journal has schema version {version}, this LabRunner reads version {SchemaVersion}",
                version is null ? "Give the folder of a LabRunner run" : "Use the LabRunner version that wrote it (meta key \"runner\")");
    }

    private static double LastSeen(RunRecord run)
    {
        IEnumerable<double> times =
        [
            run.Started,
            run.Seen ?? run.Started,
            .. run.Identities.Select(r => r.At),
            .. run.Intents.Select(r => r.Closed ?? r.Opened),
            .. run.Observations.TakeLast(1).Select(r => r.At),
            .. run.Lanes.Select(r => r.Ended ?? r.Started),
            .. run.Telemetry.TakeLast(1).Select(r => r.At),
            .. run.Events.TakeLast(1).Select(r => r.At),
            .. run.Boots.TakeLast(1).Select(r => r.At),
            .. run.Incidents.Select(r => r.Recovered ?? r.Confirmed ?? r.FirstSymptom),
            .. run.Trials.Select(r => r.At),
            .. run.Measurements.Select(r => r.At),
            .. run.Tests.Select(r => r.Ended ?? r.Started),
            .. run.Exposure.Select(r => r.Ended ?? r.Started),
            .. run.Downtime.Select(r => r.Ended ?? r.Started),
        ];
        return times.Where(double.IsFinite).Max();
    }
}
