using LabRunner.Fixtures.Parameters;
using LabRunner.Suites.Common;

namespace LabRunner.Suites.S13_ButtonAndRelay;

/// <summary>Parameters of S13.</summary>
public sealed record ButtonAndRelayParameters : ICheckedParameters
{
    [Limits("90", "900"), Meaning("press lengths in ms, each of which toggles exactly once")]
    public IReadOnlyList<int> Presses { get; init; } = [100, 120, 250, 500];

    [Limits("1", "60"), Meaning("press lengths in ms too short for the debounce (75 ms)")]
    public IReadOnlyList<int> TooShort { get; init; } = [40, 50];

    [Limits("1100", "60000"), Meaning("hold lengths in ms, none of which toggles")]
    public IReadOnlyList<int> Holds { get; init; } = [1500, 5000, 10_000, 40_000];

    [Limits("0", "1000"), Meaning("double clicks: none toggles channel 1 and none costs the Wi-Fi credentials, because they come later than 5 s after boot")]
    public int Doubles { get; init; } = 2;

    [Limits("0", "1000"), Meaning("presses of a contact that bounces before it rests: each toggles exactly once")]
    public int Bounces { get; init; } = 3;

    [Limits("3", "60"), Meaning("holds in s over power-up, each from power-on to release, none of which toggles; shorter ones end as a press after the boot")]
    public IReadOnlyList<int> PowerUpHolds { get; init; } = [3, 12];

    [Limits("1", "10000"), Meaning("toggles one at a time, by command, page and, where the slot has them, MQTT and button in turn")]
    public int Toggles { get; init; } = 10;

    [Limits("0", "10000"), Meaning("toggles as fast as rapidRate by each of web, MQTT and button; 0: none")]
    public int Rapid { get; init; } = 20;

    [Limits("1", "20"), Meaning("rapid toggles a second")]
    public double RapidRate { get; init; } = 5;

    [Limits("100ms", "2h"), Meaning("times off after which each start value must hold, where the slot has power")]
    public IReadOnlyList<TimeSpan> OffTimes { get; init; } = [TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(30)];

    [Limits("1", "1000"), Meaning("reboots of each kind with the relay on, for the gap of the contact")]
    public int Reboots { get; init; } = 3;

    [Meaning("kinds of reboot: api, command, page, watchdog, crash where the build knows crashCommand, power where the slot has it, update where the bench has the firmware that runs")]
    public IReadOnlyList<RebootKind> RebootKinds { get; init; } = [RebootKind.Api, RebootKind.Command, RebootKind.Page, RebootKind.Watchdog, RebootKind.Crash, RebootKind.Power, RebootKind.Update];

    [Meaning("console line that crashes the plug, for reboots by crash; crashNull is in builds with ENABLE_TEST_COMMANDS alone")]
    public string CrashCommand { get; init; } = "crashNull";

    [Limits("1s", "2m"), Meaning("longest gap of the contact in the boot after an update, which unpacks an image first; longer is a WARN, as 1 s is after any other reboot")]
    public TimeSpan UpdateGapLimit { get; init; } = TimeSpan.FromSeconds(5);

    [Meaning("double clicks in the first 5 s after a boot, which clears the Wi-Fi credentials: the slot is then out of the night until somebody sets them. Never done unless this says clear-credentials")]
    public string EarlyDoubleClick { get; init; } = "";

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Text)> Problems()
    {
        if (EarlyDoubleClick is not ("" or "clear-credentials"))
        {
            yield return ("earlyDoubleClick", $"'{EarlyDoubleClick}' is not clear-credentials; leave it out, and no such click is made");
        }

        if (string.IsNullOrWhiteSpace(CrashCommand) && RebootKinds.Contains(RebootKind.Crash))
        {
            yield return ("crashCommand", "it is empty, and rebootKinds names crash: write a console line, such as crashNull, or name no crash");
        }
    }
}
