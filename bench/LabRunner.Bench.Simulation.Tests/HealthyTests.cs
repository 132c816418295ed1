using System.Globalization;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Simulation.Tests;

/// <summary>Plugs without a fault on an ordinary Wi-Fi with ordinary load: every incident is a false alarm.</summary>
[Category("confusion-matrix")]
public sealed class HealthyTests
{
    private const int Plugs = 8;
    private const double Hours = 12.5;
    private const int Runs = 10;

    [Test]
    public async Task Watch_OfAThousandHealthyDeviceHours_HasNoIncidentAndNoUnexplainedBoot()
    {
        List<string>[] alarms = new List<string>[Runs];
        await Parallel.ForAsync(0, Runs, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (run, _) => alarms[run] = await NightAsync(run + 1));

        List<string> all = [.. alarms.SelectMany(a => a)];
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Runs * Plugs * Hours:0} healthy device-hours, {all.Count} false alarms."));
        Assert.That(all, Is.Empty);
    }

    [Test]
    public async Task Night_OfTheSameSeed_IsTheSame()
    {
        string first = await StoryAsync(7);
        string again = await StoryAsync(7);
        string other = await StoryAsync(8);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Is.Not.Empty);
            Assert.That(again, Is.EqualTo(first));
            Assert.That(other, Is.Not.EqualTo(first));
        }
    }

    private static async Task<string> StoryAsync(long seed)
    {
        await using SimulatedBench bench = await SimulatedBench.OpenAsync(new SimulationOptions
        {
            Plugs = [SimulatedBench.PlugNamed("s1"), SimulatedBench.PlugNamed("p1", PlantedCase.Fault("F03"), PlantedCase.Fault("F01"))],
            Sentinel = "s1", Radio = RadioQuality.Ordinary, Seed = seed,
        });
        bench.Run(TimeSpan.FromMinutes(40));
        return string.Join(Environment.NewLine, bench.Incidents("p1").Select(i => FormattableString.Invariant($"{i.Class} {i.FirstSymptom:R} {i.Confirmed:R} {i.Recovered:R} {i.Story}")));
    }

    private static async Task<List<string>> NightAsync(long seed)
    {
        await using SimulatedBench bench = await SimulatedBench.OpenAsync(new SimulationOptions
        {
            Plugs = [.. Enumerable.Range(1, Plugs).Select(i => SimulatedBench.PlugNamed($"p{i}"))],
            Sentinel = "p1", Radio = RadioQuality.Ordinary, Seed = seed,
        });
        foreach (string plug in bench.Plugs.Keys)
        {
            _ = bench.Do(_ => UseAsync(bench, plug, new Chance(seed, plug + "/use")));
        }

        bench.Run(TimeSpan.FromHours(Hours));
        return
        [
            .. from plug in bench.Plugs.Keys from incident in bench.Incidents(plug)
               select FormattableString.Invariant($"seed {seed} {plug} at {incident.FirstSymptom:0} s: {incident.Class} {string.Join("; ", incident.Evidence.Take(8))}"),
            .. from plug in bench.Plugs.Keys from boot in bench.Boots(plug).Where(b => !b.Expected) select $"seed {seed} {plug}: boot {boot.Reason} by {string.Join(", ", boot.Sources)}",
        ];
    }

    // Somebody looks at the page for a minute now and then, and switches.
    private static async Task UseAsync(SimulatedBench bench, string plug, Chance chance)
    {
        IPlug web = bench.Plugs[plug].Web;
        while (bench.Clock.Elapsed < TimeSpan.FromHours(Hours))
        {
            await Task.Delay(TimeSpan.FromMinutes(chance.Between(5, 40)), bench.Clock);
            for (int second = 0; second < 60; second++)
            {
                try
                {
                    await web.GetPageStateAsync(CancellationToken.None);
                    if (chance.Below(20) == 0)
                    {
                        await web.CommandAsync("POWER TOGGLE", CancellationToken.None);
                    }
                }
                catch (PlugUnreachableException)
                {
                    // A browser tries again.
                }

                await Task.Delay(TimeSpan.FromSeconds(1), bench.Clock);
            }
        }
    }
}
