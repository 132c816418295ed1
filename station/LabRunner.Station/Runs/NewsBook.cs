using System.Text.Json;

namespace LabRunner.Station.Runs;

/// <summary>What is to be told and is of no run.</summary>
/// <param name="Name">Names it among all that is told.</param>
/// <param name="Notify">File with the channels that are told.</param>
/// <param name="Plan">Plan that was to run.</param>
/// <param name="Text">What happened, sentences.</param>
/// <param name="At">When, wall time.</param>
internal sealed record StationNews(string Name, string Notify, string Plan, string Text, DateTimeOffset At);

/// <summary>What is still to be told of runs that are not to be: on disk until it was, so that a station that dies meanwhile tells it later. Thread safe.</summary>
internal sealed class NewsBook
{
    // A channel that is away for days must not fill the disk.
    private const int Most = 100;

    private readonly Lock _gate = new();
    private readonly string _file;
    private readonly List<StationNews> _news;

    /// <param name="stateFolder">State folder of the station.</param>
    public NewsBook(string stateFolder)
    {
        _file = Path.Combine(stateFolder, "news.json");
        _news = StateFile.Read<List<StationNews>>(_file) ?? [];
    }

    /// <summary>Raised when there is something to tell.</summary>
    public event Action? Changed;

    /// <summary>What is to be told, oldest first.</summary>
    public IReadOnlyList<StationNews> All()
    {
        lock (_gate)
        {
            return [.. _news];
        }
    }

    /// <summary>Has it told soon. Of too many the oldest go.</summary>
    public void Put(StationNews news)
    {
        lock (_gate)
        {
            _news.Add(news);
            _news.RemoveRange(0, Math.Max(0, _news.Count - Most));
            Write();
        }

        Changed?.Invoke();
    }

    /// <summary>It was told, or nobody can tell it.</summary>
    public void Remove(StationNews news)
    {
        lock (_gate)
        {
            _news.Remove(news);
            Write();
        }
    }

    private void Write() => StateFile.Write(_file, JsonSerializer.Serialize(_news, JsonSerializerOptions.Web));
}
