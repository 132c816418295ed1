using System.IO.Enumeration;

namespace LabRunner.Station.Builds;

/// <summary>
/// A folder into which builds are put. A file counts when it has not changed its size and time for the watch's settling time, and did not change
/// while it was read; what is moved into place is whole at once and waits all the same, since nobody can tell. A link stands for its file; pipes,
/// devices, links to nowhere and empty files are no builds. Not thread safe.
/// </summary>
/// <param name="watch">Watch with a folder.</param>
/// <param name="clock">Now.</param>
internal sealed class FolderSource(BuildWatch watch, TimeProvider clock) : IBuildSource
{
    // Names under which browsers, rsync and people keep what is not whole yet.
    private static readonly string[] Halves = [".part", ".tmp", ".crdownload", ".filepart", ".new", "~"];

    // So much is read in one look; a folder of thousands is gone through over several, oldest first.
    private const long MostBytesInALook = 64L * 1024 * 1024;

    private readonly Dictionary<string, Sight> _seen = new(StringComparer.Ordinal);
    private readonly List<string> _offered = [];
    private readonly List<string> _refused = [];
    private bool _looked;

    /// <inheritdoc/>
    public bool HasSeenAll => _looked && _seen.Values.All(s => s.Accepted || !s.WasThere);

    /// <inheritdoc/>
    public string? Refused => _refused.Count == 0 ? null : string.Join(' ', _refused);

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
    public Task AcceptAsync(CancellationToken cancellationToken)
    {
        foreach (string name in _offered)
        {
            _seen[name] = _seen[name] with { Accepted = true };
        }

        _offered.Clear();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private List<FoundBuild> Look()
    {
        long now = clock.GetTimestamp();
        List<(string Name, FileInfo File)> files =
        [
            .. new DirectoryInfo(watch.Place.Folder!).EnumerateFiles().Where(f => !f.Name.StartsWith('.') && !Halves.Any(f.Name.EndsWith)
                    && FileSystemName.MatchesSimpleExpression(watch.Place.Files, f.Name))
                .Select(f => (f.Name, File: Real(f)!)).Where(f => f.File is not null).OrderBy(f => f.File.LastWriteTimeUtc).ThenBy(f => f.Name, StringComparer.Ordinal),
        ];
        foreach (string gone in _seen.Keys.Except(files.Select(f => f.Name)).ToList())
        {
            _seen.Remove(gone);
        }

        List<FoundBuild> found = [];
        _offered.Clear();
        _refused.Clear();
        long read = 0;
        foreach ((string name, FileInfo file) in files)
        {
            Stamp look = new(file.Length, file.LastWriteTimeUtc);
            if (!_seen.TryGetValue(name, out Sight? sight) || sight.Look != look)
            {
                _seen[name] = new Sight(look, now, !_looked || sight is { WasThere: true, Accepted: false }, false);
            }
            else if (clock.GetElapsedTime(sight.Since, now) >= watch.Settle && look.Bytes > watch.LargestBytes)
            {
                // Told as long as it is there, and no reason to leave the others.
                _refused.Add(FormattableString.Invariant($"{file.FullName} is refused: it has {look.Bytes:N0} bytes, more than {watch.LargestBytes:N0}. Take it away, or look at largestMegabytes."));
                _seen[name] = sight with { Accepted = true };
            }
            else if (!sight.Accepted && clock.GetElapsedTime(sight.Since, now) >= watch.Settle && (read == 0 || read + look.Bytes <= MostBytesInALook) && Read(name, file, look) is { } content)
            {
                read += look.Bytes;
                _offered.Add(name);
                found.Add(new FoundBuild(name, content, new DateTimeOffset(look.Written, TimeSpan.Zero), sight.WasThere));
            }
        }

        _looked = true;
        return found;
    }

    /// <summary>The file that a name stands for; null: nothing that can be a build. To open a pipe would be to wait for who writes to it.</summary>
    private static FileInfo? Real(FileInfo named)
    {
        try
        {
            FileInfo? real = named.LinkTarget is null ? named : named.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
            return real is { Exists: true, Length: > 0 } ? real : null;
        }
        catch (IOException)
        {
            // A link in a circle, or a file that went meanwhile.
            return null;
        }
    }

    /// <summary>The whole file; null: it changes or cannot be read, and is looked at again.</summary>
    private byte[]? Read(string name, FileInfo file, Stamp before)
    {
        byte[] content;
        try
        {
            content = File.ReadAllBytes(file.FullName);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _refused.Add($"{file.FullName} cannot be read ({failure.Message.TrimEnd('.')}). Take it away, or give the station's account the right to read it.");
            return null;
        }

        file.Refresh();
        if (file.Exists && new Stamp(file.Length, file.LastWriteTimeUtc) == before && content.Length == before.Bytes)
        {
            return content;
        }

        _seen.Remove(name);
        return null;
    }

    private sealed record Sight(Stamp Look, long Since, bool WasThere, bool Accepted);

    private readonly record struct Stamp(long Bytes, DateTime Written);
}
