using LabRunner.Station.Access;
using LabRunner.Station.Logs;

namespace LabRunner.Station;

/// <summary>What a station is started with.</summary>
public sealed record StationOptions
{
    /// <summary>Port of the page on loopback.</summary>
    public const int UsualPort = 8601;

    /// <summary>Inventory: a name of bench/inventory or a path. Default virtual.</summary>
    public string Bench { get; init; } = "virtual";

    /// <summary>Plug seconds per second of a virtual bench while no run has it, 0.01 to the bench's highest; null: 1. A run has its plan's.</summary>
    public double? TimeScale { get; init; }

    /// <summary>Schedule: a name of bench/schedules or a path; null: the one with the bench's name, where there is one.</summary>
    public string? Schedule { get; init; }

    /// <summary>Addresses to listen on, such as http://127.0.0.1:8601; port 0: any free one. Plain HTTP is for loopback alone.</summary>
    public IReadOnlyList<Uri> Listen { get; init; } = [new Uri($"http://127.0.0.1:{UsualPort}")];

    /// <summary>Unix socket for the programs of this machine; null: none.</summary>
    public string? Socket { get; init; }

    /// <summary>PEM file with the certificate of https addresses, the chain behind it.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with its key.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Host names that a browser may ask for, beside loopback's and those of <see cref="Listen"/>.</summary>
    public IReadOnlyList<string> HostNames { get; init; } = [];

    /// <summary>Role of who comes over loopback without a token; null: none, a token is needed there too. Default <see cref="Role.Switch"/>.</summary>
    public Role? LoopbackRole { get; init; } = Role.Switch;

    /// <summary>Requests that one caller may send at once, but over the socket, where there is no limit. Default 1000.</summary>
    public int RequestsAtOnce { get; init; } = 1000;

    /// <summary>Requests a second that one caller may send for long. Default 100.</summary>
    public int RequestsPerSecond { get; init; } = 100;

    /// <summary>How long a program on another machine may be silent that has the bench: then it is taken back. Default 60 s.</summary>
    public TimeSpan LendSilence { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the other end of a TCP connection may acknowledge nothing: then it is closed. Default 60 s.</summary>
    public TimeSpan ViewerSilence { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Folder of the station's own files: consoles, jobs, tokens, audit log.</summary>
    public required string StateFolder { get; init; }

    /// <summary>Folder of the watches' records, below <see cref="StateFolder"/>.</summary>
    public string WatchFolder => Path.Combine(StateFolder, "watch");

    /// <summary>How the log is written. Default JSON.</summary>
    public LogStyle Log { get; init; }

    /// <summary>Folder of the run folders.</summary>
    public required string RunsFolder { get; init; }
}
