using LabRunner.Fixtures.Parameters;

namespace LabRunner.Suites.S09_WifiFaults;

/// <summary>Parameters of S09.</summary>
public sealed record WifiFaultsParameters
{
    [Limits("5s", "6h"), Meaning("times for which the access point is off")]
    public IReadOnlyList<TimeSpan> Off { get; init; } = [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromHours(2)];

    [Limits("5s", "6h"), Meaning("times for which the access point does not take this plug")]
    public IReadOnlyList<TimeSpan> Away { get; init; } = [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10)];

    [Limits("1", "100"), Meaning("repeats of each of these times")]
    public int Repeats { get; init; } = 5;

    [Limits("0", "1000"), Meaning("deauthentications, every other one a disassociation")]
    public int Deauths { get; init; } = 50;

    [Limits("0", "1000"), Meaning("moves to another channel; the way back is one more")]
    public int Channels { get; init; } = 10;

    [Limits("0", "1000"), Meaning("new group keys")]
    public int Rekeys { get; init; } = 60;

    [Limits("6s", "1h"), Meaning("from one new group key to the next")]
    public TimeSpan RekeyEvery { get; init; } = TimeSpan.FromSeconds(60);

    [Limits("1", "40"), Meaning("decibels by which the access point sends weaker")]
    public IReadOnlyList<double> Attenuations { get; init; } = [10, 20];

    [Limits("10s", "12h"), Meaning("time at each attenuation")]
    public TimeSpan WeakFor { get; init; } = TimeSpan.FromMinutes(10);

    [Limits("1s", "10m"), Meaning("time for which the mains of all plugs are off, before they come back at once")]
    public TimeSpan MainsOff { get; init; } = TimeSpan.FromSeconds(10);

    [Limits("0", "100"), Meaning("times that the mains of all plugs come back at once")]
    public int MainsBack { get; init; } = 5;

    [Limits("10s", "30m"), Meaning("after the access point or the mains are back, or takes the plug again, it must serve within this time")]
    public TimeSpan BackLimit { get; init; } = TimeSpan.FromSeconds(120);

    [Limits("10s", "30m"), Meaning("after a deauthentication, a channel switch or a new group key it must serve within this time")]
    public TimeSpan QuickLimit { get; init; } = TimeSpan.FromSeconds(60);
}
