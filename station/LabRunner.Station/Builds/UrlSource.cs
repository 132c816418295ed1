namespace LabRunner.Station.Builds;

/// <summary>An address that always has the newest build. It is asked for another one than the last, by ETag and Last-Modified. Not thread safe.</summary>
/// <param name="watch">Watch with an address.</param>
/// <param name="book">Keeps what the server said, over starts of the station.</param>
/// <param name="download">Gets it.</param>
/// <param name="clock">Of the limit.</param>
internal sealed class UrlSource(BuildWatch watch, BuildBook book, Download download, TimeProvider clock) : IBuildSource
{
    private Validators? _offered;

    /// <inheritdoc/>
    public bool HasSeenAll { get; private set; }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<FoundBuild>> LookAsync(CancellationToken cancellationToken)
    {
        _offered = null;
        if (await download.GetAsync(watch.Place.Url!, _ => true, book.ValidatorsOf(watch), watch.LargestBytes, watch.Limit, clock, cancellationToken).ConfigureAwait(false) is not { } got)
        {
            return [];
        }

        (_offered, HasSeenAll) = (got.Now, true);
        return [got.Build];
    }

    /// <inheritdoc/>
    public Task AcceptAsync(CancellationToken cancellationToken)
    {
        if (_offered is { } now)
        {
            book.Remember(watch, now);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
