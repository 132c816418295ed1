using System.Globalization;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Tests;

/// <summary>Nights that tests and people look at.</summary>
internal static class Nights
{
    private const double End = 1690;

    /// <summary>A 28-minute smoke night on five slots: p2 freezes (F01), p3 freezes with its timer (F09), p4 restarts and leaks (F03, F17), p5 has a dead button (F43).</summary>
    internal static TestRun Smoke(bool killed = false)
    {
        TestRun run = new();
        run.Begin();
        Meta(run, killed);
        for (int i = 1; i <= 5; i++)
        {
            Slot(run, "p" + i, i == 1, i == 5 ? "RMC021 marked SM-028" : "SM-028 V1.3 B17");
        }

        P2(run);
        P3(run);
        P4(run);
        P5(run);
        Suites(run);
        if (!killed)
        {
            Verdicts(run);
        }

        run.Commit();
        return run;
    }

    private static void Meta(TestRun run, bool killed)
    {
        run.Meta(MetaKeys.Bench, "virtual");
        run.Meta(MetaKeys.Plan, "smoke");
        run.Meta(MetaKeys.Seed, "20261123");
        run.Meta(MetaKeys.TimeScale, "20");
        run.Meta(MetaKeys.OriginUtc, "2026-11-22T22:00:00.0000000Z");
        run.Meta(MetaKeys.Started, "2.5");
        run.Meta(MetaKeys.Runner, "LabRunner 1.0.0");
        run.Meta(MetaKeys.PlanText, "plan: smoke\nbaseline: 30s\ngoals: { mtbfGoodHours: 168, mtbfBadHours: 56, confidence: 0.9 }\nsuites:\n  - S17: { }\n  - S01: { duration: 6m }\n");
        run.Meta(MetaKeys.InventoryText, "bench: virtual\nmqtt: { broker: \"127.0.0.1:18830\", user: lab, password: \"hunter2\" }\nslots:\n  p1: { board: sm-028-v1.3-b17 }\n");
        if (!killed)
        {
            run.Meta(MetaKeys.Ended, "1690");
            run.Meta(MetaKeys.Outcome, "completed");
        }
    }

    private static void Slot(TestRun run, string name, bool sentinel, string title)
    {
        run.Slot(name, title, sentinel);
        run.Identity(name, "before", 28, new { build = "OpenBK7231T_App 1.18.158", mac = "C4:5B:BE:00:00:0" + name[1], rssi = "-58 dBm", changeCounter = "41" });
        run.Identity(name, "after", 1680, new { build = "OpenBK7231T_App 1.18.158", mac = "C4:5B:BE:00:00:0" + name[1], rssi = "-59 dBm", changeCounter = "44" });
        run.Intent(name, IntentKinds.PowerCut, "power up for the night", 2.5, 22);
        run.Boot(name, 5.2, "power-cut", true, null, "BL_RST_POWER_OFF");
        run.Intent(name, IntentKinds.SelfTest, "crashNull", 60, 95, "S17");
        run.Boot(name, 67, "self-test", true, 55, "BL_RST_SOFTWARE_WATCHDOG");
        run.Incident(
            name, "CRASH", "F04", "crashNull was seen as a crash", 61, 64, 72, "watchdog",
            "The bench sent crashNull to prove that it sees a crash. The dump came 0.3 s later, the watchdog 3.1 s after it.",
            ["Exception Entry--->>>", "mcause 30000005, mepc 2300f1a4, mtval 00000000", "Exception code: 5", "  msg: Load access fault", "Starting bl602 now...."],
            expected: true, age: 55, stimulus: "crashNull", resetReason: "BL_RST_SOFTWARE_WATCHDOG");
        run.Exposure(name, "S17", 58, 110);
        run.Exposure(name, "S01", 120, 480);
        run.Exposure(name, "S02", 490, 1000);
        run.Exposure(name, "S14", 1010, 1650);
        Heap(run, name);
        if (name is "p1" or "p5")
        {
            Lanes(run, name, []);
        }
    }

    private static void Heap(TestRun run, string slot)
    {
        double[] boots = slot == "p4" ? [5.2, 67, 470, 900] : [5.2, 67, 700];
        for (double at = 10; at < End; at += 5)
        {
            double up = at - boots.Last(b => b <= at);
            double leak = slot == "p4" ? 6 * up : 0;
            run.Telemetry(at, slot, (long)up, (long)(95_072 - (up < 40 ? 60 * (40 - up) : 0) - leak - run.Chance.Between(0, 500) - (run.Chance.Below(30) == 0 ? 11_768 : 0)));
        }
    }

