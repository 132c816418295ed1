namespace LabRunner.Reports.Records;

/// <summary>The tables of journal.db, as the writer creates them and a reader finds them.</summary>
public static class JournalSchema
{
    /// <summary>Version written to <see cref="MetaKeys.SchemaVersion"/>.</summary>
    public const string Version = "1";

    /// <summary>Name of the journal's file in the run folder.</summary>
    public const string FileName = "journal.db";

    /// <summary>SQL that creates what is missing; harmless on a journal that exists.</summary>
    public static string Sql { get; } = Read();

    private static string Read()
    {
        using Stream stream = typeof(JournalSchema).Assembly.GetManifestResourceStream("journal.schema.sql")
            ?? throw new InvalidOperationException("The resource journal.schema.sql is missing from LabRunner.Reports.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
