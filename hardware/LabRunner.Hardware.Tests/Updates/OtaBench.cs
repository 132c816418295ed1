using System.Device.Gpio;
using System.Runtime.Versioning;
using LabRunner.Hardware.Drivers.Plugs;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Tests.Host;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual;
using LabRunner.Hardware.Virtual.Harness;
using LabRunner.Hardware.Virtual.Host;

namespace LabRunner.Hardware.Tests.Updates;

/// <summary>A virtual plug behind its real sockets, and the driver in front of it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class OtaBench : IAsyncDisposable
{
    private static readonly TimeSpan UpLimit = TimeSpan.FromSeconds(120);

    private readonly TemporaryFolder _folder;
    private readonly VirtualBenchHost _host;
    private readonly HarnessGpioChip _chip;
    private readonly GpioController _controller;

    private OtaBench(TemporaryFolder folder, VirtualBenchHost host, HarnessGpioChip chip, LabClock clock)
    {
        (_folder, _host, _chip, Clock) = (folder, host, chip, clock);
        _controller = new GpioController(chip.Driver);
        _controller.OpenPin(HarnessLines.Power, PinMode.Output, PinValue.Low);
        Plug = new OpenBekenPlug(host.Addresses.Plugs["p1"].Http, clock, TimeSpan.FromSeconds(20));
    }

    public LabClock Clock { get; }

    public OpenBekenPlug Plug { get; }

    public static async Task<OtaBench> StartAsync(double scale, params VirtualFaultConfig[] faults)
    {
        TemporaryFolder folder = new();
        LabClock clock = LabClock.Start(scale);
        VirtualBenchConfig config = VirtualBenchHostTests.OnePlug(folder.File("bench"), clock);
        config = config with { Plugs = [config.Plugs[0] with { Faults = faults }] };
        VirtualBenchHost host = await VirtualBenchHost.StartAsync(config);
        HarnessGpioChip chip = new(new HarnessGpioChip.Options { Socket = host.Addresses.Harness }, new HarnessContext(clock));
        return new OtaBench(folder, host, chip, clock);
    }

    public void Power(bool on) => _controller.Write(HarnessLines.Power, on ? PinValue.High : PinValue.Low);

    /// <summary>Off, on, and up again.</summary>
    public async Task<PlugInfo> RestartAsync(CancellationToken cancellationToken)
    {
        Power(false);
        await Task.Delay(TimeSpan.FromSeconds(3), Clock, cancellationToken);
        Power(true);
        return await UpAsync(cancellationToken);
    }

    public Task<PlugInfo> UpAsync(CancellationToken cancellationToken) => Plug.WaitForAsync(Clock, UpLimit, _ => true, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _controller.Dispose();
        await _chip.DisposeAsync();
        await _host.DisposeAsync();
        _folder.Dispose();
    }
}