    /// <summary>All lanes, dead in the given stretches except where a lane says otherwise.</summary>
    private static void Lanes(TestRun run, string slot, (double From, double To, string[] Alive)[] dead)
    {
        foreach (string observer in (string[])["P", "T", "Hs", "Hl", "M", "U", "B", "R"])
        {
            double at = 8;
            run.Lane(slot, observer, 2.5, at, "unknown", "no power yet");
            if (observer == "R")
            {
                run.Lane(slot, observer, at, End, "n/a", "edge log, not a liveness signal");
                continue;
            }

            foreach ((double from, double to, string[] alive) in dead.Where(d => !d.Alive.Contains(observer)))
            {
                run.Lane(slot, observer, at, from, "alive");
                run.Lane(slot, observer, from, to, "dead", "3 in a row failed");
                at = to;
            }

            run.Lane(slot, observer, at, null, "alive");
        }
    }

    private static void P2(TestRun run)
    {
        Lanes(run, "p2", [(310, 466, ["U", "B"])]);
        run.Incident(
            "p2", "NET_FREEZE", "F01", "Web and ping dead, button alive", 310, 341, 466, "power-cycle",
            "Ping, TCP, pages and MQTT went dead within 12 s while the console went on and the button still switched the relay. It did not heal within 120 s; one power cycle brought it back.",
            ["P dead since +0:05:10, T since +0:05:16, M since +0:05:22", "U alive, B answered in 84 ms", "Info:MAIN:Time 243, idle 0/s, free 94312, MQTT 1(1), bWifi 1, secondsWithNoPing 31, socks 2/38", "Info:MAIN:Time 244, idle 0/s, free 94312, MQTT 1(1), bWifi 1, secondsWithNoPing 32, socks 2/38"],
            age: 243);
        run.Intent("p2", IntentKinds.Recovery, "power cycle, 5 s off", 461, 472);
        run.Boot("p2", 466, "recovery", true, 399, "BL_RST_POWER_OFF");
        run.Down("p2", 310, 466, false, "incident NET_FREEZE");
    }

    private static void P3(TestRun run)
    {
        Lanes(run, "p3", [(1059, 1120, ["U", "B"]), (1209, 1268, ["U", "B"]), (1399, 1455, ["U", "B"])]);
        double[] starts = [1059, 1209, 1399];
        int[] intervals = [30, 60, 70];
        for (int i = 0; i < 3; i++)
        {
            run.Intent("p3", IntentKinds.Stimulus, $"SetupEnergyStats 1 {intervals[i]} 60", starts[i] - intervals[i] + 1, starts[i] + 60, "S12");
            run.Incident(
                "p3", "NET_FREEZE", "F09", $"Froze {intervals[i] - 1} s after SetupEnergyStats {intervals[i]}", starts[i], starts[i] + 30, starts[i] + 60, "power-cycle",
                $"The network died {intervals[i] - 1} s after the statistics interval was set to {intervals[i]} s; console and button stayed alive.",
                [$"Info:CMD:SetupEnergyStats 1 {intervals[i]} 60", $"interval {intervals[i]} s, time to freeze {intervals[i] - 1} s"],
                age: intervals[i] + 40, stimulus: $"SetupEnergyStats 1 {intervals[i]} 60");
            run.Down("p3", starts[i], starts[i] + 60, false, "incident NET_FREEZE");
        }
    }

    private static void P4(TestRun run)
    {
        Lanes(run, "p4", [(467, 478, ["B"]), (896, 907, ["B"])]);
        foreach ((double at, double age) in ((double, double)[])[(467, 403), (896, 426)])
        {
            run.Incident(
                "p4", "HANG_RECOVERED", "F03", "Restarted itself without a dump", at, at + 3, at + 11, "watchdog",
                "The console fell silent for 3.2 s, then the boot banner came. No exception dump before it, so it hung until the watchdog bit.",
                ["Info:MAIN:Time 402, idle 0/s, free 92480, MQTT 1(1), bWifi 1, secondsWithNoPing -1, socks 2/38", "(silence 3.2 s)", "Starting bl602 now....", "Booting BL602 Chip..."],
                age: age, resetReason: "BL_RST_SOFTWARE_WATCHDOG");
            run.Boot("p4", at + 3.2, "watchdog", false, age, "BL_RST_SOFTWARE_WATCHDOG");
        }

        run.Incident(
            "p4", "LEAK", "F17", "Free heap falls by 21.4 kB/h", 480, null, null, "none",
            "Block medians fall in each of 3 spells: -21.4 kB/h, 95 % from -22.0 to -20.7. The reserve of 12 kB is reached after 3.9 h.",
            ["S -310, p 2.1e-9, 3 spells, 42 blocks"], source: "analysis");
        run.Down("p4", 1300, 1340, true, "the USB serial adapter of p4 was gone");
        run.Event(1300, "p4", "console-gap", "console lost for 40 s: the tty went away");
    }

    private static void P5(TestRun run)
    {
        run.Incident(
            "p5", "BUTTON_DEAD", "F43", "The button does not switch the relay", 620, 622, null, "none",
            "Two presses of 200 ms changed nothing on the relay sense line. The button line of this board is another one than the inventory says.",
            ["press 200 ms at +0:10:20, no edge in 1.5 s", "press 200 ms at +0:10:22, no edge in 1.5 s"], source: "suite");
    }

