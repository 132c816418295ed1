using System.IO.Enumeration;

namespace LabRunner.Station.Builds;

/// <summary>
/// A folder into which builds are put. A file counts when it has not changed its size and time for the watch's settling time, and did not change
/// while it was read; what is moved into place is whole at once and waits all the same, since nobody can tell. Not thread safe.
/// </summary>
/// <param name="watch">Watch with a folder.</param>
/// <param name="clock">Now.</param>
internal sealed class FolderSource(BuildWatch watch, TimeProvider clock) : IBuildSource
{
    // Names under which browsers, rsync and people keep what is not whole yet.
    private static readonly string[] Halves = [".part", ".tmp", ".crdownload", ".filepart", ".new", "~"];

    private readonly Dictionary<string, Sight> _seen = new(StringComparer.Ordinal);
    private readonly List<string> _offered = [];
    private bool _looked;

    /// <inheritdoc/>
    public bool HasSeenAll => _looked && _seen.Values.All(s => s.Accepted || !s.WasThere);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FoundBuild>> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult<IReadOnlyList<FoundBuild>>(Look());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BuildPlaceException($"{watch.Place.Folder} cannot be read ({failure.Message.TrimEnd('.')}). Make the folder, or give the station's account the right to read it.", failure);
        }
    }

    /// <inheritdoc/>
    public void Accept()
    {
        foreach (string name in _offered)
        {
            _seen[name] = _seen[name] with { Accepted = true };
        }

        _offered.Clear();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private List<FoundBuild> Look()
    {
        DateTimeOffset now = clock.GetUtcNow();
        List<FileInfo> files =
        [
            .. new DirectoryInfo(watch.Place.Folder!).EnumerateFiles().Where(f => !f.Name.StartsWith('.') && !Halves.Any(f.Name.EndsWith)
                && FileSystemName.MatchesSimpleExpression(watch.Place.Files, f.Name)).OrderBy(f => f.LastWriteTimeUtc).ThenBy(f => f.Name, StringComparer.Ordinal),
        ];
        foreach (string gone in _seen.Keys.Except(files.Select(f => f.Name)).ToList())
        {
            _seen.Remove(gone);
        }

        List<FoundBuild> found = [];
        _offered.Clear();
        foreach (FileInfo file in files)
        {
            Stamp look = new(file.Length, file.LastWriteTimeUtc);
            if (!_seen.TryGetValue(file.Name, out Sight? sight) || sight.Look != look)
            {
                _seen[file.Name] = new Sight(look, now, !_looked || sight is { WasThere: true, Accepted: false }, false);
            }
            else if (!sight.Accepted && now - sight.Since >= watch.Settle && Read(file, look) is { } content)
            {
                _offered.Add(file.Name);
                found.Add(new FoundBuild(file.Name, content, new DateTimeOffset(look.Written, TimeSpan.Zero), sight.WasThere));
            }
        }

        _looked = true;
        return found;
    }

    /// <summary>The whole file; null: it changes, and is looked at again.</summary>
    private byte[]? Read(FileInfo file, Stamp before)
    {
        if (before.Bytes > watch.LargestBytes)
        {
            throw new BuildPlaceException(FormattableString.Invariant($"{file.FullName} has {before.Bytes:N0} bytes, more than {watch.LargestBytes:N0}. Take it away, or raise largestMegabytes."));
        }

        byte[] content = File.ReadAllBytes(file.FullName);
        file.Refresh();
        if (file.Exists && new Stamp(file.Length, file.LastWriteTimeUtc) == before && content.Length == before.Bytes)
        {
            return content;
        }

        _seen.Remove(file.Name);
        return null;
    }

    private sealed record Sight(Stamp Look, DateTimeOffset Since, bool WasThere, bool Accepted);

    private readonly record struct Stamp(long Bytes, DateTime Written);
}
