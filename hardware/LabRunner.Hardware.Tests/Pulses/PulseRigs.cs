using System.Device.Gpio;
using LabRunner.Hardware.Drivers.Pulses;
using LabRunner.Hardware.Drivers.Pwm;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Tests.Host;
using LabRunner.Hardware.Virtual.Harness;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>A pulse source with something at its far end that a test can look at.</summary>
internal abstract class PulseRig : IAsyncDisposable
{
    /// <summary>The source under test.</summary>
    public abstract IPulseSource Source { get; }

    /// <summary>True while the far end is told to emit on a channel; asked after disposal too.</summary>
    public abstract Task<bool> EmitsAsync(PulseChannel channel);

    /// <summary>Lets time pass where the source's time stands still.</summary>
    public virtual Task PassAsync() => Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);

    public abstract ValueTask DisposeAsync();
}

/// <summary>PWM over a folder that looks like /sys/class/pwm.</summary>
internal sealed class SysfsRig : PulseRig
{
    private readonly TemporaryFolder _root = new();

    public SysfsRig()
    {
        string chip = _root.File("pwmchip0");
        for (int channel = 0; channel < 3; channel++)
        {
            string folder = Directory.CreateDirectory(Path.Combine(chip, $"pwm{channel}")).FullName;
            foreach (string file in (string[])["period", "duty_cycle", "enable"])
            {
                File.WriteAllText(Path.Combine(folder, file), "0\n");
            }
        }

        FakeContext context = new FakeContext().With("pwm", new SysfsPwmChip(new SysfsPwmChipOptions { Chip = "0", Root = Path.GetDirectoryName(chip)! }, new FakeContext()));
        Source = new PwmPulses(new PwmPulsesOptions { Chip = "pwm", Cf = 0, Cf1Voltage = 1, Cf1Current = 2 }, context);
    }

    public override IPulseSource Source { get; }

    public override Task<bool> EmitsAsync(PulseChannel channel) =>
        Task.FromResult(File.ReadAllText(Path.Combine(_root.File("pwmchip0"), $"pwm{(int)channel}", "enable")).Trim() == "1");

    public override async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        _root.Dispose();
    }
}

/// <summary>PWM of the virtual bench over its socket.</summary>
internal sealed class HarnessRig : PulseRig
{
    private readonly TemporaryFolder _folder = new();
    private readonly RunningEngine _engine = new();
    private readonly FakeHarnessPlug _plug = new("p1");
    private readonly HarnessServer _server;
    private readonly HarnessPwmChip _chip;

    public HarnessRig()
    {
        string socket = _folder.File("harness.sock");
        _server = new HarnessServer(socket, new HarnessBoard([_plug], _engine.Clock.ToMonotonicNanoseconds, () => _engine.Engine.Now), _engine.Engine.Post);
        _chip = new HarnessPwmChip(new HarnessPwmChip.Options { Socket = socket }, new HarnessContext(_engine.Clock));
        Source = new PwmPulses(new PwmPulsesOptions { Chip = "pwm", Cf = 0, Cf1Voltage = 1, Cf1Current = 2 }, new FakeContext().With("pwm", _chip));
    }

    public override IPulseSource Source { get; }

    public override Task<bool> EmitsAsync(PulseChannel channel) =>
        _engine.GetAsync(() => _plug.Pulses.LastOrDefault(told => told.Channel == channel).Hertz > 0);

    public override async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await _chip.DisposeAsync();
        await _server.DisposeAsync();
        await _engine.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>Shell commands that keep each channel's frequency in a file.</summary>
internal sealed class CommandRig : PulseRig
{
    private readonly TemporaryFolder _folder = new();

    public CommandRig() => Source = new CommandPulses(
        new CommandPulsesOptions
        {
            Set = $"echo {{hertz}} > {_folder.File("{channel}")}", Read = $"cat {_folder.File("{channel}")} 2>/dev/null || echo 0", MinHertz = 0.1, MaxHertz = 5000,
        },
        new FakeContext());

    public override IPulseSource Source { get; }

    public override Task<bool> EmitsAsync(PulseChannel channel)
    {
        string file = _folder.File(channel switch { PulseChannel.Cf => "cf", PulseChannel.Cf1Voltage => "cf1-voltage", _ => "cf1-current" });
        return Task.FromResult(File.Exists(file) && File.ReadAllText(file).Trim() != "0");
    }

    public override async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>A thread on lines of a chip in memory.</summary>
internal sealed class SoftwareRig : PulseRig
{
    public SoftwareRig() => Source = new SoftwarePulses(
        new SoftwarePulsesOptions { Chip = "pi", Cf = 0, Cf1Voltage = 1, Cf1Current = 2 }, new FakeContext().With("pi", new GpioController(Chip)));

    public FakeChip Chip { get; } = new();

    public override IPulseSource Source { get; }

    /// <summary>A source that is disposed holds no line any more.</summary>
    public override async Task<bool> EmitsAsync(PulseChannel channel)
    {
        lock (Chip.Trace)
        {
            if (Chip.Trace.Contains($"close {(int)channel}"))
            {
                return false;
            }
        }

        return (await Source.ReadBackAsync(channel, CancellationToken.None)).Frequency.Value > 0;
    }

    public override ValueTask DisposeAsync() => Source.DisposeAsync();
}

/// <summary>The pulse box's firmware in its emulator.</summary>
internal sealed class PulseBoxRig : PulseRig
{
    private readonly PulseBoxEmulator _box = new();
    private readonly SerialPulseBox _port;

    public PulseBoxRig()
    {
        _port = new SerialPulseBox(new SerialPulseBoxOptions { Path = _box.Port, Limit = TimeSpan.FromSeconds(20) }, new FakeContext());
        Source = new PulseBox(new PulseBoxOptions { Box = "box", Plug = 0 }, new FakeContext().With("box", _port));
    }

    public override IPulseSource Source { get; }

    public override Task PassAsync()
    {
        _box.Run(625_000);
        return Task.CompletedTask;
    }

    public override async Task<bool> EmitsAsync(PulseChannel channel)
    {
        string word = channel switch { PulseChannel.Cf => "CF", PulseChannel.Cf1Voltage => "CF1V", _ => "CF1I" };
        return (await _port.AskAsync($"GET 0 {word}", CancellationToken.None)).Fields["period"] > 0;
    }

    public override async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await _port.DisposeAsync();
        _box.Dispose();
    }
}
