using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Probing;

/// <summary>What the probe found of one function of a board.</summary>
/// <param name="Function">relay, button, led, cf, cf1, sel, uart, strap, rail, boot, relay-gap; several LEDs are led-2, led-3, ….</param>
/// <param name="Verdict">PASS: found and confirmed. FAIL: not found, or not every time. NOT RUN: not looked for, and <paramref name="Said"/> says why.</param>
/// <param name="Gpio">Pin; null where none was found, or the function has none.</param>
/// <param name="Role">Role name of OpenBeken; null as the pin.</param>
/// <param name="Method">How it was looked for.</param>
/// <param name="Said">The result in one sentence.</param>
/// <param name="Good">Confirmations.</param>
/// <param name="Of">Tries to confirm.</param>
/// <param name="Evidence">What was done and seen, in order.</param>
public sealed record ProbeFinding(
    string Function, Verdict Verdict, int? Gpio, string? Role, string Method, string Said, int Good, int Of, IReadOnlyList<string> Evidence);

/// <summary>A figure that the probe took.</summary>
/// <param name="Name">Name.</param>
/// <param name="Value">Value.</param>
/// <param name="Unit">Unit.</param>
/// <param name="Lower">Lower limit, null without.</param>
/// <param name="Upper">Upper limit, null without.</param>
/// <param name="Verdict">Its verdict.</param>
public sealed record ProbeFigure(string Name, double Value, string Unit, double? Lower, double? Upper, Verdict Verdict);

/// <summary>All that a probe found.</summary>
/// <param name="Info">The DUT before.</param>
/// <param name="Configured">Its pins before; they were put back.</param>
/// <param name="Findings">Functions in a fixed order.</param>
public sealed record ProbeResult(PlugInfo Info, PlugPins Configured, IReadOnlyList<ProbeFinding> Findings)
{
    /// <summary>What the DUT takes a pulse a second for, by what it read of pulses that the bench emitted: V, A and W; null where that was not seen.</summary>
    public (double? Volts, double? Amperes, double? Watts) PerHertz { get; init; }

    /// <summary>Pins that were found, with the role each needs.</summary>
    public IReadOnlyDictionary<int, string> Pins => Findings.Where(f => f is { Gpio: not null, Role: not null, Verdict: Verdict.Pass or Verdict.Warn })
        .ToDictionary(f => f.Gpio!.Value, f => f.Role!);
}

/// <summary>Takes what the probe does and finds, as it happens. Called by one task.</summary>
public interface IProbeLog
{
    /// <summary>A sentence for who waits.</summary>
    void Say(string text);

    /// <summary>One stimulus and what came of it.</summary>
    /// <param name="step">What was tried: "relay GPIO 2".</param>
    /// <param name="at">Run time.</param>
    /// <param name="ok">It did what was looked for.</param>
    /// <param name="duration">How long it took.</param>
    /// <param name="seen">What was seen.</param>
    void Trial(string step, TimeSpan at, bool ok, TimeSpan duration, string seen);

    /// <summary>A figure.</summary>
    void Figure(ProbeFigure figure);
}
