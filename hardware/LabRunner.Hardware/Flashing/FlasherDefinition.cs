using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace LabRunner.Hardware.Flashing;

/// <summary>When the bench brings the chip into download mode, seen from the tool.</summary>
public enum DownloadEntry
{
    /// <summary>Before the tool starts: the boot ROM waits for it.</summary>
    Before,

    /// <summary>While the tool runs and tries: the chip listens only for a moment after its start.</summary>
    During,
}

/// <summary>How the bench brings the chip into download mode for a tool, with its own strap and supply: the tool moves no modem line.</summary>
public sealed record ToolDownload
{
    /// <summary>The pin and its level, for people: "GPIO0 low".</summary>
    [Description("The pin and its level, for people.")]
    public required string Pin { get; init; }

    /// <summary>The slot's boot strap is asserted while the chip starts. Default true; false for chips without such a pin.</summary>
    [Description("The slot's boot strap is asserted while the chip starts. Default true.")]
    public bool Strap { get; init; } = true;

    /// <summary>When power (or reset) is cycled. Default before the tool starts.</summary>
    [Description("When power or reset is cycled: before the tool starts, or during its run.")]
    public DownloadEntry Power { get; init; } = DownloadEntry.Before;

    /// <summary>Off time of a power cycle, run time. Default 1 s.</summary>
    [Description("Off time of the power cycle. Default 1s.")]
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan Off { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Wait after power is on before the tool starts, run time. Default 200 ms.</summary>
    [Description("Wait after power-on before the tool starts. Default 200ms.")]
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Settle { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>With <see cref="DownloadEntry.During"/>: from the tool's start to the first power cycle, and from one to the next. Default 3 s.</summary>
    [Description("With 'power: during': time from the tool's start to the first cycle, and between cycles. Default 3s.")]
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>With <see cref="DownloadEntry.During"/>: what the tool prints once it has the chip; power is left alone from then on.</summary>
    [Description("With 'power: during': regular expression of the line by which the tool says that it has the chip.")]
    public string? Linked { get; init; }
}

/// <summary>One way to run a tool. Time limits are machine time: foreign programs do not follow the run's clock.</summary>
public sealed record ToolCommand
{
    /// <summary>Arguments, passed as they are and without a shell; {port}, {image} and the like are put in.</summary>
    [Description("Arguments, passed without a shell, with placeholders.")]
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Regular expression of a line without which it did not succeed.</summary>
    [Description("Regular expression of a line without which it did not succeed.")]
    public required string Success { get; init; }

    /// <summary>Regular expression of a line with which it failed, whatever else it says; null: none.</summary>
    [Description("Regular expression of a line with which it failed, whatever else it says.")]
    public string? Failure { get; init; }

    /// <summary>Regular expression with the group "percent" of a line that tells how far it is; null: none.</summary>
    [Description("Regular expression with a group 'percent' of a line that tells how far it is.")]
    public string? Progress { get; init; }

    /// <summary>True: another exit code than 0 is a failure. False where the tool's exit codes mean nothing. Default true.</summary>
    [Description("An exit code other than 0 is a failure. Default true.")]
    public bool ExitCodeTells { get; init; } = true;

    /// <summary>Longest time without any output; then it is killed. Default 60 s.</summary>
    [Description("Longest time without output; then it is killed. Default 1m.")]
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest time in all; then it is killed. Default 15 min.</summary>
    [Description("Longest time in all; then it is killed. Default 15m.")]
    [Range(typeof(TimeSpan), "00:00:00.100", "06:00:00")]
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(15);
}

/// <summary>How a tool tells its version.</summary>
public sealed record ToolVersion
{
    /// <summary>Arguments.</summary>
    [Description("Arguments that make it print its version.")]
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Regular expression with the group "version".</summary>
    [Description("Regular expression with a group 'version'.")]
    public required string Matches { get; init; }
}

/// <summary>
/// A flashing program of somebody else, as a file of hardware/flashers describes it. What it says is never taken for success: see
/// <see cref="ToolCommand"/> and the check that the bench makes afterwards.
/// </summary>
public sealed record FlasherDefinition
{
    /// <summary>Name, that of its file.</summary>
    [Description("Name, that of the file.")]
    public required string Flasher { get; init; }

    /// <summary>What it is.</summary>
    [Description("What it is, for people.")]
    public required string Title { get; init; }

    /// <summary>Where it is had.</summary>
    [Description("Where it is had, for who does not have it.")]
    public required string Had { get; init; }

    /// <summary>Programs, names of PATH or absolute paths; the first that is there is taken.</summary>
    [Description("Names of the program; the first that is there is taken.")]
    public required IReadOnlyList<string> Programs { get; init; }

    /// <summary>Chips it serves, as board files call them.</summary>
    [Description("Chips it serves, as board files call them.")]
    public required IReadOnlyList<string> Chips { get; init; }

    /// <summary>Kinds of image it takes, words of <see cref="Images.ImageKind"/>.</summary>
    [Description("Kinds of image it takes.")]
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>
    /// True: it writes any stretch at {address}, so that the bench hands it stretches and settings can be kept. False: it takes the file as a
    /// whole. Default true.
    /// </summary>
    [Description("It writes any stretch at {address}, so that settings can be kept. False: it takes the file as a whole. Default true.")]
    public bool Pieces { get; init; } = true;

    /// <summary>Speed that {baud} stands for unless another is asked for, baud.</summary>
    [Description("Speed that {baud} stands for.")]
    [Range(1200, 4_000_000)]
    public required int Baud { get; init; }

    /// <summary>Download mode.</summary>
    [Description("How the bench brings the chip into download mode for it.")]
    public required ToolDownload Download { get; init; }

    /// <summary>Version; null: it does not tell.</summary>
    [Description("How it tells its version.")]
    public ToolVersion? Version { get; init; }

    /// <summary>Writing.</summary>
    [Description("Writing.")]
    public required ToolCommand Write { get; init; }

    /// <summary>Reading back; null: it cannot.</summary>
    [Description("Reading back {length} bytes from {address} into {file}.")]
    public ToolCommand? Read { get; init; }
}

/// <summary>What patterns and arguments of every definition have in common.</summary>
public static class ToolPattern
{
    /// <summary>Options of every pattern: a tool's output is nothing to trust, so that no pattern may take long.</summary>
    public static RegexOptions Options => RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    /// <summary>Names that arguments may hold in braces.</summary>
    public static IReadOnlyList<string> Placeholders { get; } = ["port", "baud", "chip", "address", "length", "image", "file"];
}
