using System.Globalization;
using System.Text.Json;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;
using Microsoft.Data.Sqlite;

namespace LabRunner.Reports.Benchmarks;

/// <summary>How large a night is.</summary>
/// <param name="Slots">Plugs.</param>
/// <param name="Seconds">Length; one sample a second.</param>
/// <param name="Incidents">Unexpected incidents.</param>
/// <param name="Trials">Attempts of repeated steps.</param>
/// <param name="Origin">Wall time of its start.</param>
internal sealed record NightSize(int Slots, int Seconds, int Incidents, int Trials, DateTimeOffset Origin);

/// <summary>
/// Writes the journal and consoles of a night as a bench would leave them: telemetry with seven figures at 1 Hz, probes of every observer at
/// their cadences, lanes, boots, incidents with evidence, trials. Deterministic.
/// </summary>
internal static class SyntheticNight
{
    private static readonly (string Name, int Every)[] Observers = [("P", 1), ("T", 10), ("Hs", 10), ("Hl", 60)];
    private static readonly string[] Classes = ["NET_FREEZE", "HANG_RECOVERED", "CRASH", "HTTP_DEAD", "MQTT_DEAD"];

    /// <summary>8 plugs, 12 h, 300 incidents, 5,000 trials.</summary>
    internal static NightSize Full { get; } = new(8, 43_200, 300, 5_000, new DateTimeOffset(2026, 11, 22, 20, 0, 0, TimeSpan.Zero));

    /// <summary>Writes it.</summary>
    internal static void Write(string folder, NightSize size)
    {
        Directory.CreateDirectory(folder);
        using SqliteConnection connection = new($"Data Source={Path.Combine(folder, RunReader.JournalName)};Pooling=False");
        connection.Open();
        Run(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF");
        Run(connection, JournalSchema.Sql);
        using SqliteTransaction all = connection.BeginTransaction();
        Table table = new(connection);
        Chance chance = new(size.Incidents + size.Seconds, "synthetic");
        Meta(table, size);
        for (int s = 1; s <= size.Slots; s++)
        {
            Slot(table, size, chance, "p" + s.ToString(CultureInfo.InvariantCulture));
        }

        Incidents(table, size, chance);
        Trials(table, size, chance);
        all.Commit();
        if (size.Seconds > 3600)
        {
            Consoles(folder, size);
        }
    }

    /// <summary>
    /// Nights before it beside its folder: copies of its journal under earlier dates, without consoles, which nobody reads of a night that is over.
    /// </summary>
    /// <param name="folder">The night, named as <see cref="NameOf"/> has it.</param>
    /// <param name="size">Its size.</param>
    /// <param name="count">How many.</param>
    /// <returns>Their folders, the newest first.</returns>
    internal static IReadOnlyList<string> WriteNeighbours(string folder, NightSize size, int count)
    {
        List<string> neighbours = [];
        for (int back = 1; back <= count; back++)
        {
            DateTimeOffset origin = size.Origin.AddDays(-back);
            string neighbour = Path.Combine(Path.GetDirectoryName(folder)!, NameOf(origin));
            Directory.CreateDirectory(neighbour);
            string journal = Path.Combine(neighbour, RunReader.JournalName);
            File.Copy(Path.Combine(folder, RunReader.JournalName), journal);
            using SqliteConnection connection = new($"Data Source={journal};Pooling=False");
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "UPDATE meta SET value = $origin WHERE key = $key";
            command.Parameters.AddWithValue("$origin", origin.ToString("O", CultureInfo.InvariantCulture));
            command.Parameters.AddWithValue("$key", MetaKeys.OriginUtc);
            command.ExecuteNonQuery();
            neighbours.Add(neighbour);
        }

        return neighbours;
    }

    /// <summary>Name of a run folder of that start.</summary>
    internal static string NameOf(DateTimeOffset origin) => origin.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture) + "-synthetic";

    private static void Meta(Table table, NightSize size)
    {
        foreach ((string key, string value) in (ReadOnlySpan<(string, string)>)
        [
            (MetaKeys.SchemaVersion, JournalSchema.Version), (MetaKeys.Bench, "synthetic"), (MetaKeys.Plan, "nightly"), (MetaKeys.Seed, "1"), (MetaKeys.TimeScale, "1"),
            (MetaKeys.OriginUtc, size.Origin.ToString("O", CultureInfo.InvariantCulture)), (MetaKeys.Started, "0"), (MetaKeys.Ended, size.Seconds.ToString(CultureInfo.InvariantCulture)),
            (MetaKeys.Outcome, "completed"), (MetaKeys.PlanText, "plan: nightly"),
        ])
        {
            table.Insert("meta", "key,value", key, value);
        }

        table.Insert("verdicts", "scope,rule,verdict,text", "night", "overall", "FAIL", "Synthetic.");
    }

