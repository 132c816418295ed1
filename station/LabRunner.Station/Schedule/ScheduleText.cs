using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LabRunner.Station.Builds;
using LabRunner.Station.Health;

namespace LabRunner.Station.Schedule;

/// <summary>The keys at the top of a schedule, beside those whose values are named.</summary>
internal sealed record ScheduleText
{
    [Description("Name of the bench that it is for")]
    public required string Schedule { get; init; }

    [Description("For people")]
    public string? Description { get; init; }

    [Description("Where hours are meant, such as Europe/Berlin. Default UTC")]
    public string? TimeZone { get; init; }

    [Description("A health check before runs: a slot that fails it leaves the pool until it passes. Default: before runs of entries and new builds")]
    public HealthText? Health { get; init; }

    [Description("How long runs are kept. Default: for ever")]
    public RetentionText? Retention { get; init; }
}

/// <summary>The keys of the health check.</summary>
internal sealed record HealthText
{
    [Description("Before which runs: all (default where 'health' is written), scheduled (those of entries and new builds; default without 'health') or none")]
    public CheckedRuns Before { get; init; } = CheckedRuns.All;

    [Description("A check that old still counts for a run. Default 1h")]
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan Fresh { get; init; } = HealthRule.Usual.Fresh;

    [Description("What failed is looked at again after this. Default 10m")]
    [Range(typeof(TimeSpan), "00:00:10", "7.00:00:00")]
    public TimeSpan Again { get; init; } = HealthRule.Usual.Again;

    [Description("How long a slot may take to serve after its power came. Default 1m")]
    [Range(typeof(TimeSpan), "00:00:05", "01:00:00")]
    public TimeSpan Limit { get; init; } = HealthRule.Usual.Limit;
}

/// <summary>The keys of retention.</summary>
internal sealed record RetentionText
{
    [Description("A run that began longer ago goes")]
    [Range(typeof(TimeSpan), "01:00:00", "10000.00:00:00")]
    public TimeSpan? KeepFor { get; init; }

    [Description("The oldest go while all runs together are larger, GB (1000000000 bytes)")]
    [Range(0.001, 1_000_000.0)]
    public double? KeepGigabytes { get; init; }

    [Description("So many of the newest never go. Default 5")]
    [Range(0, 100_000)]
    public int KeepNewest { get; init; } = 5;

    [Description("How often the station looks. Default 6h")]
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Every { get; init; } = TimeSpan.FromHours(6);
}

/// <summary>The keys of quiet hours.</summary>
internal sealed record QuietText
{
    [Description("Beginning, hour:minute")]
    public required string From { get; init; }

    [Description("End, hour:minute; the same as 'from' is a whole day")]
    public required string To { get; init; }

    [Description("Days on which they begin: mon tue wed thu fri sat sun. Default: every day")]
    public IReadOnlyList<string> Days { get; init; } = [];
}

/// <summary>The keys that an entry and a watch for builds share: the run that comes of them.</summary>
internal abstract record RunText
{
    [Description("A name of bench/plans")]
    public required string Plan { get; init; }

    [Description("Slots. Default: all")]
    public IReadOnlyList<string> Slots { get; init; } = [];

    [Description("Labels that a slot must have: chip, board, supply, a contract, sentinel")]
    public IReadOnlyList<string> Needs { get; init; } = [];

    [Description("A higher one goes first. Default 50")]
    [Range(0, 100)]
    public int Priority { get; init; } = 50;

    [Description("Time scale of a virtual bench. Default: the plan's")]
    [Range(0.01, 1000.0)]
    public double? TimeScale { get; init; }

    [Description("Why, for whoever waits")]
    public string? Why { get; init; }

    [Description("File with the channels that are told of its runs, as for ./lab notify")]
    public string? Notify { get; init; }
}

/// <summary>The keys of an entry.</summary>
internal sealed record EntryText : RunText
{
    [Description("When: minute hour day month weekday; six fields begin with the second")]
    public required string Cron { get; init; }

    [Description("Where its hours are meant. Default: the file's timeZone")]
    public string? TimeZone { get; init; }

    [Description("How long ago one that was missed may have been due and still run, once; 0s: never. Default 1h")]
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan CatchUp { get; init; } = TimeSpan.FromHours(1);

    [Description("What quiet hours do to it: wait (default) or skip")]
    public InQuietHours Quiet { get; init; }
}

/// <summary>The keys of a watch for builds.</summary>
internal sealed record BuildText : RunText
{
    [Description("A folder of this machine into which builds are put")]
    public string? Folder { get; init; }

    [Description("Which files of the folder: a name with * and ?. Default *")]
    public string Files { get; init; } = "*";

    [Description("An address that always has the newest build")]
    public string? Url { get; init; }

    [Description("A topic on which addresses of builds are told")]
    public TopicText? Mqtt { get; init; }

    [Description("How a build gets into the plugs: ota (over the network, default) or flash (over the UART)")]
    public PutBy Put { get; init; }

    [Description("How often it is looked for a new one. Default 1m")]
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(1);

    [Description("A file of the folder is whole when it has not changed for so long. Default 10s")]
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(10);

    [Description("A larger build is refused, MiB (1048576 bytes); no firmware file has more than 16. Default 16")]
    [Range(0.001, 16.0)]
    public double LargestMegabytes { get; init; } = 16;

    [Description("A download that takes longer is given up. Default 1m")]
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>The keys of a topic.</summary>
internal sealed record TopicText
{
    [Description("host:port of the broker")]
    public required string Broker { get; init; }

    [Description("Topic; + and # stand for parts of it")]
    public required string Topic { get; init; }

    [Description("What every address must begin with, such as https://builds.example/stable/")]
    public required string From { get; init; }

    [Description("Login name")]
    public string? User { get; init; }

    [Description("Password: a reference, ${env:NAME}")]
    public string? Password { get; init; }

    [Description("Over TLS, the broker's certificate checked against this machine's authorities; usually port 8883. Default: no")]
    public bool Tls { get; init; }
}
