using System.Text.Json;

namespace LabRunner.Bench.Tests.Nights;

/// <summary>A whole night on the virtual bench, through the program a user starts: the report names the planted faults and nothing else.</summary>
[Category("night")]
[Category("alone")]
[TestFixture(1)]
[TestFixture(2, Category = "on-demand")]
[TestFixture(3, Category = "on-demand")]
[NonParallelizable]
public sealed class SmokeNightTests(int seed)
{
    // The Wi-Fi password that virtual plugs print at every boot, as the real firmware does.
    private const string VirtualPassword = "virtual-bench";

    private NightProcess _night = null!;
    private int _exitCode;
    private JsonElement _report;

    [OneTimeSetUp]
    public async Task PlayAsync()
    {
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(6), TimeProvider.System);
        _night = NightProcess.Start("night", "--seed", $"{seed}", "--out", "{out}");
        _exitCode = await _night.EndAsync(limit.Token);
        using JsonDocument report = _night.Report();
        _report = report.RootElement.Clone();
    }

    [OneTimeTearDown]
    public void Clean() => _night.Dispose();

    [Test]
    public void Night_WithPlantedFaults_ExitsWithFail() => Assert.That(_exitCode, Is.EqualTo(1), _night.Output);

    [Test]
    public void Incidents_NotOfTheBenchsDoing_AreThePlantedOnesAndNoOther()
    {
        string[] found =
        [
            .. _report.GetProperty("incidents").EnumerateArray()
                .Where(i => !i.GetProperty("expected").GetBoolean())
                .Select(i => $"{i.GetProperty("slot").GetString()} {i.GetProperty("class").GetString()} {i.GetProperty("mode").GetString()}")
                .Distinct().Order(StringComparer.Ordinal),
        ];

        Assert.That(found, Is.EqualTo(new[]
        {
            "p2 NET_FREEZE F01", "p3 PERIODIC_FREEZE F09", "p4 HANG_RECOVERED F03", "p4 LEAK F17", "p5 BUTTON_DEAD F43",
        }));
    }

    [Test]
    public void WatchdogIncident_OfP4_CarriesTheResetReason() =>
        Assert.That(
            _report.GetProperty("incidents").EnumerateArray()
                .Where(i => i.GetProperty("slot").GetString() == "p4" && i.GetProperty("class").GetString() == "HANG_RECOVERED" && !i.GetProperty("expected").GetBoolean())

                // The reason stands on the DUT's page: one that was still down at the night's end could not be asked.
                .Where(i => i.GetProperty("recovered").ValueKind != JsonValueKind.Null)
                .Select(i => i.GetProperty("resetReason").GetString()),
            Has.All.EqualTo("BL_RST_SOFTWARE_WATCHDOG").And.Not.Empty);

    [Test]
    public void PeriodicFreeze_OfP3_IsTiedToItsTimer()
    {
        string[] told =
        [
            .. _report.GetProperty("incidents").EnumerateArray()
                .Where(i => i.GetProperty("slot").GetString() == "p3" && !i.GetProperty("expected").GetBoolean())
                .Select(i => $"{i.GetProperty("title").GetString()} {i.GetProperty("story").GetString()}"),
        ];

        Assert.That(told, Has.Some.Contains("SetupEnergyStats"));
        Assert.That(told, Has.Some.Match("interval (minus one second|- 1 s|− 1 s)"));
    }

    [Test]
    public void HealthySentinel_OfTheBench_Passes() =>
        Assert.That(
            _report.GetProperty("verdicts").EnumerateArray()
                .Single(v => v.GetProperty("scope").GetString() == "slot:p1" && v.GetProperty("rule").GetString() == "stability").GetProperty("verdict").GetString(),
            Is.EqualTo("PASS"));

    [Test]
    public void ReportFiles_AreAllWritten()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Path.Combine(_night.Folder, "report", "index.html"), Does.Exist);
            Assert.That(Path.Combine(_night.Folder, "report", "junit.xml"), Does.Exist);
            Assert.That(Directory.EnumerateFiles(Path.Combine(_night.Folder, "allure-results"), "*-result.json"), Is.Not.Empty);
        }
    }

    [Test]
    public void Consoles_InTheRunFolder_HoldNoSecret()
    {
        string[] logs = Directory.GetFiles(Path.Combine(_night.Folder, "consoles"));

        Assert.That(logs, Has.Length.EqualTo(10));
        Assert.That(logs.SelectMany(File.ReadLines).Where(l => l.Contains("Using Pass", StringComparison.Ordinal)), Has.All.Contains("[***]").And.Not.Empty);
        Assert.That(logs.SelectMany(File.ReadLines).Where(l => l.Contains(VirtualPassword, StringComparison.Ordinal)), Is.Empty);
    }
}