    private static void Slot(Table table, NightSize size, Chance chance, string slot)
    {
        table.Insert("slots", "name,board,title,chip,sentinel,capabilities,facts", slot, "sm-028-v1.3-b17", "Synthetic plug", "BL602", 0, "[\"power\",\"console\"]", "{}");
        table.Insert("identities", "slot,phase,at,facts", slot, "before", 5.0, "{\"build\":\"1.18.158\"}");
        table.Insert("exposure", "slot,suite,started,ended", slot, "S01", 0.0, (double)size.Seconds);
        table.Insert("boots", "slot,at,reason,expected,sources", slot, 2.0, "power-cut", 1, "[\"banner\"]");
        double rssi = -58;
        for (int t = 0; size.Seconds > 3600 ? t < size.Seconds : t < 2; t++)
        {
            rssi = chance.Below(60) == 0 ? -60 + chance.Below(5) : rssi;
            long heap = 95_072 - (16 * chance.Below(12)) - (chance.Below(30) == 0 ? 11_768 : 0);
            table.Insert(
                "telemetry", "at,slot,uptimeS,heapB,rssiDbm,socketsUsed,voltage,current,power,relayClosed", t + 0.001 * chance.Below(40), slot, (long)t, heap, (long)rssi,
                2 + (chance.Below(30) == 0 ? 1L : 0L), Math.Round(230 + chance.Between(-0.4, 0.4), 1), Math.Round((22 + chance.Below(2)) * 0.01186, 3), 60 + (1.5 * chance.Below(2)), 1L);
            foreach ((string name, int every) in Observers)
            {
                if (t % every == 0)
                {
                    table.Insert("observations", "at,slot,observer,alive,latencyMs,detail", (double)t, slot, name, 1, Math.Round(chance.Between(2, 60), 3), null);
                }
            }
        }

        foreach ((string name, _) in Observers)
        {
            table.Insert("lanes", "slot,observer,started,ended,state,reason", slot, name, 0.0, (double)size.Seconds, "alive", null);
        }
    }

    private static void Incidents(Table table, NightSize size, Chance chance)
    {
        string evidence = JsonSerializer.Serialize(Enumerable.Range(0, 30).Select(i => $"Info:MAIN:Time {i}, idle 0/s, free 94312, MQTT 1(1), bWifi 1, secondsWithNoPing {i}, socks 2/38"));
        for (int i = 0; i < size.Incidents; i++)
        {
            string slot = "p" + (1 + (i % size.Slots)).ToString(CultureInfo.InvariantCulture);
            double at = 60 + ((size.Seconds - 120.0) * i / Math.Max(1, size.Incidents));
            table.Insert(
                "incidents", "slot,class,mode,title,firstSymptom,confirmed,recovered,recovery,bootAgeS,expected,source,stimulus,resetReason,story,evidence", slot, Classes[i % Classes.Length], $"F{1 + (i % 5):00}",
                "A synthetic incident", at, at + 30, at + 90, "power-cycle", 120 + (60 * chance.NextUnit()), 0, "watch", null, null, "Nothing answered over the network while the console went on; a power cycle brought it back.", evidence);
            table.Insert("downtime", "slot,started,ended,invalid,reason", slot, at, at + 90, 0, "incident");
            table.Insert("boots", "slot,at,reason,expected,sources", slot, at + 80, "recovery", 1, "[\"banner\"]");
            table.Insert("intents", "slot,kind,text,opened,closed,suite,data", slot, "recovery", "power cycle", at + 70, at + 95, null, "{}");
        }
    }

    private static void Trials(Table table, NightSize size, Chance chance)
    {
        for (int i = 0; i < size.Trials; i++)
        {
            table.Insert(
                "trials", "slot,suite,step,at,ok,durationMs,detail", "p" + (1 + (i % size.Slots)).ToString(CultureInfo.InvariantCulture), (string[])["S02", "S04", "S09", "S13"] is var suites ? suites[i % 4] : "",
                (string[])["http", "update", "reconnect", "press"] is var steps ? steps[i % 4] : "", (double)size.Seconds * i / size.Trials, chance.Below(50) == 0 ? 0 : 1, chance.Between(200, 9000), "{\"n\":\"1\"}");
        }
    }

    private static void Consoles(string folder, NightSize size)
    {
        Directory.CreateDirectory(Path.Combine(folder, "consoles"));
        for (int s = 1; s <= size.Slots; s++)
        {
            using StreamWriter writer = new(Path.Combine(folder, "consoles", $"p{s}.log"));
            for (int t = 0; t < size.Seconds; t++)
            {
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{size.Origin.AddSeconds(t):yyyy-MM-ddTHH:mm:ss.fffZ} +{t}.250 Info:MAIN:Time {t}, idle 0/s, free 94312, MQTT 1(1), bWifi 1, secondsWithNoPing -1, socks 2/38"));
            }
        }
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this program.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <summary>Prepared inserts by table and columns.</summary>
    private sealed class Table(SqliteConnection connection)
    {
        private readonly Dictionary<string, SqliteCommand> _commands = [];

        internal void Insert(string table, string columns, params object?[] values)
        {
            if (!_commands.TryGetValue(table + columns, out SqliteCommand? command))
            {
                command = connection.CreateCommand();
#pragma warning disable CA2100 // Names are constants of this program.
                command.CommandText = $"INSERT INTO {table}({columns}) VALUES({string.Join(',', values.Select((_, i) => $"$v{i}"))})";
#pragma warning restore CA2100
                for (int i = 0; i < values.Length; i++)
                {
                    command.Parameters.AddWithValue($"$v{i}", DBNull.Value);
                }

                _commands[table + columns] = command;
            }

            for (int i = 0; i < values.Length; i++)
            {
                command.Parameters[i].Value = values[i] ?? DBNull.Value;
            }

            command.ExecuteNonQuery();
        }
    }
}
