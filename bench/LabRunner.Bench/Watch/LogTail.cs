using System.Text;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Watch;

/// <summary>
/// Follows a log file of this machine from its end on: lines as they come, through rotation and truncation, and from the beginning of a file
/// that appears later. Looks once a run second. One reader.
/// </summary>
internal sealed class LogTail(string path, LabClock clock, Action<TimeSpan, string> line, Action<string> trouble)
{
    private const int LongestLine = 4096;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly byte[] _buffer = new byte[16_384];
    private readonly StringBuilder _rest = new();
    private long? _position;
    private string? _told;

    /// <summary>Follows until cancelled. What was in the file before the first look is of another night.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _position = File.Exists(path) ? new FileInfo(path).Length : 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            Look();
            await Task.Delay(Every, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads what is new.</summary>
    public void Look()
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length < (_position ??= 0))
            {
                // Rotated or emptied: all of the new file is new.
                _position = 0;
                _rest.Clear();
            }

            file.Position = _position.Value;
            int count;
            while ((count = file.Read(_buffer)) > 0)
            {
                _position += count;
                Feed(Encoding.UTF8.GetString(_buffer, 0, count));
            }

            _told = null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Told once: between two rotations a file may be missing for a moment, and one without the right stays so.
            if (_told != failure.Message)
            {
                _told = failure.Message;
                trouble(failure.Message);
            }
        }
    }

    private void Feed(string text)
    {
        foreach (char c in text)
        {
            if (c == '\n')
            {
                line(clock.Elapsed, _rest.ToString().TrimEnd('\r'));
                _rest.Clear();
            }
            else if (_rest.Length < LongestLine)
            {
                _rest.Append(c);
            }
        }
    }
}
