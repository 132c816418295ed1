using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Probing;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Simulation.Tests;

/// <summary>The probe on boards nobody has seen: every pin map that a BL602 allows.</summary>
public sealed class PinProbeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(1);
    private static readonly int[] Allowed = [.. Enumerable.Range(0, 24).Where(p => p is not (7 or 8 or 16))];

    /// <summary>Maps drawn from a seed: any pin, any polarity, one or two LEDs.</summary>
    [Test]
    public async Task RandomBoard_BlankFirmware_EveryFunctionIsFoundOnItsPin([Range(1, 60)] int seed)
    {
        Dictionary<int, string> wiring = Draw(seed);
        ProbeResult result = await ProbeAsync(wiring, []);

        string[] expected = [.. wiring.OrderBy(w => w.Key).Select(w => $"{w.Key} {w.Value.Split(';')[0]}")];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Pins.OrderBy(p => p.Key).Select(p => $"{p.Key} {p.Value}"), Is.EqualTo(expected), string.Join('\n', result.Findings.Select(f => $"{f.Function}: {f.Said}")));
            Assert.That(result.Findings.Where(f => f.Verdict is not (Verdict.Pass or Verdict.Warn)).Select(f => $"{f.Function} {f.Said}"), Is.Empty);
        }
    }

    [Test]
    public async Task ConfiguredPlug_AfterTheProbe_HasItsOldPins()
    {
        Dictionary<int, string> known = new() { [2] = "Rel;1", [3] = "BL0937CF1;0", [14] = "BL0937CF;0", [17] = "Btn;1", [20] = "LED_n;1", [21] = "BL0937SEL;0" };
        ProbeResult? result = null;
        Hardware.Plugs.PlugPins? after = null;
        await RunAsync(known, known, SlotSupply.Isolated3V3, async (probe, slot) =>
        {
            result = await probe.RunAsync(CancellationToken.None);
            after = await slot.Plug!.GetPinsAsync(CancellationToken.None);
        });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(after!.Roles, Is.EqualTo(result!.Configured.Roles).And.Some.EqualTo(1));
            Assert.That(after.Channels, Is.EqualTo(result.Configured.Channels));
        }
    }

    [TestCase("Rel;1", "relay", "No pin moves the contact")]
    [TestCase("Btn;1", "button", "No pin follows the button")]
    [TestCase("BL0937CF;0", "cf", "No pin counts")]
    [TestCase("BL0937CF1;0", "cf1", "No pin counts")]
    [TestCase("BL0937SEL;0", "sel", "No pin switches CF1")]
    [TestCase("LED_n;1", "led", "No pin lights")]
    public async Task BoardWithoutAFunction_IsToldToLackIt_AndTheOthersAreFound(string missing, string function, string said)
    {
        Dictionary<int, string> wiring = new() { [5] = "Rel;1", [0] = "BL0937CF1;0", [11] = "BL0937CF;0", [22] = "Btn;1", [1] = "LED_n;1", [4] = "BL0937SEL;0" };
        wiring.Remove(wiring.First(w => w.Value == missing).Key);
        ProbeResult result = await ProbeAsync(wiring, []);
        using (Assert.EnterMultipleScope())
        {
            ProbeFinding told = result.Findings.Single(f => f.Function == function);
            Assert.That((told.Verdict, told.Gpio), Is.EqualTo((Verdict.Fail, (int?)null)));
            Assert.That(told.Said, Does.Contain(said));
            Assert.That(result.Pins.Keys.Where(p => !wiring.ContainsKey(p)), Is.Empty, "a pin that carries nothing");
        }
    }

    [Test]
    public async Task LedOnTheRelaysDriver_IsToldToFollowIt_AndThePinKeepsItsOneRole()
    {
        Dictionary<int, string> wiring = new() { [5] = "Rel;1", [0] = "BL0937CF1;0", [11] = "BL0937CF;0", [22] = "Btn;1", [4] = "BL0937SEL;0" };
        ProbeResult? result = null;
        await RunAsync(wiring, [], SlotSupply.Isolated3V3, async (probe, _) => result = await probe.RunAsync(CancellationToken.None), slot => slot with { Led = slot.RelaySense });
        using (Assert.EnterMultipleScope())
        {
            ProbeFinding led = result!.Findings.Single(f => f.Function == "led");
            Assert.That((led.Verdict, led.Gpio, led.Role), Is.EqualTo((Verdict.Pass, (int?)5, (string?)null)));
            Assert.That(led.Said, Does.Contain("follows the relay's pin"));
            Assert.That(result.Pins.OrderBy(p => p.Key).Select(p => $"{p.Key} {p.Value}"), Is.EqualTo(wiring.OrderBy(w => w.Key).Select(w => $"{w.Key} {w.Value.Split(';')[0]}")));
        }
    }

    [Test]
    public async Task SlotOnMains_NoPinIsDriven_TheRestIsDone()
    {
        Dictionary<int, string> wiring = new() { [5] = "Rel;1", [0] = "BL0937CF1;0", [11] = "BL0937CF;0", [22] = "Btn;1", [1] = "LED_n;1", [4] = "BL0937SEL;0" };
        List<bool> contacts = [];
        ProbeResult? result = null;
        await RunAsync(wiring, [], SlotSupply.Mains, async (probe, slot) =>
        {
            slot.RelaySense!.Edge += edge => contacts.Add(edge.Closed);
            result = await probe.RunAsync(CancellationToken.None);
        });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result!.Findings.Where(f => f.Verdict == Verdict.NotRun).Select(f => f.Function), Is.SupersetOf(new[] { "relay", "cf", "cf1", "sel", "strap" }));
            Assert.That(result.Findings.First(f => f.Function == "relay").Said, Does.Contain("on mains"));
            Assert.That(contacts, Is.Empty, "the relay of a slot on mains was moved");
            Assert.That(result.Findings.Single(f => f.Function == "button").Gpio, Is.EqualTo(22));
        }
    }

    [Test]
    public async Task CalibratedPlug_ItsConstantsStandInTheProposal()
    {
        Dictionary<int, string> known = new() { [2] = "Rel;1", [3] = "BL0937CF1;0", [14] = "BL0937CF;0", [17] = "Btn;1", [20] = "LED_n;1", [21] = "BL0937SEL;0" };
        ProbeResult? result = null;
        await RunAsync(known, known, SlotSupply.Isolated3V3, async (probe, _) => result = await probe.RunAsync(CancellationToken.None), before: async (slot, clock) =>
        {
            // 1,000 pulses a second are to be 1,200 W, and 1,800 of them 200 V.
            await slot.Plug!.WaitForAsync(clock, TimeSpan.FromSeconds(30), _ => true, CancellationToken.None);
            await slot.Pulses!.SetAsync(Hardware.Pulses.PulseChannel.Cf, new(1000), Hardware.Pulses.Bl0937Model.PulseWidth, CancellationToken.None);
            await slot.Pulses.SetAsync(Hardware.Pulses.PulseChannel.Cf1Voltage, new(1800), Hardware.Pulses.Bl0937Model.PulseWidth, CancellationToken.None);
            await Task.Delay(TimeSpan.FromSeconds(6), clock, CancellationToken.None);
            await slot.Plug!.CommandAsync("PowerSet 1200", CancellationToken.None);
            await slot.Plug!.CommandAsync("VoltageSet 200", CancellationToken.None);
            await Task.Delay(TimeSpan.FromSeconds(4), clock, CancellationToken.None);
        });
        string file = BoardProposal.Yaml("b", "b", "BL602", 2_000_000, "probe", result!);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result!.PerHertz.Watts, Is.EqualTo(1.2).Within(0.01));
            Assert.That(result.PerHertz.Volts, Is.EqualTo(200.0 / 1800).Within(0.001));
            Assert.That(file, Does.Match(@"wattsPerHertz: 1\.(2|19)").And.Contains("voltsPerHertz: 0.11").And.Not.Contains("amperesPerHertz"));
        }
    }

    /// <summary>A probe boots it half a dozen times: each must be a good boot by the plug's own setting, or the fifth is in safe mode.</summary>
    [Test]
    public async Task PlugWithALongFullBootTime_IsNotDrivenIntoSafeMode()
    {
        Dictionary<int, string> wiring = Draw(3);
        ProbeResult? result = null;
        await RunAsync(wiring, [], SlotSupply.Isolated3V3, async (probe, _) => result = await probe.RunAsync(CancellationToken.None), before: async (slot, clock) =>
        {
            await slot.Plug!.WaitForAsync(clock, TimeSpan.FromSeconds(30), _ => true, CancellationToken.None);
            await slot.Plug!.CommandAsync("FullBootTime 30", CancellationToken.None);
        });
        Assert.That(result!.Findings.Where(f => f.Verdict is not (Verdict.Pass or Verdict.Warn)).Select(f => $"{f.Function} {f.Said}"), Is.Empty);
    }

    [Test]
    public async Task KnownBoard_IsRecognised_AndANearOneToldByItsDifference()
    {
        BoardDescription b17 = Board("b17", "Btn", 17);
        BoardDescription b22 = Board("b22", "Btn", 22);
        BoardDescription otherChip = b22 with { Name = "other", Chip = "BK7231N" };
        ProbeResult result = await ProbeAsync(b22.Pins.ToDictionary(p => int.Parse(p.Key, System.Globalization.CultureInfo.InvariantCulture), p => p.Value), []);
        IReadOnlyList<BoardMatch> matches = BoardComparison.Compare(result, "BL602", [b17, otherChip, b22]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(matches.Select(m => m.Board.Name), Is.EqualTo(new[] { "b22", "b17" }));
            Assert.That(matches[0].Differences, Is.Empty);
            Assert.That(matches[1].Differences, Is.EqualTo(new[] { "button on GPIO 22, on that board GPIO 17" }));
        }
    }

    [Test]
    public async Task Proposal_IsABoardFileThatLoads_AndATemplateThatSaysTheSame()
    {
        Dictionary<int, string> wiring = Draw(3);
        ProbeResult result = await ProbeAsync(wiring, []);
        string folder = Directory.CreateTempSubdirectory("probe").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "new-one.yaml"), BoardProposal.Yaml("new-one", "A \"new\" board: # 1", "BL602", 2_000_000, "probe", result));
            BoardFile board = BoardLoader.Load("new-one", folder);
            using System.Text.Json.JsonDocument template = System.Text.Json.JsonDocument.Parse(BoardProposal.Template("A \"new\" board", "BL602", result));
            using (Assert.EnterMultipleScope())
            {
                Assert.That(board.Description.Title, Is.EqualTo("A \"new\" board: # 1"));
                Assert.That(board.Description.Pins.ToDictionary(p => int.Parse(p.Key, System.Globalization.CultureInfo.InvariantCulture), p => p.Value.Split(';')[0]), Is.EquivalentTo(result.Pins));
                Assert.That(template.RootElement.GetProperty("pins").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()), Is.EquivalentTo(board.Description.Pins));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static BoardDescription Board(string name, string role, int button) => new(
        name, name, "BL602",
        new Dictionary<string, string> { ["2"] = "Rel;1", ["3"] = "BL0937CF1;0", ["14"] = "BL0937CF;0", [$"{button}"] = role + ";1", ["20"] = "WifiLED_n;1", ["21"] = "BL0937SEL;0" }, button, 2, 1, 1, 1);

    private static Dictionary<int, string> Draw(int seed)
    {
        Chance chance = new(seed, "pins");
        List<int> free = [.. Allowed];
        Dictionary<int, string> wiring = [];
        List<string> roles =
        [
            chance.Below(2) == 0 ? "Rel;1" : "Rel_n;1", chance.Below(2) == 0 ? "Btn;1" : "Btn_n;1", chance.Below(2) == 0 ? "LED;1" : "LED_n;1",
            "BL0937CF;0", "BL0937CF1;0", chance.Below(2) == 0 ? "BL0937SEL;0" : "BL0937SEL_n;0",
        ];
        if (chance.Below(3) == 0)
        {
            roles.Add(chance.Below(2) == 0 ? "LED;1" : "LED_n;1");
        }

        foreach (string role in roles)
        {
            int at = (int)chance.Below(free.Count);
            wiring[free[at]] = role;
            free.RemoveAt(at);
        }

        return wiring;
    }

    private static async Task<ProbeResult> ProbeAsync(Dictionary<int, string> wiring, Dictionary<int, string> template)
    {
        ProbeResult? result = null;
        await RunAsync(wiring, template, SlotSupply.Isolated3V3, async (probe, _) => result = await probe.RunAsync(CancellationToken.None));
        return result!;
    }

    private static async Task RunAsync(Dictionary<int, string> wiring, Dictionary<int, string> template, SlotSupply supply, Func<PinProbe, SlotHardware, Task> work, Func<SlotHardware, SlotHardware>? wired = null, Func<SlotHardware, LabClock, Task>? before = null)
    {
        VirtualPlugConfig config = new() { Name = "p1", Chip = "BL602", Wiring = wiring, Template = template, Version = "1.18.158" };
        (SimulatedTime time, LabClock clock, SlotHardware slot) = SimulatedBench.Bare(config, supply);
        slot = wired?.Invoke(slot) ?? slot;
        PinProbe probe = new(slot, new Interlocks(), clock, new Quiet(), new ProbeOptions { Boots = 1, Toggles = 5, Presses = 4 });
        Task? running = null;
        time.Schedule(time.Now, () => running = GoAsync());
        for (TimeSpan end = time.Now + Limit; running is not { IsCompleted: true } && time.Now < end;)
        {
            time.RunUntil(time.Now + TimeSpan.FromSeconds(10));
        }

        Assert.That(running!.IsCompleted, Is.True, "the probe did not end within an hour");
        await running;

        async Task GoAsync()
        {
            await slot.Power!.SwitchAsync(Hardware.Power.PowerState.On, CancellationToken.None);
            await (before?.Invoke(slot, clock) ?? Task.CompletedTask);
            await work(probe, slot);
        }
    }

    private sealed class Quiet : IProbeLog
    {
        public void Say(string text)
        {
            // What is said stands in the findings.
        }

        public void Trial(string step, TimeSpan at, bool ok, TimeSpan duration, string seen)
        {
            // The findings count them.
        }

        public void Figure(ProbeFigure figure)
        {
            // Judged with the findings.
        }
    }
}
