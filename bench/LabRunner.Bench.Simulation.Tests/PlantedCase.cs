using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Hardware.Virtual;

namespace LabRunner.Bench.Simulation.Tests;

/// <summary>A failure that is planted, and what the watch must make of it.</summary>
/// <param name="Name">What is planted.</param>
/// <param name="Class">Class of the truth table.</param>
/// <param name="Mode">Failure mode; null where the class alone is the answer.</param>
internal sealed record PlantedCase(string Name, string Class, string? Mode)
{
    /// <summary>Uptime at which it begins, s; varied with the seed.</summary>
    public double Uptime { get; init; } = 150;

    /// <summary>The faults, given the uptime at which they begin.</summary>
    public Func<double, VirtualFaultConfig[]> Faults { get; init; } = static _ => [];

    /// <summary>Faults of the sentinel.</summary>
    public Func<double, VirtualFaultConfig[]> SentinelFaults { get; init; } = static _ => [];

    /// <summary>Wall time at run time zero.</summary>
    public DateTimeOffset Origin { get; init; } = new(2026, 1, 5, 20, 0, 0, TimeSpan.Zero);

    /// <summary>What is done to the plug, given the uptime; null: nothing.</summary>
    public Func<SimulatedBench, double, Task>? Script { get; init; }

    /// <summary>How it is expected to end; null: it does not, in the time of the run.</summary>
    public string? Recovery { get; init; } = "power-cycle";

    /// <summary>How far the first symptom may lie from the truth, s.</summary>
    public double OnsetSlack { get; init; } = 2;

    /// <summary>Whether the first symptom is checked: not where the planted cause and its first sign are two things.</summary>
    public bool OnsetKnown { get; init; } = true;

    /// <summary>Longest time from the first symptom to the confirmation, s.</summary>
    public double ConfirmWithin { get; init; } = 45;

    /// <summary>Longest time from the first symptom to the recovery, s; with the ladder it takes its self-heal of 120 s and a boot.</summary>
    public double RecoverWithin { get; init; } = 300;

    /// <summary>How long the run takes, s.</summary>
    public double Length { get; init; } = 780;

    /// <summary>Word for no incident at all.</summary>
    public const string Nothing = "none";

    /// <summary>Class and mode as the matrix shows them.</summary>
    public string Expected => Mode is null ? Class : $"{Class} {Mode}";

    /// <summary>A fault with its parameters.</summary>
    public static VirtualFaultConfig Fault(string id, params (string Name, string Value)[] parameters) =>
        new(id, parameters.ToDictionary(p => p.Name, p => p.Value));

    /// <summary>A duration as the faults take it.</summary>
    public static string S(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds}s");

    /// <summary>A case of one fault that takes the uptime of its onset.</summary>
    public static PlantedCase AtUptime(string id, string @class, string? mode = null) =>
        new(id, @class, mode ?? id) { Faults = uptime => [Fault(id, ("uptime", S(uptime)))] };

    /// <inheritdoc/>
    public override string ToString() => Name;
}
