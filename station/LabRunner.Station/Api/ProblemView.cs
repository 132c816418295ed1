using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;

namespace LabRunner.Station.Api;

/// <summary>What went wrong (RFC 9457), with what a program needs to tell it as its own: of an answer, an operation and a job alike.</summary>
/// <param name="Type">urn:labrunner:problem:…</param>
/// <param name="Title">What kind of failure.</param>
/// <param name="Status">HTTP status; of an operation and a job the one that a request would have had.</param>
/// <param name="Detail">What is wrong, where, and what to do.</param>
/// <param name="Stage">Of flashing: what was being done.</param>
/// <param name="Problem">The bare problem.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="Place">Of a bench fault: where.</param>
/// <param name="Fault">Of a bench fault: its kind.</param>
/// <param name="Files">Of files: what is wrong in them.</param>
public sealed record ProblemView(
    string Type, string Title, int Status, string Detail, string? Stage = null, string? Problem = null, string? Remedy = null, string? Place = null, FaultKind? Fault = null,
    IReadOnlyList<FileProblem>? Files = null);
