using LabRunner.Fixtures.Parameters;

namespace LabRunner.Suites.S07_HttpStress;

/// <summary>A part of S07.</summary>
public enum HttpStressPart
{
    /// <summary>Many requests at once.</summary>
    Parallel,

    /// <summary>Connections on which nothing is ever sent.</summary>
    HalfOpen,

    /// <summary>Connections on which half a request's header is sent.</summary>
    HalfHeader,

    /// <summary>Clients whose packets stop after their request: no acknowledgement, no FIN.</summary>
    Vanished,

    /// <summary>Clients that ask to keep the connection, and two requests on one.</summary>
    KeepAlive,

    /// <summary>Clients that send a byte a second.</summary>
    SlowLoris,

    /// <summary>Requests in two segments.</summary>
    Split,

    /// <summary>Every page once.</summary>
    Crawl,

    /// <summary>Pages while packets are lost, or late.</summary>
    Loss,
}

/// <summary>Parameters of S07.</summary>
public sealed record HttpStressParameters
{
    [Meaning("what is asked; a stock BL602 fails halfOpen and vanished (F15) and split (F16), as its code says")]
    public IReadOnlyList<HttpStressPart> Parts { get; init; } = Enum.GetValues<HttpStressPart>();

    [Limits("1", "64"), Meaning("clients at once, each in a step of its own; a BL602 has memory for eight")]
    public IReadOnlyList<int> Clients { get; init; } = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    [Limits("5s", "2h"), Meaning("length of a step with so many clients, and of the slow clients")]
    public TimeSpan Each { get; init; } = TimeSpan.FromMinutes(5);

    [Limits("1", "64"), Meaning("connections on which nothing is sent, half a header, or a request whose answer nobody acknowledges, each")]
    public int Silent { get; init; } = 10;

    [Limits("30s", "1h"), Meaning("within this time the plug must have given up connections that fell silent")]
    public TimeSpan GiveUpLimit { get; init; } = TimeSpan.FromSeconds(120);

    [Limits("1", "1000"), Meaning("requests that ask to keep the connection, and as many times two requests in one segment")]
    public int KeepAlives { get; init; } = 10;

    [Limits("1", "8"), Meaning("clients that send a byte a second")]
    public int Slow { get; init; } = 4;

    [Limits("0.01", "1"), Meaning("share of ordinary requests that must be served beside them")]
    public double SlowGoal { get; init; } = 0.5;

    [Limits("1", "1000"), Meaning("requests in two segments, cut at random places, every other one within the request line")]
    public int Splits { get; init; } = 10;

    [Limits("45ms", "10s"), Meaning("time between two segments; a BL602 reads 40 ms after it accepts")]
    public TimeSpan SplitPause { get; init; } = TimeSpan.FromMilliseconds(200);

    [Meaning("pages to open besides those that they link to")]
    public IReadOnlyList<string> Pages { get; init; } =
    [
        "/", "/index", "/index?state=1", "/about", "/cfg", "/cfg_pins", "/cfg_generic", "/cfg_startup", "/startup_command", "/cfg_mqtt", "/cmd_tool", "/ota",
        "/api/info", "/api/pins", "/api/channels", "/api/channelTypes", "/api/logconfig", "/logs", "/cm?cmnd=Status%200", "/no-such-page",
    ];

    [Limits("1s", "10m"), Meaning("time after each page in which a reset is this page's; the watchdog bites after 3 s")]
    public TimeSpan PageSettle { get; init; } = TimeSpan.FromSeconds(5);

    [Limits("0", "0.5"), Meaning("shares of packets lost")]
    public IReadOnlyList<double> Losses { get; init; } = [0.01, 0.05];

    [Limits("1ms", "10s"), Meaning("times by which packets are late")]
    public IReadOnlyList<TimeSpan> Delays { get; init; } = [TimeSpan.FromMilliseconds(200)];

    [Limits("5", "10000"), Meaning("small and large pages asked for at each loss, and at each delay")]
    public int LossRequests { get; init; } = 30;

    [Limits("0.5", "1"), Meaning("share of them that must be served")]
    public double LossGoal { get; init; } = 0.9;

    [Limits("5s", "10m"), Meaning("after each part the plug must serve and have its heap back within this time")]
    public TimeSpan BackLimit { get; init; } = TimeSpan.FromSeconds(60);

    [Limits("0", "100000"), Meaning("bytes of free heap that may be missing then")]
    public int HeapBand { get; init; } = 2048;
}
