using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;

namespace LabRunner.Suites.S13_ButtonAndRelay;

/// <summary>What a press did.</summary>
/// <param name="LengthMs">Length asked for.</param>
/// <param name="Press">When it really was.</param>
/// <param name="Changes">Changes of the relay that it caused.</param>
internal sealed record PressResult(int LengthMs, PressOutcome Press, int Changes)
{
    /// <summary>The contact, or without sense the page's state, just before; null: neither tells.</summary>
    public bool? Before { get; init; }

    /// <summary>How long the bench really pressed, as far as it can tell: at most this.</summary>
    public double ReallyMs => Press.Longest.TotalMilliseconds;
}

/// <summary>A kind of press (new_pins.c: up to 60 ms is ignored, 90 to 900 ms toggles, over 1,000 ms is a hold).</summary>
/// <param name="Step">Name of its trials.</param>
/// <param name="ShortestMs">A press that may have been shorter is of another kind and is no trial.</param>
/// <param name="LongestMs">A press that may have been longer is of another kind and is no trial.</param>
/// <param name="Changes">Changes it must cause.</param>
internal sealed record PressKind(string Step, double ShortestMs, double LongestMs, int Changes)
{
    /// <summary>A press that really was of this kind.</summary>
    public bool Is(PressOutcome press) => press.Shortest.TotalMilliseconds >= ShortestMs && press.Longest.TotalMilliseconds <= LongestMs;

    public static PressKind Press { get; } = new("press", 90, 900, 1);

    public static PressKind TooShort { get; } = new("too-short", 0, 60, 0);

    public static PressKind Hold { get; } = new("hold", 1000, double.PositiveInfinity, 0);
}

/// <summary>Presses the button and counts what the relay does: edges of the contact, or without sense whether the page's state differs.</summary>
internal sealed class PressCounter(SuiteContext lab)
{
    /// <summary>Button role in /api/pins (new_http.c htmlPinRoleNames).</summary>
    private const int ButtonRole = 3;

    private const int InvertedButtonRole = 4;

    /// <summary>Attempts at one gesture.</summary>
    public const int Attempts = 8;

    // A toggle comes about 380 ms after release (new_pins.c); the truth table gives it 1.5 s. Longer than the double-click time, too.
    public static readonly TimeSpan Answer = TimeSpan.FromSeconds(2);

    /// <summary>Presses and waits for the answer, again when the bench pressed too long for the kind of press.</summary>
    /// <param name="lengthMs">Length to ask for.</param>
    /// <param name="kind">What the press is to be.</param>
    /// <returns>The first press that really was of the kind; null when the bench managed none.</returns>
    public async Task<PressResult?> PressAsync(int lengthMs, PressKind kind)
    {
        int ask = lengthMs;
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            PressResult press = await PressOnceAsync(lengthMs, ask, kind, attempt);
            if (kind.Is(press.Press))
            {
                return press;
            }

            // A bench adds its own delay, most of all on a clock that runs fast.
            ask = press.ReallyMs > kind.LongestMs ? Math.Max(1, ask - (int)(press.ReallyMs - lengthMs)) : lengthMs;
        }

        return null;
    }

    private async Task<PressResult> PressOnceAsync(int lengthMs, int askMs, PressKind kind, int attempt)
    {
        // A double click in the first 5 s of uptime clears the Wi-Fi credentials, so the button is left alone after a boot.
        await lab.WaitUntilBootIsCompleteAsync();
        await lab.SayAsync($"{kind.Step} {lengthMs} ms");
        TimeSpan started = lab.Now;
        bool? before = await lab.ReadRelayAsync();
        PressOutcome press = await lab.Bench.PressAsync(lab.Slot, TimeSpan.FromMilliseconds(askMs), lab.Token);
        await lab.DelayUntilAsync(press.ReleasedAt + Answer);
        IReadOnlyList<RelayEdge> edges = lab.Has("relaySense") ? await lab.Bench.GetRelayEdgesAsync(lab.Slot, started, lab.Token) : [];
        int changes = lab.Has("relaySense") ? edges.Count : await lab.ReadRelayAsync() == before ? 0 : 1;
        TimeSpan answered = edges.Count > 0 ? edges[0].At - press.ReleasedAt : Answer;
        PressResult result = new(lengthMs, press, changes) { Before = before };
        if (kind.Is(press))
        {
            await lab.TrialAsync(
                kind.Step, started, changes == kind.Changes, answered > TimeSpan.Zero ? answered : TimeSpan.Zero,
                ("lengthMs", $"{lengthMs}"), ("reallyMs", $"{result.ReallyMs:0}"), ("changes", $"{changes}"), ("attempt", $"{attempt}"));
        }
        else
        {
            await RecordOtherAsync(kind.Step, press.Longest, kind.ShortestMs, kind.LongestMs, attempt, ("askedMs", $"{askMs}"), ("changes", $"{changes}"));
        }

        return result;
    }

    /// <summary>Puts an attempt on record that the bench's own delay made another gesture of: no trial of the plug, and no secret either.</summary>
    /// <param name="step">Gesture that was meant.</param>
    /// <param name="longest">How long the button really was pushed, at most.</param>
    /// <param name="shortestMs">Shortest push of such a gesture.</param>
    /// <param name="longestMs">Longest push of such a gesture.</param>
    /// <param name="attempt">Which attempt, from 1.</param>
    /// <param name="detail">More of it.</param>
    public Task RecordOtherAsync(string step, TimeSpan longest, double shortestMs, double longestMs, int attempt, params (string Name, string Value)[] detail) => lab.MeasureAsync(
        new Figure(NotMade.Name(step), longest.TotalMilliseconds, "ms", Verdict.NotRun)
        {
            Lower = shortestMs, Upper = double.IsFinite(longestMs) ? longestMs : null, Detail = [("attempt", $"{attempt} of {Attempts}"), .. detail],
        });

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
