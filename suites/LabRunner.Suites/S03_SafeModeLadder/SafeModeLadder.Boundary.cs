using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S03_SafeModeLadder;

/// <content>
/// The boundary of a good boot: it is one from the first second after FullBootTime on (user_main.c). Time from the supply would not tell it, since the
/// boot's own seconds begin about one later: the cuts go by the seconds that the device tells on its console.
/// </content>
public sealed partial class SafeModeLadder
{
    // The mark is written in the turn that tells the second; a cut so much later leaves most of the second for the switch.
    private static readonly TimeSpan Marked = TimeSpan.FromMilliseconds(300);

    [Test]
    public async Task BootCutAtTheBoundary_IsGoodFromItsSecondOn()
    {
        SuiteContext.Ask(Parameters.Boundary, "ladder at the boundary");
        await DemandFullBootTimeAsync();

        int last = (int)Parameters.FullBootTime.TotalSeconds;
        List<string> problems = Lab.Problems;
        for (int i = 0; i < Parameters.Boundary; i++)
        {
            foreach ((int second, bool good) in ((int, bool)[])[(last, false), (last + 1, true)])
            {
                int? expected = good ? null : Parameters.EntersAt;
                int? entered = await BoundaryAsync(second, expected);
                if (entered != expected)
                {
                    problems.Add($"{Parameters.EntersAt - 1} boots cut in second {second} of their uptime {(entered is null ? "counted as good" : $"led to safe mode at boot {entered}")}, {(good ? "a boot is good from there on" : $"they are short and boot {Parameters.EntersAt} is in safe mode")}");
                }
            }
        }

        Assert.That(problems, Is.Empty, string.Join("; ", problems));
    }

    /// <returns>The first boot in safe mode; null: none was.</returns>
    private async Task<int?> BoundaryAsync(int second, int? expected)
    {
        for (int attempt = 1; attempt <= Tries; attempt++)
        {
            await Lab.WaitUntilBootIsCompleteAsync();
            PlugState before = await PlugState.ReadAsync(Lab);
            await using IntentScope intent = await Lab.IntentAsync(IntentKinds.PowerCut, $"ladder of {Parameters.EntersAt} boots, cut in second {second}", ("second", $"{second}"));
            Lab.LeavePowered();
            TimeSpan started = Lab.Now;
            (int? entered, int late) = await ClimbToSecondAsync(second);
            (string, string)[] detail = [("second", $"{second}"), ("enteredAt", entered is { } at ? $"{at}" : "never"), ("late", $"{late}")];
            await (late == 0 ? Lab.TrialAsync("boundary", started, entered == expected, Lab.Now - started, detail) : Lab.NotMadeAsync("boundary", started, detail));

            await LeaveAsync(entered is not null, before, TimeSpan.FromSeconds(second));
            if (late == 0)
            {
                return entered;
            }

            await Lab.SayAsync($"{late} boots were cut later than in second {second}, once more");
        }

        Assert.Inconclusive($"The bench cannot cut a boot in second {second} of its uptime: in each of {Tries} ladders a cut came later.");
        return null;
    }

    private async Task<(int? Entered, int Late)> ClimbToSecondAsync(int second)
    {
        (int? entered, int late) = (null, 0);
        for (int rung = 1; rung <= Parameters.EntersAt; rung++)
        {
            bool cut = rung < Parameters.EntersAt;
            await Lab.SayAsync($"boot {rung} of {Parameters.EntersAt}{(cut ? $", until second {second}" : "")}");
            long mark = 0;
            await Lab.CutSupplyAsync(Parameters.Off, beforeOn: async () => mark = await Lab.Bench.MarkConsoleAsync(Lab.Slot, Lab.Token));
            ConsoleText? beat = await Lab.Bench.ExpectAsync(Lab.Slot, cut ? ConsoleLines.HeartbeatAt(second) : ConsoleLines.Heartbeat, mark, TimeSpan.FromSeconds(second) + BootOverhead, Lab.Token);
            Assert.That(beat, Is.Not.Null, $"Boot {rung} did not tell {(cut ? $"second {second}" : "a second")} of its uptime on the console.");
            if (cut)
            {
                await Lab.DelayUntilAsync(beat!.At + Marked);
                await Lab.Bench.SwitchPowerAsync(Lab.Slot, false, Lab.Token);
                late += await Lab.Bench.ExpectAsync(Lab.Slot, ConsoleLines.HeartbeatAt(second + 1), mark, Console, Lab.Token) is null ? 0 : 1;
            }

            bool safe = await Lab.Bench.ExpectAsync(Lab.Slot, ConsoleLines.SafeMode, mark, TimeSpan.Zero, Lab.Token) is not null;
            entered ??= safe ? rung : null;
        }

        return (entered, late);
    }
}
