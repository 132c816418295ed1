using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>
/// Judges a run of a tool by what it printed and how it ended. Success takes all of: not killed, no failure line, exit code 0 where exit codes
/// mean something, and the success line. Lines come from one thread at a time.
/// </summary>
internal sealed class ToolVerdict
{
    private const int KeptLines = 4;
    private const int ShownLength = 200;

    private readonly ToolCommand _command;
    private readonly Action<int> _percent;
    private readonly Regex _success;
    private readonly Regex? _failure;
    private readonly Regex? _progress;
    private readonly Regex? _linkedPattern;
    private readonly TaskCompletionSource _linked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<string> _last = new();
    private string? _failureLine;
    private bool _succeeded;

    public ToolVerdict(ToolCommand command, Action<int> percent, string? linked)
    {
        (_command, _percent) = (command, percent);
        _success = new Regex(command.Success, ToolPattern.Options);
        _failure = Pattern(command.Failure);
        _progress = Pattern(command.Progress);
        _linkedPattern = Pattern(linked);
    }

    /// <summary>Ends when the tool says that it has the chip; never where its definition knows no such line.</summary>
    public Task Linked => _linked.Task;

    /// <summary>Its last lines, for a message; empty when it said nothing.</summary>
    public string LastWords => _last.Count == 0 ? "; it printed nothing" : $"; its last words: {string.Join(" | ", _last)}";

    /// <summary>Takes a line of output.</summary>
    public void Take(string line)
    {
        if (_progress?.Match(line) is { Success: true } progress
            && double.TryParse(progress.Groups["percent"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double percent) && percent is >= 0 and <= 100)
        {
            _percent((int)percent);
        }

        _succeeded |= _success.IsMatch(line);
        _failureLine ??= _failure?.IsMatch(line) == true ? Short(line) : null;
        if (_linkedPattern?.IsMatch(line) == true)
        {
            _linked.TrySetResult();
        }

        _last.Enqueue(Short(line));
        if (_last.Count > KeptLines)
        {
            _last.Dequeue();
        }
    }

    /// <summary>Why it is no success; null when nothing speaks against it.</summary>
    public string? Failure(int? exitCode, string? killed) =>
        killed is not null ? $"{killed} and was killed with its children"
        : _failureLine is not null ? $"it said '{_failureLine}'"
        : _command.ExitCodeTells && exitCode != 0 ? string.Create(CultureInfo.InvariantCulture, $"it ended with exit code {exitCode}")
        : !_succeeded ? string.Create(CultureInfo.InvariantCulture, $"it ended with exit code {exitCode} without the line of success, /{_command.Success}/")
        : null;

    private static Regex? Pattern(string? pattern) => pattern is null ? null : new Regex(pattern, ToolPattern.Options);

    private static string Short(string line) => line.Length > ShownLength ? line[..ShownLength] + "…" : line;
}
