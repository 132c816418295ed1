namespace LabRunner.Reports.Tests;

/// <summary>Copies of the shipped sample nights, side by side as below samples/, so that drawing writes nothing into the repository.</summary>
internal sealed class Samples : IDisposable
{
    internal Samples()
    {
        Folder = Directory.CreateTempSubdirectory("labrunner-samples-").FullName;
        foreach (string night in Directory.EnumerateDirectories(Source))
        {
            string target = Path.Combine(Folder, Path.GetFileName(night));
            Directory.CreateDirectory(Path.Combine(target, "consoles"));
            File.Copy(Path.Combine(night, "journal.db"), Path.Combine(target, "journal.db"));
            foreach (string console in Directory.EnumerateFiles(Path.Combine(night, "consoles")))
            {
                File.Copy(console, Path.Combine(target, "consoles", Path.GetFileName(console)));
            }
        }
    }

    internal static string Source => Path.Combine(TestContext.CurrentContext.TestDirectory, "Samples");

    internal string Folder { get; }

    internal static IReadOnlyList<string> Names => [.. Directory.EnumerateDirectories(Path.Combine(AppContext.BaseDirectory, "Samples")).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    internal string Of(string name) => Path.Combine(Folder, name);

    /// <summary>The repository that the tests were built in, for what a test holds against its files.</summary>
    internal static string RepositoryFolder()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "bench", "plans", "all-virtual.yaml")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("There is no bench/plans above " + AppContext.BaseDirectory);
        }

        return folder;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
