using LabRunner.Station.Builds;
using LabRunner.Station.Health;
using LabRunner.Station.Runs;

namespace LabRunner.Station.Schedule;

/// <summary>What quiet hours do to an entry that is due in them.</summary>
public enum InQuietHours
{
    /// <summary>It goes into the queue and starts when they end.</summary>
    Wait,

    /// <summary>It is left out.</summary>
    Skip,
}

/// <summary>A plan that is due again and again. Immutable.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Cron">When.</param>
/// <param name="Plan">A name of bench/plans.</param>
public sealed record ScheduleEntry(string Name, CronLine Cron, string Plan)
{
    /// <summary>Slots; empty: all.</summary>
    public IReadOnlyList<string> Slots { get; init; } = [];

    /// <summary>Labels that a slot must have.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>0 to 100; a higher one goes first.</summary>
    public int Priority { get; init; }

    /// <summary>Time scale of a virtual bench; null: the plan's.</summary>
    public double? TimeScale { get; init; }

    /// <summary>How long ago a missed one may have been due and still run, once; zero: never.</summary>
    public TimeSpan CatchUp { get; init; }

    /// <summary>What quiet hours do to it.</summary>
    public InQuietHours Quiet { get; init; }

    /// <summary>Why, for whoever waits.</summary>
    public string? Why { get; init; }

    /// <summary>File with the channels that are told of its runs; null: none.</summary>
    public string? Notify { get; init; }
}

/// <summary>What the station does by itself: the file bench/schedules/BENCH.yaml, read and checked. Immutable.</summary>
/// <param name="File">Where it stands; empty: there is none.</param>
/// <param name="Zone">Where its hours are meant, unless an entry says otherwise.</param>
public sealed record StationSchedule(string File, TimeZoneInfo Zone)
{
    private const int MostLinks = 20;
    private static readonly TimeSpan Often = TimeSpan.FromMinutes(1);

    /// <summary>Nothing.</summary>
    public static StationSchedule None { get; } = new("", TimeZoneInfo.Utc);

    /// <summary>Hours in which nothing new starts.</summary>
    public IReadOnlyList<QuietHours> Quiet { get; init; } = [];

    /// <summary>Plans that are due again and again.</summary>
    public IReadOnlyList<ScheduleEntry> Entries { get; init; } = [];

    /// <summary>Watches for new builds.</summary>
    public IReadOnlyList<BuildWatch> Builds { get; init; } = [];

    /// <summary>When slots are looked at; null: as <see cref="HealthRule.Usual"/> says.</summary>
    public HealthRule? Health { get; init; }

    /// <summary>How long runs are kept; null: for ever.</summary>
    public RetentionRule? Retention { get; init; }

    /// <summary>What is allowed and seldom meant, a sentence each.</summary>
    /// <param name="now">From when on times are looked at.</param>
    public IReadOnlyList<string> Warnings(DateTimeOffset now) =>
    [
        .. Entries.Where(e => e.Cron.Next(now) is { } first && e.Cron.Next(first) - first < Often)
            .Select(e => $"entry '{e.Name}' is due every {(e.Cron.Next(e.Cron.Next(now)!.Value) - e.Cron.Next(now))!.Value.TotalSeconds:0} s (cron: \"{e.Cron.Text}\"): six fields begin with seconds. While a job of it waits the next one is left out."),
        .. Builds.Where(b => b.Place.Mqtt is { Tls: false, User: not null } topic && topic.Host is not ("localhost" or "127.0.0.1" or "::1"))
            .Select(b => $"build watch '{b.Name}': user and password go to {b.Place.Mqtt!.Host} unencrypted. Write 'tls: true' in its mqtt where the broker has it."),
    ];

    /// <summary>When it will not be quiet any more; null: it is not quiet. Hours that follow each other count as one; after twenty of them nobody asks on.</summary>
    public DateTimeOffset? QuietUntil(DateTimeOffset now)
    {
        DateTimeOffset? until = null;
        for (int i = 0; i < MostLinks && Quiet.Max(q => q.Until(until ?? now)) is { } later; i++)
        {
            until = later;
        }

        return until;
    }
}
