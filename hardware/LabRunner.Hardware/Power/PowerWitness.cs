using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Power;

/// <summary>A part of the slot that sees whether its supply is live, independently of the switch: relay sense, rail monitor.</summary>
/// <param name="Name">For messages.</param>
/// <param name="IsLiveAsync">True: it sees power.</param>
public sealed record PowerWitness(string Name, Func<CancellationToken, Task<bool>> IsLiveAsync);

/// <summary>The bench switched a supply off by itself.</summary>
/// <param name="At">Run time of the decision.</param>
/// <param name="Reason">Why, a sentence.</param>
/// <param name="Failure">Null: the output is confirmed off.</param>
public readonly record struct PowerTrip(TimeSpan At, string Reason, BenchFaultException? Failure);
