using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S16_Persistence;

/// <summary>Parameters of S16.</summary>
public sealed record PersistenceParameters : PowerCutParameters
{
    [Limits("1", "100000"), Meaning("saves of a setting, each followed by a cut of the supply; 300 prove at 95 % that 99 % leave all settings whole")]
    public int Saves { get; init; } = 300;

    [Limits("0ms", "10s"), Meaning("latest cut, drawn uniformly from 0: after the moment a save is sent, and in every other save after the page has counted it")]
    public TimeSpan CutWithin { get; init; } = TimeSpan.FromMilliseconds(500);

    [Limits("0", "10000"), Meaning("writes of a setting one upon the other, before a cut (a write storm); 0: none")]
    public int Storm { get; init; } = 20;

    [Limits("0", "1000"), Meaning("cuts under load for the energy total, where the slot has pulses")]
    public int EnergyCuts { get; init; } = 5;

    [Limits("100", "3600"), Meaning("load in W for the energy total")]
    public double LoadWatts { get; init; } = 3000;

    [Limits("0.1", "1000"), Meaning("most that a cut may cost of the energy total, Wh: ConsumptionThreshold")]
    public double MostLostWattHours { get; init; } = 10;
}

/// <summary>S16: what was saved is there after a power cut, however soon after the save it comes; a setting is the old one or the new one, never the factory's.</summary>
[SlotSuite("S16", "Flash and settings")]
[Needs("power", "http")]
public sealed class Persistence(string slot) : SuiteFixture<PersistenceParameters>(slot)
{
    // 300 saves prove 0.990.
    private const double WholeGoal = 0.99;

    private static readonly TimeSpan SaveLimit = TimeSpan.FromSeconds(10);

    private string _originalCommand = "";

    // A plug that lost its settings is off the network: that is this suite's finding, and the watch's incident takes its name.
    protected override bool ExpectsIncidents => true;

    [Test]
    public async Task Cut_SoonAfterASave_LeavesEverySettingWhole()
    {
        await PrepareStateAsync();
        List<string> problems = Lab.Problems;
        (int tried, int whole) = (0, 0);
        for (int save = 1; save <= Parameters.Saves && problems.Count == 0; save++)
        {
            await Lab.SayAsync($"save {save} of {Parameters.Saves}");
            await Lab.WaitUntilBootIsCompleteAsync();
            string command = $"echo labrunner {save} {Lab.Chance.Below(1_000_000)}";
            problems.AddRange(save % 2 == 1 ? await SendAndCutAsync(save, command) : await SaveAndCutAsync(save, command, 1));
            tried++;
            whole += problems.Count == 0 ? 1 : 0;
        }

        await Lab.ProportionAsync("whole-after-cut-lower-bound", whole, tried, WholeGoal);
        Assert.That(problems, Is.Empty, string.Join("; ", problems));
    }

    [Test]
    public async Task Cut_AfterAWriteStorm_LeavesEverySettingWhole()
    {
        SuiteContext.Ask(Parameters.Storm, "write storm");

        await PrepareStateAsync();
        await Lab.WaitUntilBootIsCompleteAsync();
        await Lab.SayAsync($"{Parameters.Storm} writes one upon the other");
        Assert.That(await SaveAndCutAsync(0, $"echo labrunner storm {Lab.Chance.Below(1_000_000)}", Parameters.Storm), Is.Empty);
    }

