using System.Text.RegularExpressions;
using LabRunner.Bench.Api;

namespace LabRunner.Bench.Consoles;

/// <summary>The newest console lines with numbers that count for the whole run, for any number of readers. Thread safe.</summary>
internal sealed class ConsoleRing(int capacity)
{
    private readonly Lock _gate = new();
    private readonly ConsoleText?[] _lines = new ConsoleText?[capacity];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _next;

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

    /// <summary>Adds a line and wakes the readers.</summary>
    public ConsoleText Add(TimeSpan at, string text)
    {
        TaskCompletionSource waiting;
        ConsoleText line;
        lock (_gate)
        {
            line = new ConsoleText(_next, at, text);
            _lines[_next++ % capacity] = line;
            waiting = _more;
            _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiting.TrySetResult();
        return line;
    }

    /// <summary>Lines from a number on, oldest first; lines that have left the ring are missing.</summary>
    public IReadOnlyList<ConsoleText> Read(long from, int most) => ReadWithWait(from, most).Lines;

    /// <summary>The last lines before now, oldest first.</summary>
    public IReadOnlyList<ConsoleText> Tail(int count) => Read(Math.Max(0, Next - count), count);

    /// <summary>Waits for the first line from <paramref name="mark"/> on that matches.</summary>
    /// <returns>The line; null when the deadline passed first.</returns>
    /// <exception cref="ArgumentException">The pattern is no regular expression.</exception>
    public async Task<ConsoleText?> ExpectAsync(string pattern, long mark, TimeSpan limit, TimeProvider clock, CancellationToken cancellationToken)
    {
        Regex regex = new(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        using CancellationTokenSource deadline = new(limit, clock);
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
            long first = Math.Max(from, _next - capacity);
            List<ConsoleText> lines = [];
            for (long i = Math.Max(0, first); i < _next && lines.Count < most; i++)
            {
                lines.Add(_lines[i % capacity]!);
            }

            return (lines, _more.Task);
        }
    }
}
