using System.Text.RegularExpressions;
using LabRunner.Bench.Api;

namespace LabRunner.Bench.Consoles;

/// <summary>The newest console lines with numbers that count for the whole run, for any number of readers. Thread safe.</summary>
/// <param name="capacity">Most lines kept.</param>
/// <param name="characters">Most characters kept, so that a flood of long lines costs no more memory; the newest line is kept whatever its length.</param>
internal sealed class ConsoleRing(int capacity, int characters = ConsoleRing.KeptCharacters)
{
    /// <summary>Characters kept by default: 8 MB.</summary>
    public const int KeptCharacters = 4 << 20;

    private readonly Lock _gate = new();
    private readonly ConsoleText?[] _lines = new ConsoleText?[capacity];
    private TaskCompletionSource? _more;
    private long _first;
    private long _next;
    private long _held;

    /// <summary>Number of the next line.</summary>
    public long Next
    {
        get
        {
            lock (_gate)
            {
                return _next;
            }
        }
    }

    /// <summary>Adds a line and wakes the readers that wait.</summary>
    public ConsoleText Add(TimeSpan at, string text)
    {
        TaskCompletionSource? waiting;
        ConsoleText line;
        lock (_gate)
        {
            _held += text.Length;
            while (_first < _next && (_next - _first == capacity || _held > characters))
            {
                _held -= _lines[_first % capacity]!.Text.Length;
                _lines[_first++ % capacity] = null;
            }

            line = new ConsoleText(_next, at, text);
            _lines[_next++ % capacity] = line;
            waiting = _more;
            _more = null;
        }

        waiting?.TrySetResult();
        return line;
    }

    /// <summary>Lines from a number on, oldest first; lines that have left the ring are missing.</summary>
    public IReadOnlyList<ConsoleText> Read(long from, int most)
    {
        lock (_gate)
        {
            return Held(from, most);
        }
    }

    /// <summary>Waits until there are lines from a number on.</summary>
    /// <returns>At least one, oldest first; lines that have left the ring are missing.</returns>
    public async Task<IReadOnlyList<ConsoleText>> WaitAsync(long from, CancellationToken cancellationToken)
    {
        while (true)
        {
            (IReadOnlyList<ConsoleText> lines, Task more) = ReadWithWait(from, int.MaxValue);
            if (lines.Count > 0)
            {
                return lines;
            }

            await more.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The last lines before now, oldest first.</summary>
    public IReadOnlyList<ConsoleText> Tail(int count) => Read(Math.Max(0, Next - count), count);

    /// <summary>Waits for the first line from <paramref name="mark"/> on that matches.</summary>
    /// <returns>The line; null when the deadline passed first.</returns>
    /// <exception cref="ArgumentException">The pattern is no regular expression.</exception>
    public async Task<ConsoleText?> ExpectAsync(string pattern, long mark, TimeSpan limit, TimeProvider clock, CancellationToken cancellationToken)
    {
        Regex regex = new(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

        // A caller that is later than its own deadline still gets what has come already.
        using CancellationTokenSource deadline = new(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        while (true)
        {
            (IReadOnlyList<ConsoleText> lines, Task more) = ReadWithWait(mark, int.MaxValue);
            foreach (ConsoleText line in lines)
            {
                if (regex.IsMatch(line.Text))
                {
                    return line;
                }

                mark = line.Number + 1;
            }

            try
            {
                await more.WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    private (IReadOnlyList<ConsoleText> Lines, Task More) ReadWithWait(long from, int most)
    {
        lock (_gate)
        {
            _more ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return (Held(from, most), _more.Task);
        }
    }

    private List<ConsoleText> Held(long from, int most)
    {
        List<ConsoleText> lines = [];
        for (long i = Math.Max(from, _first); i < _next && lines.Count < most; i++)
        {
            lines.Add(_lines[i % capacity]!);
        }

        return lines;
    }
}
