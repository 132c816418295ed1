using System.Globalization;
using LabRunner.Hardware.Benchmarks;
using LabRunner.Hardware.Tests.KernelLab;

// Prints each figure of an own driver beside that of another way to the same device, taken in the same run, and their ratio. Consoles are
// measured over pseudo terminals; edges need the gpio-sim of the kernel lab. An argument is a part of the names to measure.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string only = args.Length > 0 ? args[0] : "";
Print("tty", "serialport", Backend.Own, Backend.System,
    ("command to reply, 8 bytes each, median, µs", RoundTrip.Median),
    ("command to reply, 99th percentile, µs", RoundTrip.Tail),
    ("220 KB boot log to its matched last line, median, ms", BootLog.ToMatchedLine),
    ("one idle port, share of a core, %", Idle.SharePerPort),
    ("16 ports at 2 Mbaud, stamped and matched, share of a core, %", Fleet.Share));
Console.WriteLine(Fleet.Lost == 0 ? "No line was lost." : $"{Fleet.Lost} LINES WERE LOST.");
if (FlashSpeed.Name.Contains(only, StringComparison.Ordinal))
{
    FlashSpeed.Print();
}

if (Unplug.IsOffered)
{
    Console.WriteLine();
    Print("tty", "serialport", Backend.Own, Backend.System,
        ("unplug, from the kernel's word to the end of the input, median, ms", Unplug.AfterKernel),
        ("the same, worst of 15, ms (aim: 50)", Unplug.AfterKernelAtWorst),
        ("unplug, from QEMU's command, median, ms", Unplug.AfterCommand));
}

if (GpioSimChip.IsOffered)
{
    Console.WriteLine();
    Print("cdev", "libgpiod", EdgeBackend.Cdev, EdgeBackend.LibGpiod,
        ("edge to event, median, µs", EdgeLatency.Median),
        ("edge to event, 99th percentile, µs", EdgeLatency.Tail),
        ($"edges lost of a burst of {EdgeBurst.Short}", EdgeBurst.LostOfShort),
        ($"edges lost of a burst of {EdgeBurst.Long}", EdgeBurst.LostOfLong),
        ("pause between the edges of that burst, median, µs", EdgeBurst.Pause));
}
else
{
    Console.WriteLine("Edges are left out: this kernel has no gpio-sim. './lab test kernel-lab-bench' measures them in the kernel lab.");
}

return Fleet.Lost == 0 ? 0 : 1;

void Print<T>(string ownName, string otherName, T own, T other, params (string Name, Func<T, double> Measure)[] rows)
{
    if (!Array.Exists(rows, row => row.Name.Contains(only, StringComparison.Ordinal)))
    {
        return;
    }

    Console.WriteLine($"{"",-68}{ownName,12}{otherName,12}{"ratio",9}");
    foreach ((string name, Func<T, double> measure) in rows.Where(row => row.Name.Contains(only, StringComparison.Ordinal)))
    {
        double ours = measure(own);
        double theirs = measure(other);
        string ratio = ours > 0 ? $"{theirs / ours:0.0}x" : theirs > 0 ? "∞" : "";
        Console.WriteLine($"{name,-68}{ours,12:0.00}{theirs,12:0.00}{ratio,9}");
    }
}
