using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using LabRunner.Hardware.Faults;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace LabRunner.Reports.Records;

/// <summary>Turns rows into records and says which row of which table was unreadable.</summary>
internal sealed class TableReader(SqliteConnection connection, string journal)
{
    /// <summary>All rows of a table.</summary>
    /// <param name="table">Its name.</param>
    /// <param name="order">Columns to order by; null for the order they were written in.</param>
    /// <param name="make">Makes a record of the row the reader stands on.</param>
    /// <param name="only">Condition that rows must meet; null: all.</param>
    internal IReadOnlyList<T> Read<T>(string table, string? order, Func<Row, T> make, string? only = null)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Names and condition are constants of RunReader, nothing from outside.
        command.CommandText = $"SELECT * FROM {table} {(only is null ? "" : $"WHERE {only} ")}ORDER BY {order ?? "rowid"}";
#pragma warning restore CA2100
        using SqliteDataReader reader = command.ExecuteReader();
        Row row = new(reader);
        List<T> rows = [];
        while (reader.Read())
        {
            try
            {
                T record = make(row);
                rows.Add(record);
            }
            catch (Exception e) when (e is InvalidCastException or InvalidOperationException or FormatException or OverflowException or ArgumentOutOfRangeException)
            {
                throw new BenchFaultException(
                    FaultKind.Storage, $"{journal}, table {table}, row {rows.Count + 1}", $"the row cannot be read ({e.Message})", "Check who wrote the journal; its tables are described in schema.sql", e);
            }
        }

        return rows.AsReadOnly();
    }

    /// <summary>
    /// The row the reader stands on, by column name. Texts and single figures go by the reader, which says what is wrong with a row; figures
    /// and names that a night has by the million go past it to SQLite: half the time, and no text made that is known already.
    /// </summary>
    internal sealed class Row(SqliteDataReader reader)
    {
        private readonly List<(string Name, int Ordinal)> _asked = [];
        private readonly NameTable _names = new();
        private readonly sqlite3_stmt _statement = reader.Handle!;

        internal string Text(string column)
        {
            int ordinal = Ordinal(column);
            return IsNull(ordinal) ? throw new InvalidOperationException($"its column '{column}' is empty") : reader.GetString(ordinal);
        }

        /// <summary>A text that comes again and again (a slot, an observer): one copy of it is kept for all rows.</summary>
        internal string Name(string column) => NameOrNull(column) ?? Text(column);

        internal string? NameOrNull(string column)
        {
            int ordinal = Ordinal(column);
            ReadOnlySpan<byte> utf8 = raw.sqlite3_column_blob(_statement, ordinal);
            return utf8.Length > 0 || !IsNull(ordinal) ? _names.Of(utf8) : null;
        }

        internal string? TextOrNull(string column) => IsNull(Ordinal(column)) ? null : Text(column);

        internal double Real(string column) => RealOrNull(column) ?? throw new InvalidOperationException($"its column '{column}' is empty");

        // What SQLite gives for NULL, and for text that begins with no figure, is 0: only then its kind is asked for.
        internal double? RealOrNull(string column)
        {
            int ordinal = Ordinal(column);
            double value = raw.sqlite3_column_double(_statement, ordinal);
            return value != 0 || IsFigure(ordinal, column) ? value : null;
        }

        internal long Whole(string column) => WholeOrNull(column) ?? throw new InvalidOperationException($"its column '{column}' is empty");

        internal long? WholeOrNull(string column)
        {
            int ordinal = Ordinal(column);
            long value = raw.sqlite3_column_int64(_statement, ordinal);
            return value != 0 || IsFigure(ordinal, column) ? value : null;
        }

        /// <summary>A moment; an infinite one would make every sum of hours infinite.</summary>
        internal double Time(string column) => Real(column) is var at && double.IsFinite(at) ? at : throw new InvalidOperationException($"its column '{column}' is no time");

        /// <summary>A moment; null also where it is none, so that what it ends is held to be open.</summary>
        internal double? TimeOrNull(string column) => RealOrNull(column) is { } at && double.IsFinite(at) ? at : null;

        internal bool Flag(string column) => Whole(column) != 0;

        internal Verdict Verdict(string column) => VerdictText.Parse(Text(column));

        /// <summary>A JSON list of texts. What is no JSON is kept as one text: nothing observed is lost.</summary>
        internal IReadOnlyList<string> List(string column)
        {
            if (TextOrNull(column) is not { Length: > 0 } json)
            {
                return [];
            }

            try
            {
                using JsonDocument document = JsonDocument.Parse(json);
                return document.RootElement.ValueKind == JsonValueKind.Array
                    ? [.. document.RootElement.EnumerateArray().Select(Scalar)]
                    : [Scalar(document.RootElement)];
            }
            catch (JsonException)
            {
                return [json];
            }
        }

        /// <summary>A JSON object of texts. What is no JSON object is kept under the name "text".</summary>
        internal IReadOnlyDictionary<string, string> Pairs(string column)
        {
            if (TextOrNull(column) is not { Length: > 0 } json)
            {
                return new Dictionary<string, string>();
            }

            try
            {
                using JsonDocument document = JsonDocument.Parse(json);
                if (document.RootElement.ValueKind == JsonValueKind.Null)
                {
                    return new Dictionary<string, string>();
                }

                if (document.RootElement.ValueKind == JsonValueKind.Object)
                {
                    Dictionary<string, string> pairs = [];
                    foreach (JsonProperty property in document.RootElement.EnumerateObject())
                    {
                        pairs[Name(property)] = Scalar(property.Value);
                    }

                    return pairs;
                }
            }
            catch (JsonException)
            {
                // Falls through: the text itself is the fact.
            }

            return new Dictionary<string, string> { ["text"] = json };
        }

        private static string Name(JsonProperty property)
        {
            try
            {
                return property.Name;
            }
            catch (InvalidOperationException)
            {
                // As for values.
                return Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8PropertyName(property));
            }
        }

        private static string Scalar(JsonElement value)
        {
            if (value.ValueKind != JsonValueKind.String)
            {
                return value.GetRawText();
            }

            try
            {
                return value.GetString() ?? "";
            }
            catch (InvalidOperationException)
            {
                // A lone surrogate written as \ud800 is legal JSON and no legal text.
                return value.GetRawText();
            }
        }

        // False for NULL.
        private bool IsFigure(int ordinal, string column) => raw.sqlite3_column_type(_statement, ordinal) switch
        {
            raw.SQLITE_NULL => false,
            raw.SQLITE_INTEGER or raw.SQLITE_FLOAT => true,
            _ => throw new FormatException($"its column '{column}' holds no figure"),
        };

        private bool IsNull(int ordinal) => raw.sqlite3_column_type(_statement, ordinal) == raw.SQLITE_NULL;

        /// <summary>Columns are asked for by the same constant each time: comparing references is several times as fast as hashing names.</summary>
        private int Ordinal(string column)
        {
            for (int i = 0; i < _asked.Count; i++)
            {
                if (ReferenceEquals(_asked[i].Name, column))
                {
                    return _asked[i].Ordinal;
                }
            }

            for (int i = 0; i < reader.FieldCount; i++)
            {
                if (reader.GetName(i) == column)
                {
                    _asked.Add((column, i));
                    return i;
                }
            }

            throw new InvalidOperationException($"there is no column '{column}'");
        }
    }
}