    private static void Suites(TestRun run)
    {
        foreach (string slot in (string[])["p1", "p2", "p3", "p4", "p5"])
        {
            run.Test(slot, "S17", "Crash_IsSeenAsCrash", 58, 110, Verdict.Pass);
            run.Test(slot, "S01", "Idle_StaysAlive", 120, 480, Verdict.Pass);
            run.Test(slot, "S13", "Press_TogglesRelay", 610, 640, slot == "p5" ? Verdict.Fail : Verdict.Pass, slot == "p5" ? "2 presses, 0 edges; expected 2" : null);
            run.Test(slot, "S14", "Power_IsWithinLimits", 1010, 1650, slot == "p4" ? Verdict.Inconclusive : Verdict.Pass, slot == "p4" ? "2 of 5 points were taken before the console was lost" : null);
            run.Test(slot, "S06", "CutDuringOta", 1650, 1650, Verdict.NotRun, "the plan gives it no time");
            for (int i = 0; i < 20; i++)
            {
                bool ok = !(slot == "p4" && i == 11);
                run.Trial(slot, "S02", "HTTP within 20 s", 495 + (25 * i), ok, ok ? 5200 + run.Chance.Between(0, 1400) : 20000);
            }

            double at = 0;
            foreach (double load in (double[])[5, 25, 60, 500, 2300])
            {
                foreach ((string name, string unit, double reference) in ((string, string, double)[])[("power", "W", load), ("voltage", "V", 230), ("current", "A", load / 230)])
                {
                    double quantum = name == "voltage" ? 0.0008 : 0.12 / load;
                    double limit = 0.01 + quantum;
                    double error = run.Chance.Between(-0.004, 0.004) + (slot == "p5" && load == 5 && name == "power" ? 0.09 : 0);
                    run.Measure(
                        slot, "S14", $"{name}@{load}W", 1100 + (at += 4), reference * (1 + error), unit, reference * (1 - limit), reference * (1 + limit), reference,
                        Math.Abs(error) > limit ? Verdict.Fail : Verdict.Pass,
                        new { quantumPercent = (quantum * 100).ToString("0.000", CultureInfo.InvariantCulture), loadWatts = load.ToString(CultureInfo.InvariantCulture) });
                }
            }
        }

        Directory.CreateDirectory(Path.Combine(run.Folder, "artifacts"));
        File.WriteAllBytes(Path.Combine(run.Folder, "artifacts", "index.png"), Convert.FromBase64String(Png));
        File.WriteAllText(Path.Combine(run.Folder, "artifacts", "trace p1.zip"), "trace");
        run.Artefact("p1", "S13", "Press_TogglesRelay", 620, "index page", "image/png", "artifacts/index.png");
        run.Artefact("p1", "S13", "Press_TogglesRelay", 621, "browser trace", "application/zip", "artifacts/trace p1.zip");
    }

    private static void Verdicts(TestRun run)
    {
        run.Verdict("slot:p1", "stability", Verdict.Inconclusive, "p1 ran without a failure, but 0.43 h prove only an MTBF of 0.19 h at 90 %; 184.1 h more without one would accept 168 h.");
        run.Verdict("slot:p2", "stability", Verdict.Fail, "p2 froze once after 243 s of uptime: web, ping and MQTT dead, button alive, F01. Only a power cycle brought it back.");
        run.Verdict("slot:p3", "stability", Verdict.Fail, "p3 froze periodically: 29, 59 and 69 s after SetupEnergyStats 30, 60 and 70 (interval minus one second), F09.");
        run.Verdict("slot:p4", "stability", Verdict.Fail, "p4 restarted itself twice after hangs (F03) and leaks 21.4 kB of heap an hour (F17).");
        run.Verdict("slot:p5", "stability", Verdict.Fail, "p5 has a dead button (F43); it reads 9 % high at 5 W.");
        run.Verdict("slot:p4", "mtbf-lower", Verdict.Inconclusive, "2 failures in 0.4 h", 0.07, "h", 168, 0.07, null, 0.9);
        run.Verdict("suite:S02:p4", "boot-success", Verdict.Inconclusive, "19 of 20 boots; 93 boots without a failure would show 95 %", 0.95, null, 0.95, 0.784, null, 0.95);
        run.Verdict("slot:p4", "heap-leak", Verdict.Fail, "slope -21.4 kB/h", -21400, "B/h", -32, -22000, -20700, 0.95);
        run.Verdict("night", "overall", Verdict.Fail, "4 of 5 plugs failed: a freeze, a freeze tied to a timer, restarts with a leak, and a dead button.");
    }

    /// <summary>A 2 by 2 picture.</summary>
    private const string Png = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFElEQVR4nGP8z8DAwMDAxMDAwMAAAA0GAQPbkpmuAAAAAElFTkSuQmCC";
}
