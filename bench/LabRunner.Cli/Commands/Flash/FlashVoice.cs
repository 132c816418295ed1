using System.Globalization;
using System.Text.Json;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Cli.Commands.Flash;

/// <summary>Sentences and progress of a flash command, for people or as JSON lines. Thread safe.</summary>
/// <param name="json">JSON lines on standard error; else sentences on standard output.</param>
internal sealed class FlashVoice(bool json)
{
    private Lines? _lines;

    /// <summary>Says what is done.</summary>
    public void Say(string sentence)
    {
        _lines?.Mark();
        if (json)
        {
            Console.Error.WriteLine(JsonSerializer.Serialize(new { say = sentence }, JsonSerializerOptions.Web));
        }
        else
        {
            Console.WriteLine(sentence);
        }
    }

    /// <summary>Takes progress; a line for each tenth of a step: readable in a log file as in a terminal.</summary>
    public IProgress<FlashProgress> Progress(TimeProvider clock) => _lines = new Lines(clock, json);

    private sealed class Lines(TimeProvider clock, bool json) : IProgress<FlashProgress>
    {
        private readonly Lock _gate = new();
        private string _step = "";
        private long _total;
        private int _tenth;
        private long _started;

        // A step is told of first when a part of it is done: it began when something was told of last.
        private long _last = clock.GetTimestamp();

        public void Mark()
        {
            lock (_gate)
            {
                _last = clock.GetTimestamp();
            }
        }

        public void Report(FlashProgress value)
        {
            lock (_gate)
            {
                if (value.Step != _step || value.Total != _total)
                {
                    (_step, _total, _tenth, _started) = (value.Step, value.Total, 0, _last);
                }

                _last = clock.GetTimestamp();

                int tenth = (int)(10 * value.Done / Math.Max(1, value.Total));
                if (tenth <= _tenth)
                {
                    return;
                }

                _tenth = tenth;
                double seconds = Math.Max(0.001, clock.GetElapsedTime(_started).TotalSeconds);
                double left = seconds * (value.Total - value.Done) / Math.Max(1, value.Done);
                if (json)
                {
                    Console.Error.WriteLine(JsonSerializer.Serialize(
                        new { step = value.Step, doneBytes = value.Done, totalBytes = value.Total, bytesPerSecond = (long)(value.Done / seconds), secondsLeft = Math.Round(left, 1) }, JsonSerializerOptions.Web));
                    return;
                }

                // What the chip compares by itself has no rate of the line to tell.
                string rate = value.Step is "verify" or "compare"
                    ? ""
                    : string.Create(CultureInfo.InvariantCulture, $"  {value.Done / seconds / 1024,7:N0} KiB/s  {left,4:N0} s left");
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"  {value.Step,-7} {tenth * 10,3} %  {value.Done,9:N0} of {value.Total:N0} bytes{rate}"));
            }
        }
    }
}
