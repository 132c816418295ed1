using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>One firmware on one board over all nights.</summary>
/// <param name="Board">Board.</param>
/// <param name="Firmware">Build.</param>
/// <param name="Nights">Nights it ran in.</param>
/// <param name="Rated">Those of its cells that its rates are of: runs by hand decide nothing.</param>
/// <param name="Pool">Its cells.</param>
/// <param name="State">Where the sequential test stands over the idle soak of <paramref name="Rated"/>.</param>
/// <param name="HoursToAccept">Device-hours that would accept if nothing more failed; 0 once accepted.</param>
/// <param name="Change">Its idle soak against the build before it on this board, or against the reference where one is named; null where there is none.</param>
public sealed record VersionRow(string Board, string Firmware, int Nights, Pool Rated, Pool Pool, SprtState State, double HoursToAccept, RateChange? Change)
{
    /// <summary>Its nights that the window of the figures which change from night to night is of.</summary>
    public const int Window = 7;

    /// <summary>Its cells in the last <see cref="Window"/> nights that its rates are of.</summary>
    public required Pool Recent { get; init; }

    /// <summary>Hours of <see cref="Recent"/> without an unexpected reset.</summary>
    public StableHours Stable => new(Recent.Total.Hours, Recent.Cells.Sum(c => c.UnstableHours));

    /// <summary>How long it took to come back, 95th percentile in seconds; null where nothing was cut off.</summary>
    public double? ReconnectP95 => Rated.Reconnects is { Count: > 0 } seconds ? Percentile.Of(seconds, 0.95) : null;

    /// <summary>Heap slopes in the last <see cref="Window"/> nights.</summary>
    public IReadOnlyList<HeapSlope> HeapSlopes => [.. Recent.Cells.Select(c => c.Heap).OfType<HeapSlope>()];

    /// <summary>Its heap slopes beside those of the build before it, or of the reference, by plug.</summary>
    public IReadOnlyList<HeapChange> Heaps { get; init; } = [];

    /// <summary>Gain error of its meters by quantity, percent: the median over plugs and nights; those that were measured.</summary>
    public IReadOnlyList<(string Quantity, double Percent, int Count)> Gains =>
        [.. Rated.Cells.SelectMany(c => c.Gains).GroupBy(g => g.Key, g => g.Value).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, Percentile.Of(g, 0.5), g.Count()))];

    /// <summary>True where it ran in the board's newest night, so that the gate judges it.</summary>
    public bool Newest { get; init; }

    /// <summary>Its other suites against those of the build before it, or of the reference: where both have hours.</summary>
    public IReadOnlyDictionary<string, RateChange> SuiteChanges { get; init; } = new Dictionary<string, RateChange>();

    /// <summary>Suites with failures that nothing shows to be as few as before: what fails under stress has no number that would be few enough.</summary>
    public IEnumerable<string> Unproved => Rated.Stress.Where(s => s.Part.Failures > 0 && SuiteChanges.GetValueOrDefault(s.Suite)?.Change is not (Comparison.Change.Same or Comparison.Change.Better)).Select(s => s.Suite);

    /// <summary>False for what was never read of a plug: no build at all, which is shown and not judged.</summary>
    public bool Known => Firmware != NightCell.UnknownBuild;

    /// <summary>Failure modes of it that no rate excuses.</summary>
    public IEnumerable<string> Gravest => Pool.Modes.Keys.Where(Severity.IsGravest).Order(StringComparer.Ordinal);

    /// <summary>Suites, checks and findings that failed in any of its nights (<see cref="NightCell.Failed"/>).</summary>
    public IEnumerable<string> Failed => Pool.Cells.SelectMany(c => c.Failed).Distinct().Order(StringComparer.Ordinal);
}

/// <summary>A figure night by night on one board.</summary>
/// <param name="Board">Board.</param>
/// <param name="Figure">Name and unit.</param>
/// <param name="Points">Night, builds of it, value.</param>
/// <param name="Changes">Where it changed, with the night and build of the first value after.</param>
public sealed record Series(string Board, string Figure, IReadOnlyList<SeriesPoint> Points, IReadOnlyList<SeriesChange> Changes);

/// <summary>One value of a series.</summary>
public sealed record SeriesPoint(NightSummary Night, string Firmware, double Value);

/// <summary>A change of a series.</summary>
/// <param name="Point">Place and size.</param>
/// <param name="Night">First night after it.</param>
/// <param name="Firmware">Its build.</param>
/// <param name="WithVersion">True when that night is the first of its build: the change falls on a version.</param>
/// <param name="Last">The last value before it.</param>
/// <param name="Worse">True for the worse, false for the better; null for a figure of which neither is known.</param>
public sealed record SeriesChange(ChangePoint Point, NightSummary Night, string Firmware, bool WithVersion, SeriesPoint Last, bool? Worse);

/// <summary>Where a figure changed for the worse: what to look between for the cause.</summary>
/// <param name="Board">Board.</param>
/// <param name="Figure">Name and unit.</param>
/// <param name="Change">The change.</param>
public sealed record Bisection(string Board, string Figure, SeriesChange Change)
{
    /// <summary>Build of the last night before.</summary>
    public string LastGood => Change.Last.Firmware;

    /// <summary>Build of the first night after.</summary>
    public string FirstBad => Change.Firmware;

    /// <summary>True where the two are two builds, and the later one had not run before: the cause may be a change between them.</summary>
    public bool IsOfVersion => Change.WithVersion && LastGood != FirstBad;

    /// <summary>What it says, without final full stop.</summary>
    public string Sentence => IsOfVersion
        ? $"{Board}, {Figure}: last good {LastGood} ({Change.Last.Night.Name}), first bad {FirstBad} ({Change.Night.Name})"
        : $"{Board}, {Figure}: good until {Change.Last.Night.Name} ({LastGood}), bad from {Change.Night.Name} ({FirstBad}) on, which was no new build then: look at the bench, the plan and the plugs";
}

/// <summary>A failure mode over the versions of one board.</summary>
/// <param name="Board">Board.</param>
/// <param name="Mode">Class and mode.</param>
/// <param name="Counts">Incidents by build, in the order of <see cref="NightTrend.Versions"/>.</param>
/// <param name="State">Of the newest build against the last one before that had it, a word of <see cref="ModeState"/>; new also where there is one build only.</param>
public sealed record ModeRow(string Board, string Mode, IReadOnlyList<(string Firmware, int Count)> Counts, string State);

/// <summary>A run folder of a trend that cannot be read.</summary>
/// <param name="Folder">Absolute path.</param>
/// <param name="Why">What is wrong with it.</param>
public sealed record UnreadNight(string Folder, string Why);
