using System.Globalization;
using LabRunner.Hardware.Benchmarks;

// Prints each figure of the own tty driver beside that of System.IO.Ports, taken in the same run over pseudo terminals, and their ratio.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string only = args.Length > 0 ? args[0] : "";
Console.WriteLine($"{"",-58}{"tty",12}{"serialport",12}{"ratio",9}");
foreach ((string name, Func<Backend, double> measure) in new (string, Func<Backend, double>)[]
    {
        ("command to reply, 8 bytes each, median, µs", RoundTrip.Median),
        ("command to reply, 99th percentile, µs", RoundTrip.Tail),
        ("220 KB boot log to its matched last line, median, ms", BootLog.ToMatchedLine),
        ("one idle port, share of a core, %", Idle.SharePerPort),
        ("16 ports at 2 Mbaud, stamped and matched, share of a core, %", Fleet.Share),
    })
{
    if (name.Contains(only, StringComparison.Ordinal))
    {
        double own = measure(Backend.Own);
        double system = measure(Backend.System);
        Console.WriteLine($"{name,-58}{own,12:0.00}{system,12:0.00}{system / own,8:0.0}x");
    }
}

if (FlashSpeed.Name.Contains(only, StringComparison.Ordinal))
{
    FlashSpeed.Print();
}

Console.WriteLine(Fleet.Lost == 0 ? "No line was lost." : $"{Fleet.Lost} LINES WERE LOST.");
return Fleet.Lost == 0 ? 0 : 1;
