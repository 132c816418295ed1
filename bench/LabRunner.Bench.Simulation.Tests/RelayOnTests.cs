using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Power;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Simulation.Tests;

/// <summary>A relay that closes by itself on a slot where it may close only when that was said, on exact time.</summary>
public sealed class RelayOnTests
{
    // What bench/README.md promises: a second of debounce, and the beat that judges.
    private static readonly TimeSpan CutWithin = TimeSpan.FromSeconds(3);

    [Test]
    public async Task ClosesByItself_PowerIsOffInTheTimeThatIsPromised()
    {
        await using SimulatedBench bench = await OpenAsync(PlantedCase.Fault("F43", ("mode", "ghost"), ("every", "100s")));

        TimeSpan closed = RunUntilClosed(bench, TimeSpan.FromSeconds(200));
        bench.Run(CutWithin);

        IncidentRecord incident = bench.Incidents("p1").Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await PowerAsync(bench), Is.EqualTo(PowerState.Off));
            Assert.That((incident.Class, incident.Mode, incident.Expected, incident.Recovery), Is.EqualTo(("RELAY_ON", (string?)null, false, "none")));
            Assert.That(incident.FirstSymptom, Is.EqualTo(closed.TotalSeconds).Within(0.01));
            Assert.That(incident.Story, Does.Contain("The bench took its power").And.Contain("nothing had said that it may"));
            Assert.That((await bench.Session.GetStatusAsync("p1", CancellationToken.None)).LostReason, Does.Contain("its relay closed"));
        }
    }

    [Test]
    public async Task ClosesByItself_WhereNothingIsToBeDeclared_IsALog()
    {
        await using SimulatedBench bench = await OpenAsync(RelayRule.Any, PlantedCase.Fault("F43", ("mode", "ghost"), ("every", "100s")));

        RunUntilClosed(bench, TimeSpan.FromSeconds(200));
        bench.Run(CutWithin);

        Assert.That((await PowerAsync(bench), bench.Incidents("p1").Count), Is.EqualTo((PowerState.On, 0)));
    }

    [Test]
    public async Task StimulusThatSwitchesNoRelay_ExcusesNoClosing()
    {
        await using SimulatedBench bench = await OpenAsync();
        bench.Run(TimeSpan.FromSeconds(60));

        Task command = bench.Do(api => UnderAsync(api, IntentKinds.Stimulus, () => bench.Plugs["p1"].Web.CommandAsync("POWER ON", CancellationToken.None)));
        bench.Run(TimeSpan.FromSeconds(10));
        await command;

        Assert.That((await PowerAsync(bench), bench.Incidents("p1").Single().Class), Is.EqualTo((PowerState.Off, "RELAY_ON")));
    }

    [Test]
    public async Task DeclaredCommands_Presses_AndBootsOfTheBench_CutNothing()
    {
        await using SimulatedBench bench = await OpenAsync();
        bench.Run(TimeSpan.FromSeconds(60));

        Task work = bench.Do(async api =>
        {
            await UnderAsync(api, IntentKinds.RelayOn, () => bench.Plugs["p1"].Web.CommandAsync("POWER ON", CancellationToken.None));
            await Task.Delay(TimeSpan.FromSeconds(10), bench.Clock);
            await bench.Plugs["p1"].Web.CommandAsync("POWER OFF", CancellationToken.None);
            await Task.Delay(TimeSpan.FromSeconds(10), bench.Clock);
            await api.PressAsync("p1", TimeSpan.FromMilliseconds(200), CancellationToken.None);
            await Task.Delay(TimeSpan.FromSeconds(10), bench.Clock);

            // It comes back closed, by its start value.
            await bench.Plugs["p1"].Web.CommandAsync("SetStartValue 1 1", CancellationToken.None);
            await Task.Delay(TimeSpan.FromSeconds(10), bench.Clock);
            await UnderAsync(api, IntentKinds.PowerCut, async () =>
            {
                await api.SwitchPowerAsync("p1", false, CancellationToken.None);
                await Task.Delay(TimeSpan.FromSeconds(5), bench.Clock);
                await api.SwitchPowerAsync("p1", true, CancellationToken.None);
                await Task.Delay(TimeSpan.FromSeconds(20), bench.Clock);
            });
        });
        bench.Run(TimeSpan.FromSeconds(120));
        await work;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await bench.Session.GetRelayEdgesAsync("p1", TimeSpan.Zero, CancellationToken.None)).Count(e => e.Closed), Is.EqualTo(3), "a command, a press, a start value");
            Assert.That(await PowerAsync(bench), Is.EqualTo(PowerState.On));
            Assert.That(bench.Incidents("p1"), Is.Empty);
        }
    }

    [Test]
    public async Task WhatAResetOfItsOwnOpened_MayCloseAgain()
    {
        await using SimulatedBench bench = await OpenAsync(PlantedCase.Fault("F03", ("uptime", "150s")));
        bench.Run(TimeSpan.FromSeconds(60));
        Task work = bench.Do(async api =>
        {
            await bench.Plugs["p1"].Web.CommandAsync("SetStartValue 1 1", CancellationToken.None);
            await UnderAsync(api, IntentKinds.RelayOn, () => bench.Plugs["p1"].Web.CommandAsync("POWER ON", CancellationToken.None));
        });

        bench.Run(TimeSpan.FromSeconds(140));
        await work;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await bench.Session.GetRelayEdgesAsync("p1", TimeSpan.Zero, CancellationToken.None)).Count(e => e.Closed), Is.EqualTo(2), "a command, and the start value after the watchdog");
            Assert.That(await PowerAsync(bench), Is.EqualTo(PowerState.On));
            Assert.That(bench.Incidents("p1").Select(i => i.Class), Is.EqualTo(new[] { "HANG_RECOVERED" }));
        }
    }

    private static Task<SimulatedBench> OpenAsync(params Hardware.Virtual.VirtualFaultConfig[] faults) => OpenAsync(RelayRule.Declared, faults);

    private static Task<SimulatedBench> OpenAsync(RelayRule rule, params Hardware.Virtual.VirtualFaultConfig[] faults) =>
        SimulatedBench.OpenAsync(new SimulationOptions { Plugs = [SimulatedBench.PlugNamed("p1", faults)], RelayOn = rule });

    private static TimeSpan RunUntilClosed(SimulatedBench bench, TimeSpan limit)
    {
        for (TimeSpan waited = TimeSpan.Zero; waited < limit; waited += TimeSpan.FromMilliseconds(100))
        {
            bench.Run(TimeSpan.FromMilliseconds(100));
            if (bench.Session.GetRelayEdgesAsync("p1", TimeSpan.Zero, CancellationToken.None).Result.FirstOrDefault(e => e.Closed) is { } edge)
            {
                return edge.At;
            }
        }

        Assert.Fail($"The relay did not close by itself within {limit.TotalSeconds:0} s.");
        return default;
    }

    private static Task<PowerState> PowerAsync(SimulatedBench bench) => ((IPowerSwitch)bench.Plugs["p1"]).ReadStateAsync(CancellationToken.None);

    private static async Task UnderAsync(IBenchApi api, string kind, Func<Task> act)
    {
        long intent = await api.OpenIntentAsync("p1", kind, "a test", new Dictionary<string, string>(), CancellationToken.None);
        await act();
        await api.CloseIntentAsync(intent, CancellationToken.None);
    }
}
