using System.Device.Gpio;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Tests.Gpio;

namespace LabRunner.Hardware.Tests.KernelLab;

/// <summary>A gpio-sim chip under test; its outputs are followed by the kernel's own trace of the gpio subsystem.</summary>
internal sealed class GpioSimRig : ICdevRig
{
    private const string Tracing = "/sys/kernel/tracing";

    private readonly GpioDriver _driver;

    public GpioSimRig(Func<GpioSimChip, GpioDriver> driver)
    {
        Chip = new GpioSimChip(8, new Dictionary<int, string> { [Input] = InputName }, new Dictionary<int, string> { [HeldLine] = "somebody else" });
        _driver = driver(Chip);
    }

    public GpioSimChip Chip { get; }

    public GpioDriver Driver => _driver;

    public int Output => 3;

    public int Input => 5;

    public string InputName => "SENSE";

    public int HeldLine => 7;

    public bool OutputLevel => Chip[Output];

    public bool InputLevel => Chip[Input];

    public string InputConsumer
    {
        get
        {
            using CdevRequests anybody = new(Chip.DevicePath, "", LinuxGpioKernel.Instance);
            return anybody.Ask(Input).Consumer;
        }
    }

    public void Drive(bool high) => Chip.Pull(Input, high);

    public void PullOutput(bool high) => Chip.Pull(Output, high);

    /// <summary>Only this test uses gpio while it runs, so every "set" of the trace is its own.</summary>
    public IReadOnlyList<bool> OutputLevels(Action action)
    {
        List<bool> levels = [OutputLevel];
        string marker = $"from here {Guid.NewGuid()}";
        File.WriteAllText(Path.Combine(Tracing, "events/gpio/enable"), "1");
        File.WriteAllText(Path.Combine(Tracing, "trace_marker"), marker);
        action();
        File.WriteAllText(Path.Combine(Tracing, "events/gpio/enable"), "0");
        string[] trace = [.. File.ReadLines(Path.Combine(Tracing, "trace")).SkipWhile(line => !line.Contains(marker, StringComparison.Ordinal)).Skip(1)];
        Assert.That(trace, Is.Not.Empty, "the kernel traced nothing");
        foreach (string line in trace.Where(line => line.Contains("gpio_value:", StringComparison.Ordinal) && line.Contains(" set ", StringComparison.Ordinal)))
        {
            bool level = line.EndsWith('1');
            if (level != levels[^1])
            {
                levels.Add(level);
            }
        }

        return levels;
    }

    public ValueTask DisposeAsync()
    {
        _driver.Dispose();
        Chip.Dispose();
        return ValueTask.CompletedTask;
    }
}
