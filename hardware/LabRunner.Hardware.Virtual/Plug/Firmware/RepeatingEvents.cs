using LabRunner.Hardware.Virtual.Plug.Faults;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>addRepeatingEvent: commands run every so many seconds; volatile.</summary>
internal sealed class RepeatingEvents(PlugFirmware firmware)
{
    private readonly List<Entry> _entries = [];

    public int Count => _entries.Count;

    public IEnumerable<string> Describe() => _entries.Select(e => $"Repeater: interval {e.Interval}, left {e.Left}, cmd {e.Command}");

    /// <param name="interval">Seconds, at least 1.</param>
    /// <param name="times">Number of runs, -1 for ever.</param>
    /// <param name="command">Console line.</param>
    public void Add(int interval, int times, string command)
    {
        _entries.Add(new Entry(interval, command) { Left = times, In = interval });
        foreach (PlantedFault fault in firmware.Faults)
        {
            fault.OnRepeatingEvent(firmware, interval);
        }
    }

    public void Clear() => _entries.Clear();

    public void EverySecond()
    {
        foreach (Entry entry in _entries.ToArray())
        {
            if (--entry.In > 0)
            {
                continue;
            }

            entry.In = entry.Interval;
            if (entry.Left > 0)
            {
                entry.Left--;
            }

            if (entry.Left == 0)
            {
                _entries.Remove(entry);
            }

            firmware.Commands.Execute(entry.Command);
        }
    }

    private sealed class Entry(int interval, string command)
    {
        public int Interval { get; } = interval;

        public string Command { get; } = command;

        public int Left { get; set; }

        public int In { get; set; }
    }
}