    [Test]
    [Needs("pulses")]
    public async Task Cut_UnderLoad_CostsAtMostTheThresholdOfEnergy()
    {
        SuiteContext.Ask(Parameters.EnergyCuts, "cut under load");
        await Lab.DemandRelayBudgetAsync(0, Parameters.EnergyCuts);
        Lab.LeavePowered();
        Lab.AtEnd(async token => await Lab.Bench.InjectAsync(Lab.Slot, new LoadPoint(0, 0, 1), token));
        await Lab.WaitUntilBootIsCompleteAsync();
        await Lab.SetRelayAsync(true);
        InjectedLoad load = await Lab.Bench.InjectAsync(Lab.Slot, new LoadPoint(230, Parameters.LoadWatts, 1), Lab.Token);
        double worst = 0;
        for (int cut = 1; cut <= Parameters.EnergyCuts; cut++)
        {
            await Lab.DemandRelayBudgetAsync(cut - 1, Parameters.EnergyCuts);
            await Lab.SayAsync($"cut {cut} of {Parameters.EnergyCuts} under load");
            await Lab.WaitUntilBootIsCompleteAsync();
            await Lab.DelayAsync(TimeSpan.FromSeconds(Lab.Chance.Between(5, 25)));
            (TimeSpan at, double before) = await EnergyAsync();
            await using IntentScope intent = await Lab.IntentAsync(IntentKinds.PowerCut, $"cut {cut} under {load.Watts:0} W", ("cut", $"{cut}"));
            (_, TimeSpan off, _, TimeSpan on) = await Lab.CutSupplyAsync(Parameters.Off);
            Assert.That(await Lab.AnswersWithinAsync(Parameters.RecoverLimit), Is.Not.Null, $"Cut {cut}: no answer within {Parameters.RecoverLimit.TotalSeconds:0} s.");
            (TimeSpan read, double after) = await EnergyAsync();

            // What was counted between the reading and the cut, and between the boot and the reading, at most; the page shows whole Wh.
            double counted = load.Watts / 3600 * ((off - at) + (read - on)).TotalSeconds;
            double lost = before - after;
            worst = Math.Max(worst, lost);
            bool ok = lost <= Parameters.MostLostWattHours + 1 && -lost <= counted + 1;
            await Lab.TrialAsync("energy-cut", off, ok, read - on, ("beforeWh", Text(before)), ("afterWh", Text(after)), ("lostWh", Text(lost)));
            Assert.That(lost, Is.LessThanOrEqualTo(Parameters.MostLostWattHours + 1), $"Cut {cut} cost {lost:0.0} Wh of the total ({before:0.0} to {after:0.0} Wh); at most {Parameters.MostLostWattHours:0.#} Wh may be unsaved.");
            Assert.That(-lost, Is.LessThanOrEqualTo(counted + 1), $"Cut {cut} added {-lost:0.0} Wh to the total ({before:0.0} to {after:0.0} Wh); the load gave at most {counted:0.0} Wh meanwhile.");
        }

        await Lab.MeasureAsync(new Figure("energy-lost-worst", worst, "Wh", Verdict.Pass) { Upper = Parameters.MostLostWattHours, Detail = [("cuts", $"{Parameters.EnergyCuts}")] });
    }

