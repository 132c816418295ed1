using System.Collections.Concurrent;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Virtual.Plug;
using LabRunner.Hardware.Virtual.Plug.Rom;

namespace LabRunner.Hardware.Tests.Flashing;

/// <summary>Random faults while BK7231 plugs are flashed: each run ends verified or with a clear failure, and the plug can be flashed again.</summary>
[TestFixture]
public sealed class Bk7231FaultTests
{
    private const int Runs = 200;
    private const int PlugsOfAChip = 5;

    private static readonly string[] Chips = ["BK7231N", "BK7231T"];

    [Test]
    [Category("flash-faults")]
    public async Task Flash_TwoHundredRandomFaults_NeverAFalseSuccess()
    {
        // Most of the time a run waits for an answer that does not come: several plugs wait side by side.
        ConcurrentDictionary<string, int> counts = [];
        await Task.WhenAll(Chips.SelectMany(chip => Enumerable.Range(0, PlugsOfAChip).Select(plug => FlashWithFaultsAsync(chip, plug, counts))));
        foreach ((string what, int count) in counts.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            await TestContext.Out.WriteLineAsync($"{what}: {count}");
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(counts.Values.Sum(), Is.EqualTo(Runs));
            Assert.That(counts.Keys.Where(k => k.Contains("silent", StringComparison.Ordinal)), Is.EquivalentTo(Chips.Select(chip => $"{chip} silent: failed clearly")));
            Assert.That(Chips.Where(chip => !counts.Keys.Any(k => k.StartsWith(chip, StringComparison.Ordinal) && k.EndsWith("verified", StringComparison.Ordinal))), Is.Empty, "chips of which no run was verified");
        }
    }

    private static async Task FlashWithFaultsAsync(string chip, int plug, ConcurrentDictionary<string, int> counts)
    {
        Time.Chance chance = new(20, $"{chip} faults {plug}");
        await using FlashBench bench = new(scale: 20, chip: chip);
        string[] versions = ["1.18.301", "1.18.302"];
        byte[][] images =
            [.. versions.Select(version => chip == "BK7231N" ? VirtualBk7231Image.Flash(version, chip) : VirtualBk7231Image.Application(version, chip))];
        for (int run = 0; run < Runs / PlugsOfAChip / Chips.Length; run++)
        {
            (string kind, RomFaults faults) = Draw(chance, run, images[0].Length, await bench.CountsAsync());
            await bench.SetFaultsAsync(faults);
            string end;
            try
            {
                await bench.FlashAsync(images[run % 2]);
                end = "verified";
                Assert.That(await bench.BootableAsync(), Is.EqualTo(versions[run % 2]), $"{chip} {plug} run {run} ({kind}) said verified");
            }
            catch (FlashFailedException)
            {
                end = "failed clearly";
            }

            counts.AddOrUpdate($"{chip} {kind}: {end}", 1, (_, count) => count + 1);
            await bench.SetFaultsAsync(new RomFaults());
        }

        await bench.FlashAsync(images[0]);
        Assert.That(await bench.BootableAsync(), Is.EqualTo(versions[0]), "after all faults it can be flashed");
    }

    private static (string Kind, RomFaults Faults) Draw(Time.Chance chance, int run, int length, (long Received, long Sent, long Programmed, int Erases) so)
    {
        long at = so.Received + chance.Below(length + 4000);
        return (run % 20 == 7 ? 6 : chance.Below(6)) switch
        {
            0 => ("flipped", new RomFaults { FlipReceivedByte = at }),
            1 => ("dropped", new RomFaults { DropReceivedByte = at }),
            2 => ("reply dropped", new RomFaults { DropSentByte = so.Sent + chance.Below(12_000) }),
            3 => ("cut", new RomFaults { CutPowerAtByte = at }),
            4 => ("bad flash", new RomFaults { FlipProgrammedByte = so.Programmed + chance.Below(length) }),
            5 => ("stalled erase", new RomFaults { StallErase = so.Erases + chance.Below(4) }),
            _ => ("silent", new RomFaults { Silent = true }),
        };
    }
}
