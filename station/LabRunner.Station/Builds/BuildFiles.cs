namespace LabRunner.Station.Builds;

/// <summary>The builds that jobs need, each under its own hash. Thread safe.</summary>
/// <param name="stateFolder">State folder of the station.</param>
internal sealed class BuildFiles(string stateFolder)
{
    private const int KeptOver = 10;

    private readonly string _folder = Path.Combine(stateFolder, "builds");

    /// <summary>Keeps a build. Those that no job needs any more go, but for the newest few.</summary>
    /// <param name="sha256">Of the content.</param>
    /// <param name="content">All of it.</param>
    /// <param name="needed">Hashes that jobs still need.</param>
    public void Put(string sha256, byte[] content, IReadOnlyCollection<string> needed)
    {
        StateFile.MakeFolder(_folder);
        string file = FileOf(sha256);
        File.WriteAllBytes(file + ".new", content);
        File.Move(file + ".new", file, overwrite: true);
        foreach (FileInfo old in new DirectoryInfo(_folder).EnumerateFiles("*.bin").Where(f => !needed.Contains(Path.GetFileNameWithoutExtension(f.Name)))
            .OrderByDescending(f => f.LastWriteTimeUtc).Skip(KeptOver).ToList())
        {
            old.Delete();
        }
    }

    /// <summary>A build; null: it is not here any more.</summary>
    public byte[]? Read(string sha256) => File.Exists(FileOf(sha256)) ? File.ReadAllBytes(FileOf(sha256)) : null;

    // Hashes are this station's own.
    private string FileOf(string sha256) => Path.Combine(_folder, sha256 + ".bin");
}
