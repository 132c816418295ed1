using System.Text.Json;

namespace LabRunner.Station.Builds;

/// <summary>A build that was seen.</summary>
/// <param name="Watch">Watch that saw it.</param>
/// <param name="Sha256">Of its content, lower case.</param>
/// <param name="Name">What it was called.</param>
/// <param name="Version">That it names; null: none.</param>
/// <param name="At">When it was seen.</param>
/// <param name="Text">What became of it: one sentence.</param>
/// <param name="Job">The job; null: none.</param>
public sealed record SeenBuild(string Watch, string Sha256, string Name, string? Version, DateTimeOffset At, string Text, string? Job);

/// <summary>Journal of the builds that were seen, so that none is taken twice, also after a restart. Thread safe.</summary>
internal sealed class BuildBook
{
    private readonly Lock _gate = new();
    private readonly string _file;
    private readonly Kept _kept;

    public BuildBook(string stateFolder)
    {
        _file = Path.Combine(stateFolder, "builds.json");
        // Without one, the next look is a first one.
        _kept = StateFile.Read<Kept>(_file) ?? new();
    }

    /// <summary>Builds of a watch, newest first.</summary>
    public IReadOnlyList<SeenBuild> Of(string watch)
    {
        lock (_gate)
        {
            return [.. _kept.Seen.Where(s => s.Watch == watch).Reverse()];
        }
    }

    /// <summary>A watch has looked at this place before.</summary>
    public bool Knows(BuildWatch watch)
    {
        lock (_gate)
        {
            return _kept.Begun.GetValueOrDefault(watch.Name) == watch.Place.Text;
        }
    }

    /// <summary>A watch has looked at this place.</summary>
    public void Begin(BuildWatch watch) => Change(() => _kept.Begun[watch.Name] = watch.Place.Text);

    /// <summary>Remembers builds, in one writing: a folder may have thousands.</summary>
    public void Add(IReadOnlyCollection<SeenBuild> builds)
    {
        if (builds.Count > 0)
        {
            Change(() => _kept.Seen.AddRange(builds));
        }
    }

    /// <summary>What the server of a watch said of its last build; null: nothing yet.</summary>
    public Validators? ValidatorsOf(BuildWatch watch)
    {
        lock (_gate)
        {
            return Knows(watch) ? _kept.Servers.GetValueOrDefault(watch.Name) : null;
        }
    }

    /// <summary>Remembers what the server said of the build that was accepted.</summary>
    public void Remember(BuildWatch watch, Validators now) => Change(() => _kept.Servers[watch.Name] = now);

    private void Change(Action act)
    {
        lock (_gate)
        {
            act();
            StateFile.Write(_file, JsonSerializer.Serialize(_kept, JsonSerializerOptions.Web));
        }
    }

    private sealed record Kept
    {
        public List<SeenBuild> Seen { get; init; } = [];

        public Dictionary<string, string> Begun { get; init; } = [];

        public Dictionary<string, Validators> Servers { get; init; } = [];
    }
}
