using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Hardware.Tests.KernelLab;

/// <summary>
/// A chip of the kernel's gpio-sim (Documentation/admin-guide/gpio/gpio-sim.rst), made through configfs and gone with its disposal. Not thread
/// safe.
/// </summary>
internal sealed class GpioSimChip : IDisposable
{
    private const string Root = "/sys/kernel/config/gpio-sim";
    private static int _made;

    private readonly string _folder;
    private readonly string _lines;
    private readonly Dictionary<int, SafeFileHandle> _pulls = [];

    public GpioSimChip(int lines, IReadOnlyDictionary<int, string> names, IReadOnlyDictionary<int, string> hogs)
    {
        if (!IsOffered)
        {
            throw new DirectoryNotFoundException($"This kernel has no gpio-sim ({Root}): run the tests of category kernel-lab by './lab test kernel-lab'.");
        }

        Label = string.Create(CultureInfo.InvariantCulture, $"lab-{Environment.ProcessId}-{Interlocked.Increment(ref _made)}");
        _folder = Path.Combine(Root, Label);
        string bank = Path.Combine(_folder, "bank0");
        Directory.CreateDirectory(bank);
        File.WriteAllText(Path.Combine(bank, "num_lines"), lines.ToString(CultureInfo.InvariantCulture));
        File.WriteAllText(Path.Combine(bank, "label"), Label);
        foreach ((int line, string name) in names)
        {
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Line(bank, line)).FullName, "name"), name);
        }

        foreach ((int line, string consumer) in hogs)
        {
            string hog = Directory.CreateDirectory(Path.Combine(Line(bank, line), "hog")).FullName;
            File.WriteAllText(Path.Combine(hog, "name"), consumer);
            File.WriteAllText(Path.Combine(hog, "direction"), "input");
        }

        File.WriteAllText(Path.Combine(_folder, "live"), "1");
        string chip = File.ReadAllText(Path.Combine(bank, "chip_name")).Trim();
        DevicePath = "/dev/" + chip;
        _lines = Path.Combine("/sys/devices/platform", File.ReadAllText(Path.Combine(_folder, "dev_name")).Trim(), chip);
    }

    /// <summary>True where the kernel has gpio-sim: in the kernel lab.</summary>
    public static bool IsOffered => Directory.Exists(Root);

    /// <summary>Label, as an inventory names the chip.</summary>
    public string Label { get; }

    public string DevicePath { get; }

    /// <summary>Drives a line from outside, weakly: one system call, in which the kernel stamps the edge.</summary>
    public void Pull(int line, bool high)
    {
        if (!_pulls.TryGetValue(line, out SafeFileHandle? pull))
        {
            _pulls[line] = pull = File.OpenHandle(Attribute(line, "pull"), FileMode.Open, FileAccess.Write);
        }

        RandomAccess.Write(pull, high ? "pull-up"u8 : "pull-down"u8, 0);
    }

    /// <summary>The line's level.</summary>
    public bool this[int line] => File.ReadAllText(Attribute(line, "value")).Trim() == "1";

    public void Dispose()
    {
        foreach (SafeFileHandle pull in _pulls.Values)
        {
            pull.Dispose();
        }

        File.WriteAllText(Path.Combine(_folder, "live"), "0");
        string bank = Path.Combine(_folder, "bank0");
        foreach (string line in Directory.GetDirectories(bank))
        {
            foreach (string hog in Directory.GetDirectories(line))
            {
                Directory.Delete(hog);
            }

            Directory.Delete(line);
        }

        Directory.Delete(bank);
        Directory.Delete(_folder);
    }

    private static string Line(string bank, int line) => Path.Combine(bank, string.Create(CultureInfo.InvariantCulture, $"line{line}"));

    private string Attribute(int line, string name) => Path.Combine(_lines, string.Create(CultureInfo.InvariantCulture, $"sim_gpio{line}"), name);
}
