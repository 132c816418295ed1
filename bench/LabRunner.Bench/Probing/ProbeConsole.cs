using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.RegularExpressions;
using LabRunner.Bench.Watch;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Probing;

/// <summary>
/// The console while a board is probed: knows when lines of a kind came, and keeps none of them but those asked for, since a boot prints the
/// Wi-Fi password. Thread safe.
/// </summary>
internal sealed partial class ProbeConsole : IAsyncDisposable
{
    private const int LongestLine = 4096;

    private readonly ISerialPort _port;
    private readonly LabClock _clock;
    private readonly Lock _gate = new();
    private readonly List<(TimeSpan At, string Text)> _told = [];
    private readonly Task _reading;
    private TimeSpan? _lastByte;

    private ProbeConsole(ISerialPort port, LabClock clock)
    {
        (_port, _clock) = (port, clock);
        _reading = clock.RunAsync(ReadAsync);
    }

    /// <summary>First sign of the SDK or, on a chip whose SDK prints none, of the app.</summary>
    public const string Banner = "banner";

    /// <summary>The once-a-second line.</summary>
    public const string Heartbeat = "heartbeat";

    public static async Task<ProbeConsole> OpenAsync(IConsolePort port, LabClock clock, CancellationToken cancellationToken) =>
        new(await port.OpenAsync(cancellationToken).ConfigureAwait(false), clock);

    /// <summary>When and how the first line of a kind came since a time; null: none did.</summary>
    public (TimeSpan At, string Text)? First(string kind, TimeSpan since)
    {
        Func<string, bool> isOne = kind == Banner ? BootBanner.IsLine : HeartbeatLine().IsMatch;
        lock (_gate)
        {
            return _told.Where(t => t.At >= since && isOne(t.Text)).Select(t => ((TimeSpan, string)?)t).FirstOrDefault();
        }
    }

    /// <summary>Something came since a time.</summary>
    public bool HeardSince(TimeSpan since)
    {
        lock (_gate)
        {
            return _lastByte >= since;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _port.DisposeAsync().ConfigureAwait(false);
        _port.Input.CancelPendingRead();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ReadAsync()
    {
        while (true)
        {
            ReadResult result = await _port.Input.ReadAsync().ConfigureAwait(false);
            if (result.IsCanceled)
            {
                return;
            }

            ReadOnlySequence<byte> left = result.Buffer;
            TimeSpan at = _clock.Elapsed;
            lock (_gate)
            {
                _lastByte = left.IsEmpty ? _lastByte : at;
                while (left.PositionOf((byte)'\n') is { } end)
                {
                    Take(at, Encoding.UTF8.GetString(left.Slice(0, end)).Trim());
                    left = left.Slice(left.GetPosition(1, end));
                }
            }

            // What never ends is no line: noise at a wrong speed.
            _port.Input.AdvanceTo(left.Length > LongestLine ? left.End : left.Start, left.End);
            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    private void Take(TimeSpan at, string line)
    {
        if (BootBanner.IsLine(line) || HeartbeatLine().IsMatch(line))
        {
            _told.Add((at, line));
        }
    }

    [GeneratedRegex(@"Info:MAIN:(\[SAFE\] )?Time \d+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex HeartbeatLine();
}
