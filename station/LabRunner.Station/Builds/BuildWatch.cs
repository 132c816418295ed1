using System.Text.Json.Serialization;

namespace LabRunner.Station.Builds;

/// <summary>How a build gets into the plugs.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PutBy>))]
public enum PutBy
{
    /// <summary>Over the network, as a user does.</summary>
    Ota,

    /// <summary>Over the UART.</summary>
    Flash,
}

/// <summary>Where builds come from: exactly one of the three. Immutable.</summary>
/// <param name="Folder">A folder of this machine.</param>
/// <param name="Files">Which files of it: a name with * and ?.</param>
/// <param name="Url">An address that always has the newest build.</param>
/// <param name="Mqtt">A topic on which addresses of builds are told.</param>
public sealed record BuildPlace(string? Folder, string Files, Uri? Url, BuildTopic? Mqtt)
{
    /// <summary>For people; without what may be a secret.</summary>
    public string Text => Folder is not null ? Path.Combine(Folder, Files)
        : Url is not null ? Shown(Url)
        : $"topic {Mqtt!.Topic} of {Mqtt.Host}:{Mqtt.Port}";

    /// <summary>An address without user, password and query.</summary>
    public static string Shown(Uri url) => url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}

/// <summary>A topic on which addresses of builds are told. Immutable.</summary>
/// <param name="Host">Broker.</param>
/// <param name="Port">Its port.</param>
/// <param name="Topic">Topic, wildcards allowed.</param>
/// <param name="From">What every address must begin with: whoever may write to the topic says which file there, and nothing else.</param>
/// <param name="User">Login; null: none.</param>
/// <param name="Password">Name of the environment variable with the password; null: none.</param>
/// <param name="Tls">The broker is spoken to over TLS, its certificate checked against the machine's authorities.</param>
public sealed record BuildTopic(string Host, int Port, string Topic, Uri From, string? User, string? Password, bool Tls = false)
{
    /// <summary>A build may come from this address: it is below <see cref="From"/>.</summary>
    public bool Allows(Uri url) => From.IsBaseOf(url) && !url.AbsolutePath.Contains("..", StringComparison.Ordinal);
}

/// <summary>A watch for new builds: each goes into the plugs, is played a plan, is compared with the run before, and told. Immutable.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Place">Where builds come from.</param>
/// <param name="Put">How a build gets into the plugs.</param>
/// <param name="Plan">A name of bench/plans.</param>
public sealed record BuildWatch(string Name, BuildPlace Place, PutBy Put, string Plan)
{
    /// <summary>Slots; empty: all.</summary>
    public IReadOnlyList<string> Slots { get; init; } = [];

    /// <summary>Labels that a slot must have.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>0 to 100; a higher one goes first.</summary>
    public int Priority { get; init; }

    /// <summary>Time scale of a virtual bench; null: the plan's.</summary>
    public double? TimeScale { get; init; }

    /// <summary>How often it is looked for a new one.</summary>
    public TimeSpan Every { get; init; }

    /// <summary>A file is whole when it has not changed for so long.</summary>
    public TimeSpan Settle { get; init; }

    /// <summary>A larger one is refused. At most <see cref="Hardware.Images.FirmwareImage.MostBytes"/>.</summary>
    public long LargestBytes { get; init; }

    /// <summary>A download that takes longer is given up.</summary>
    public TimeSpan Limit { get; init; }

    /// <summary>Why, for whoever waits.</summary>
    public string? Why { get; init; }

    /// <summary>File with the channels that are told; null: none.</summary>
    public string? Notify { get; init; }
}

/// <summary>A build that was found.</summary>
/// <param name="Name">What it is called there, for people; never a path.</param>
/// <param name="Content">All of it.</param>
/// <param name="Made">When it was made, as the place says.</param>
/// <param name="WasThere">It may have been there before anybody looked: then a first look only remembers it.</param>
public sealed record FoundBuild(string Name, byte[] Content, DateTimeOffset Made, bool WasThere);

/// <summary>Looks for builds at a place.</summary>
internal interface IBuildSource : IAsyncDisposable
{
    /// <summary>Looks once.</summary>
    /// <returns>Whole builds that were not accepted yet in this life of the station, oldest first; most of the time none.</returns>
    /// <exception cref="BuildPlaceException">The place cannot be looked at, or offers what cannot be taken.</exception>
    Task<IReadOnlyList<FoundBuild>> LookAsync(CancellationToken cancellationToken);

    /// <summary>What the last look saw and cannot take, in sentences; null: nothing. The others are taken.</summary>
    string? Refused => null;

    /// <summary>What the last look found is dealt with.</summary>
    Task AcceptAsync(CancellationToken cancellationToken);

    /// <summary>All that may have been there before anybody looked was found.</summary>
    bool HasSeenAll { get; }
}

/// <summary>A place of builds cannot be looked at, or offers what cannot be taken; the message says what and what to do.</summary>
internal sealed class BuildPlaceException(string message, Exception? cause = null) : Exception(message, cause);
