using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Consoles;

namespace LabRunner.Hardware.Benchmarks;

/// <summary>Does to each line what a console needs: stamps it, makes it text, matches it.</summary>
internal sealed partial class LineReader
{
    /// <summary>Lines so far.</summary>
    public int Lines { get; private set; }

    /// <summary>Lines whose number did not follow that of the line before.</summary>
    public int Broken { get; private set; }

    /// <summary>Stamp of the newest line.</summary>
    public long Stamp { get; private set; }

    /// <summary>Reads until a line says "ready".</summary>
    public async Task ReadAsync(ISerialPort port)
    {
        while (true)
        {
            ReadResult result = await port.Input.ReadAsync().ConfigureAwait(false);
            ReadOnlySequence<byte> rest = result.Buffer;
            bool ready = false;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                Stamp = TimeProvider.System.GetTimestamp();
                ready |= Take(Encoding.UTF8.GetString(rest.Slice(0, end)));
                rest = rest.Slice(rest.GetPosition(1, end));
            }

            port.Input.AdvanceTo(rest.Start, rest.End);
            if (ready)
            {
                return;
            }
        }
    }

    /// <summary>A line of 64 bytes with its number, or the last one.</summary>
    public static byte[] Line(int number, bool ready = false) =>
        Encoding.ASCII.GetBytes($"{number:00000000} Info:MAIN:Time {number % 997}, idle 0/s, {(ready ? "ready" : "free 99")}".PadRight(62) + "\r\n");

    private bool Take(string line)
    {
        Broken += int.TryParse(line.AsSpan(0, Math.Min(8, line.Length)), out int number) && number == Lines ? 0 : 1;
        Lines++;
        return Ready().IsMatch(line);
    }

    [GeneratedRegex(@"Info:MAIN:Time \d+, idle \d+/s, ready")]
    private static partial Regex Ready();
}