    private static string Text(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    private async Task PrepareStateAsync()
    {
        await Lab.WaitUntilBootIsCompleteAsync();
        _originalCommand = (await Lab.Plug.GetInfoAsync(Lab.Token)).StartupCommand;
        Lab.AtEnd(async token => await Lab.Plug.CommandAsync($"StartupCommand \"{_originalCommand}\"", token));
        Lab.LeavePowered();
    }

    /// <summary>
    /// The startup page writes the flash while it is asked for, so that a cut counted from the moment the question is sent falls before, into and
    /// after the write. What the plug answers, and whether it does, is not waited for.
    /// </summary>
    private async Task<IReadOnlyList<string>> SendAndCutAsync(int number, string command)
    {
        PlugState before = await PlugState.ReadAsync(Lab);
        await using IntentScope intent = await Lab.IntentAsync(IntentKinds.PowerCut, $"cut while save {number} is under way", ("save", $"{number}"));
        TimeSpan wait = TimeSpan.FromMilliseconds(Lab.Chance.Between(0, Parameters.CutWithin.TotalMilliseconds));
        TimeSpan sent = Lab.Now;
        Task<object?> request = SuiteContext.TryAsync<object>(async () => (object?)await Lab.Plug.GetAsync($"/startup_command?data={Uri.EscapeDataString(command)}&startup_cmd=1", Lab.Token));
        await Lab.DelayUntilAsync(sent + wait);
        bool answered = request.IsCompletedSuccessfully && request.Result is not null;
        SupplyCut cut = await Lab.CutSupplyAsync(Parameters.Off);
        await request;

        // Answered before the cut was ordered: the write was over.
        List<string> problems = [.. await FoundAsync(number, before, [command], answered)];
        await Lab.TrialAsync(
            "send-and-cut", cut.Ordered, problems.Count == 0, Lab.Now - cut.On,
            ("save", $"{number}"), ("cutAfterMs", $"{(cut.Ordered - sent).TotalMilliseconds:0}"), ("offAfterMs", $"{(cut.Off - sent).TotalMilliseconds:0}"),
            ("answered", answered ? "yes" : "no"), ("problems", string.Join("; ", problems)));
        return problems;
    }

    private async Task<IReadOnlyList<string>> SaveAndCutAsync(int number, string command, int writes)
    {
        PlugState before = await PlugState.ReadAsync(Lab);
        await using IntentScope intent = await Lab.IntentAsync(IntentKinds.PowerCut, writes == 1 ? $"cut after save {number}" : $"cut after {writes} writes", ("save", $"{number}"));
        int? counter = (await Lab.Plug.GetPageStateAsync(Lab.Token)).ChangeCounter;
        List<string> written = [];
        for (int write = 1; write < writes; write++)
        {
            written.Add($"echo labrunner write {write}");
            await Lab.CommandAsync($"StartupCommand \"{written[^1]}\"");
        }

        await Lab.CommandAsync($"StartupCommand \"{command}\"");

        // The page counts a save when it is done, up to 3 s after the change.
        bool saved = counter is not null && await Lab.UntilAsync(
            async () => (await Lab.Plug.GetPageStateAsync(Lab.Token)).ChangeCounter > counter, SaveLimit, TimeSpan.FromMilliseconds(100));
        TimeSpan wait = TimeSpan.FromMilliseconds(Lab.Chance.Between(0, Parameters.CutWithin.TotalMilliseconds));
        await Lab.DelayAsync(wait);
        SupplyCut cut = await Lab.CutSupplyAsync(Parameters.Off);
        List<string> problems = [.. await FoundAsync(number, before, [.. written, command], saved)];
        await Lab.TrialAsync(
            writes == 1 ? "save-and-cut" : "storm-and-cut", cut.Ordered, problems.Count == 0, Lab.Now - cut.On,
            ("save", $"{number}"), ("cutAfterMs", $"{wait.TotalMilliseconds:0}"), ("seenSaved", saved ? "yes" : "no"), ("problems", string.Join("; ", problems)));
        return problems;
    }

    private async Task<IEnumerable<string>> FoundAsync(int number, PlugState before, IReadOnlyList<string> written, bool saved)
    {
        TimeSpan symptom = Lab.Now;
        if (await Lab.AnswersWithinAsync(Parameters.RecoverLimit) is null)
        {
            string silent = $"no answer within {Parameters.RecoverLimit.TotalSeconds:0} s of power";
            return [$"save {number}: {silent}, its settings are gone (finding #{await FindLostAsync(number, symptom, [silent])})"];
        }

        PlugState after = await PlugState.ReadAsync(Lab);
        string now = (await Lab.Plug.GetInfoAsync(Lab.Token)).StartupCommand;

        // Whole means the old one or one that was written; what the page counted as saved is no longer the old one.
        bool whole = written.Contains(now) || (!saved && before.Settings.Facts.Any(fact => fact.Name == "startup command" && fact.Value == now));
        List<string> problems = [.. before.Differences(after).Where(difference => !difference.StartsWith("startup command", StringComparison.Ordinal)).Select(difference => $"save {number}: {difference}")];
        if (!whole)
        {
            problems.Add($"save {number}: the startup command is '{now}', neither the old one nor '{written[^1]}'{(saved ? ", which was saved" : "")}");
        }

        return problems.Count == 0 ? problems : [$"finding #{await FindLostAsync(number, symptom, problems)}", .. problems];
    }

    private Task<long> FindLostAsync(int number, TimeSpan symptom, IReadOnlyList<string> evidence) => Lab.FindAsync(
        "CONFIG_LOST", "F52", "Settings lost by a power cut soon after a save",
        $"The supply was cut within {Parameters.CutWithin.TotalMilliseconds:0} ms of save {number}; after the next boot the settings are not what they were.",
        symptom, evidence, "power cut after a save");

    private async Task<(TimeSpan At, double WattHours)> EnergyAsync()
    {
        TimeSpan at = Lab.Now;
        PlugPageState page = await Lab.Plug.GetPageStateAsync(Lab.Token);
        Assert.That(page.EnergyTotalKilowattHours, Is.Not.Null, "The index page shows no energy total: the BL0937 driver is not running.");
        return (at, page.EnergyTotalKilowattHours!.Value * 1000);
    }
}
