using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;
using LabRunner.Suites.Common;

namespace LabRunner.Suites.S13_ButtonAndRelay;

/// <summary>What a press did.</summary>
/// <param name="LengthMs">Length asked for.</param>
/// <param name="Press">When it really was.</param>
/// <param name="Changes">Changes of the relay that it caused.</param>
internal sealed record PressResult(int LengthMs, PressOutcome Press, int Changes);

/// <summary>Presses the button and counts what the relay does: edges of the contact, or without sense whether the page's state differs.</summary>
internal sealed class PressCounter(SuiteContext lab)
{
    /// <summary>Button role in /api/pins (new_http.c htmlPinRoleNames).</summary>
    private const int ButtonRole = 3;

    private const int InvertedButtonRole = 4;

    // A toggle comes about 380 ms after release (new_pins.c); the truth table gives it 1.5 s. Longer than the double-click time, too.
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(2);

    /// <summary>Presses once and waits for the answer.</summary>
    /// <param name="lengthMs">Length in ms.</param>
    /// <param name="step">Name of the trial: "press" expects one change, everything else none.</param>
    public async Task<PressResult> PressAsync(int lengthMs, string step)
    {
        // A double click in the first 5 s of uptime clears the Wi-Fi credentials, so the button is left alone after a boot.
        await lab.WaitUntilBootIsCompleteAsync();
        await lab.SayAsync($"{step} {lengthMs} ms");
        TimeSpan started = lab.Now;
        bool? before = await lab.ReadRelayAsync();
        PressOutcome press = await lab.Bench.PressAsync(lab.Slot, TimeSpan.FromMilliseconds(lengthMs), lab.Token);
        await lab.DelayUntilAsync(press.ReleasedAt + Answer);
        IReadOnlyList<RelayEdge> edges = lab.Has("relaySense") ? await lab.Bench.GetRelayEdgesAsync(lab.Slot, started, lab.Token) : [];
        int changes = lab.Has("relaySense") ? edges.Count : await lab.ReadRelayAsync() == before ? 0 : 1;
        TimeSpan answered = edges.Count > 0 ? edges[0].At - press.ReleasedAt : Answer;
        await lab.TrialAsync(
            step, started, changes == (step == "press" ? 1 : 0), answered > TimeSpan.Zero ? answered : TimeSpan.Zero,
            ("lengthMs", $"{lengthMs}"), ("reallyMs", $"{(press.ReleasedAt - press.PressedAt).TotalMilliseconds:0}"), ("changes", $"{changes}"));
        return new PressResult(lengthMs, press, changes);
    }

    /// <summary>Names the dead button.</summary>
    /// <returns>Id of the incident.</returns>
    public async Task<long> ReportDeadAsync(PressResult last)
    {
        BoardDescription board = lab.SlotFacts.Board;
        PlugPins pins = await lab.Plug.GetPinsAsync(lab.Token);
        List<int> configured = [.. pins.Roles.Select((role, gpio) => (role, gpio)).Where(pin => pin.role is ButtonRole or InvertedButtonRole).Select(pin => pin.gpio)];
        string said = board.ButtonGpio is { } gpio ? $"GPIO {gpio}" : "no button";
        string runs = configured.Count == 0 ? "no button" : string.Join(", ", configured.Select(pin => $"GPIO {pin}"));
        return await lab.FindAsync(
            "BUTTON_DEAD", "F43", "The button does nothing",
            $"Two presses in a row changed nothing. Board file {board.Name} puts the button on {said} and the firmware listens on {runs}: "
            + "the button may be wired to another pin on this PCB (17, 22 and 4 are known), or is broken.",
            last.Press.PressedAt,
            [
                $"board file {board.Name}: button on {said}",
                $"/api/pins: button role on {runs}",
                $"two presses, the last {last.LengthMs} ms long at {last.Press.PressedAt.TotalSeconds:0.0} s: 0 changes of the {(lab.Has("relaySense") ? "contact" : "state shown")} in {Answer.TotalSeconds:0} s",
            ],
            $"button press of {last.LengthMs} ms");
    }
}
