using LabRunner.Bench.Api;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Simulation.Tests;

/// <summary>All that is planted for the confusion matrix.</summary>
internal static class PlantedCases
{
    public static IReadOnlyList<PlantedCase> All { get; } =
    [
        PlantedCase.AtUptime("F01", "NET_FREEZE"),
        PlantedCase.AtUptime("F02", "HARD_HANG"),
        PlantedCase.AtUptime("F03", "HANG_RECOVERED") with { Recovery = "watchdog", ConfirmWithin = 10, RecoverWithin = 25 },
        PlantedCase.AtUptime("F04", "CRASH") with { Recovery = "watchdog", ConfirmWithin = 10, RecoverWithin = 25 },
        new("five short cuts", "SAFE_MODE", "F08") { Script = FiveShortCuts, OnsetKnown = false },
    ];

    // On for 2 s five times: less than the 5 s after which a boot counts as good.
    private static async Task FiveShortCuts(SimulatedBench bench, double uptime)
    {
        IBenchApi api = bench.Session;
        CancellationToken none = CancellationToken.None;
        await Task.Delay(TimeSpan.FromSeconds(uptime), bench.Clock, none);
        long intent = await api.OpenIntentAsync("p1", IntentKinds.PowerCut, "five short cuts", new Dictionary<string, string>(), none);
        for (int cut = 0; cut < 5; cut++)
        {
            await api.SwitchPowerAsync("p1", false, none);
            await Task.Delay(TimeSpan.FromSeconds(4), bench.Clock, none);
            await api.SwitchPowerAsync("p1", true, none);
            await Task.Delay(TimeSpan.FromSeconds(3), bench.Clock, none);
        }

        await api.CloseIntentAsync(intent, none);
    }
}
