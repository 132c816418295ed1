using System.Text.Json;
using System.Text.Json.Serialization;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Station.Api;

/// <summary>A firmware file that the station keeps.</summary>
/// <param name="Sha256">SHA-256 in lower-case hexadecimal: its name in the API.</param>
/// <param name="Name">What its sender called it.</param>
/// <param name="Bytes">Length.</param>
/// <param name="Kind">What it is.</param>
/// <param name="KindText">The same for people.</param>
/// <param name="Chip">Chip it is for.</param>
/// <param name="Version">Build that it, or its name, tells; null: none.</param>
/// <param name="Problems">What is wrong with it; empty for a sound one.</param>
/// <param name="At">When it came last.</param>
/// <param name="By">Who sent it.</param>
public sealed record ImageView(
    string Sha256, string Name, long Bytes, ImageKind Kind, string KindText, string Chip, string? Version, IReadOnlyList<string> Problems, DateTimeOffset At, string By);

/// <summary>Flash a slot over its UART.</summary>
/// <param name="Image">SHA-256 of a file that was sent to /images.</param>
/// <param name="Name">What the file is called in sentences; default: what its sender called it. Never opened.</param>
/// <param name="EraseSettings">Write settings and calibration of a whole-flash image too. Default false.</param>
/// <param name="Force">Write also what is right already. Default false.</param>
/// <param name="ExpectVersion">What the firmware prints at its start; default: the version that the image names.</param>
/// <param name="Flasher">A flasher of hardware/flashers, or built-in; default: the slot's, else its board's.</param>
/// <param name="Baud">Speed of the link, 1200 to 4000000 baud; default: the fastest that works.</param>
/// <param name="Why">For the audit log and whoever wants the slot meanwhile.</param>
public sealed record FlashOrderRequest(
    string Image, string? Name = null, bool EraseSettings = false, bool Force = false, string? ExpectVersion = null, string? Flasher = null, int? Baud = null, string? Why = null);

/// <summary>Update a slot over its network.</summary>
/// <param name="Image">SHA-256 of a file that was sent to /images.</param>
/// <param name="Name">What the file is called in sentences; default: what its sender called it. Never opened.</param>
/// <param name="Expect">Text that the build must contain afterwards; default: the version that the file or its name tells.</param>
/// <param name="Anyway">Send also a file that is known to be bad. Default false.</param>
/// <param name="BytesPerSecond">Most body bytes a second of run time, 100 or more; default: as fast as the device takes them.</param>
/// <param name="AbortAt">Leave after so many bytes of the file (513) or a share of it (50%), reboot, and see the old firmware up.</param>
/// <param name="AbortBy">How to leave. Default Fin.</param>
/// <param name="StallAt">Stop sending after so many bytes or a share, and go on after <paramref name="StallSeconds"/>.</param>
/// <param name="StallSeconds">Length of the stall, run time, up to 3600. Default 60.</param>
/// <param name="StallLimitSeconds">Give up after this time in which the device takes nothing. Default 30.</param>
/// <param name="Framing">How the body's length is told. Default ContentLength.</param>
/// <param name="ContentLength">Content-Length to state in place of the true one.</param>
/// <param name="Why">For the audit log and whoever wants the slot meanwhile.</param>
public sealed record OtaRequest(
    string Image, string? Name = null, string? Expect = null, bool Anyway = false, int? BytesPerSecond = null, string? AbortAt = null, OtaAbort AbortBy = OtaAbort.Fin, string? StallAt = null,
    double? StallSeconds = null, double? StallLimitSeconds = null, OtaFraming Framing = OtaFraming.ContentLength, long? ContentLength = null, string? Why = null);

/// <summary>Find out which pin of a slot's board does what.</summary>
/// <param name="Name">Name of the proposed board file: 1 to 60 letters, digits, dots and dashes, not beginning with a dot.</param>
/// <param name="Title">Title of the board, for people. Default: its name.</param>
/// <param name="Toggles">Toggles of the relay that confirm its pin, 1 to 200. Default 20.</param>
/// <param name="Presses">Presses of the button that confirm its pin, 1 to 100. Default 10.</param>
/// <param name="Boots">Power cycles for the boot times, 0 to 20. Default 3.</param>
/// <param name="Skip">GPIOs that must not be touched.</param>
/// <param name="Why">For the audit log.</param>
public sealed record ProbeRequest(
    string Name, string? Title = null, int? Toggles = null, int? Presses = null, int? Boots = null, IReadOnlyList<int>? Skip = null, string? Why = null);

/// <summary>Where a long act stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OperationState>))]
public enum OperationState
{
    /// <summary>It goes on.</summary>
    Running,

    /// <summary>It came to its end, and all is well.</summary>
    Done,

    /// <summary>It failed; its problem says at what.</summary>
    Failed,

    /// <summary>Somebody ended it; the slot is safe.</summary>
    Cancelled,
}

/// <summary>A long act on a slot: it is asked for, goes on by itself, and is looked at.</summary>
/// <param name="Id">Its name in the API.</param>
/// <param name="Kind">flash, ota, probe, flash-info, flash-read or flash-erase.</param>
/// <param name="Slot">Slot.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Owner">Who asked for it.</param>
/// <param name="Why">Why.</param>
/// <param name="Image">SHA-256 of the firmware file; null: it needs none.</param>
/// <param name="Name">What that is called; of a probe the proposed board, of flash the stretch.</param>
/// <param name="Created">When it was asked for.</param>
/// <param name="Ended">When it ended; null: not yet.</param>
/// <param name="Progress">How far the step is that goes on; null before the first.</param>
/// <param name="Said">What was done so far, a sentence each.</param>
/// <param name="Outcome">What came of it; null before its end and where it failed early.</param>
/// <param name="Problem">Why it is not Done, as application/problem+json has it; null while it runs or is Done.</param>
public sealed record OperationView(
    string Id, string Kind, string Slot, OperationState State, string Owner, string? Why, string? Image, string Name, DateTimeOffset Created, DateTimeOffset? Ended,
    OperationProgress? Progress, IReadOnlyList<string> Said, JsonElement? Outcome, ProblemView? Problem);

/// <summary>How far a step of an operation is.</summary>
/// <param name="Step">erase, write, compare, verify, read, upload.</param>
/// <param name="Done">Bytes done.</param>
/// <param name="Total">Bytes in all.</param>
public sealed record OperationProgress(string Step, long Done, long Total);

/// <summary>Something that happened in an operation; one of the three is set.</summary>
/// <param name="Number">Counts from 0; a viewer goes on after the last it has.</param>
/// <param name="At">Wall time.</param>
/// <param name="Said">A sentence.</param>
/// <param name="Progress">A step went on.</param>
/// <param name="Ended">The last event: how it ended.</param>
public sealed record OperationEvent(long Number, DateTimeOffset At, string? Said, OperationProgress? Progress, OperationView? Ended);
