using LabRunner.Fixtures.Pages;
using LabRunner.Fixtures.Parameters;

namespace LabRunner.Suites.S18_WebUi;

/// <summary>Parameters of S18.</summary>
public sealed record WebUiParameters : ICheckedParameters
{
    /// <summary>Pages a plan may name, with their paths.</summary>
    internal static IReadOnlyDictionary<string, string> Paths { get; } = new Dictionary<string, string>
    {
        ["index"] = "/index", ["config"] = "/cfg", ["ota"] = "/ota", ["pins"] = "/cfg_pins", ["flags"] = "/cfg_generic", ["startvalues"] = "/cfg_startup",
        ["startup"] = "/startup_command", ["mqtt"] = "/cfg_mqtt", ["wifi"] = "/cfg_wifi", ["ip"] = "/cfg_ip", ["name"] = "/cfg_name", ["tool"] = "/cmd_tool", ["about"] = "/about",
        ["mac"] = "/cfg_mac", ["ping"] = "/cfg_ping", ["webapp"] = "/cfg_webapp", ["ha"] = "/ha_cfg", ["app"] = AppPage.Path,
    };

    [Meaning("pages to check: index, config, ota, pins, flags, startvalues, startup, mqtt, wifi, ip, name, tool, about, mac, ping, webapp, ha, app")]
    public IReadOnlyList<string> Pages { get; init; } = [.. Paths.Keys];

    [Limits("1", "10000"), Meaning("changes from elsewhere that the open main page must show within two refreshes, each on a good network and on a lossy one")]
    public int Changes { get; init; } = 5;

    [Limits("0", "0.9"), Meaning("share of the page's refreshes that the lossy network swallows, besides the first from each change's command on; 0: no such test")]
    public double Loss { get; init; } = 0.3;

    [Limits("1", "10000"), Meaning("heaviest page in kB, with all that it loads from the device")]
    public double WeightLimitKilobytes { get; init; } = 64;

    [Limits("100ms", "2m"), Meaning("slowest page, machine time, from the request to the load event")]
    public TimeSpan LoadLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Text)> Problems()
    {
        if (Pages.Count == 0)
        {
            yield return ("pages", "none is named: leave it out, and all are checked");
        }

        foreach (string page in Pages.Where(page => !Paths.ContainsKey(page)))
        {
            yield return ("pages", $"'{page}' is no page of S18: it knows {string.Join(", ", Paths.Keys)}");
        }
    }
}
