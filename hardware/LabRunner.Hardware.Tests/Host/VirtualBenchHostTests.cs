using System.Device.Gpio;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual;
using LabRunner.Hardware.Virtual.Harness;
using LabRunner.Hardware.Virtual.Host;

namespace LabRunner.Hardware.Tests.Host;

/// <summary>The whole virtual bench, used as a runner does: through its socket, its tty and its port.</summary>
[TestFixture]
[SupportedOSPlatform("linux")]
internal sealed class VirtualBenchHostTests
{
    private const string Version = "1.18.158";

    [Test, CancelAfter(60_000)]
    public async Task PowerOn_OnePlug_BannerOnTheTtyThenInfoOverHttp(CancellationToken cancellationToken)
    {
        using TemporaryFolder folder = new();
        LabClock clock = LabClock.Start(20);
        await using VirtualBenchHost host = await VirtualBenchHost.StartAsync(OnePlug(folder.File("bench"), clock));
        VirtualPlugAddresses plug = host.Addresses.Plugs["p1"];
        await using HarnessGpioChip chip = new(new HarnessGpioChip.Options { Socket = host.Addresses.Harness }, new HarnessContext(clock));
        using GpioController controller = new(chip.Driver);
        controller.OpenPin(HarnessLines.Power, PinMode.Output, PinValue.Low);
        await using FileStream tty = new(plug.Tty, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);

        controller.Write(HarnessLines.Power, PinValue.High);

        string console = await ReadUntilAsync(tty, Version, cancellationToken);
        string info = await GetAsync(plug.Http, "/api/info", cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(console, Does.StartWith("Starting bl602 now....").And.Contain("Booting BL602 Chip..."));
            Assert.That(info, Does.StartWith("HTTP/1.1 200 OK\n"));
            Assert.That(info, Does.Contain("BL602"));
            Assert.That(info, Does.Contain(Version));
        }
    }

    [Test]
    public async Task Start_Images_AreOtaFilesOfTheNamedVersions()
    {
        using TemporaryFolder folder = new();
        await using VirtualBenchHost host = await VirtualBenchHost.StartAsync(OnePlug(folder.File("bench"), LabClock.Start()));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((host.Addresses.VersionA, host.Addresses.VersionB), Is.EqualTo((Version, "1.18.159")));
            Assert.That(await File.ReadAllBytesAsync(host.Addresses.ImageA), Is.EqualTo(Virtual.Plug.VirtualFirmwareImage.Build(Version)));
            Assert.That(await File.ReadAllBytesAsync(host.Addresses.ImageB), Is.EqualTo(Virtual.Plug.VirtualFirmwareImage.Build("1.18.159")));
        }
    }

    [Test]
    public async Task Start_Folder_IsPrivateAndRemovedAtTheEnd()
    {
        using TemporaryFolder folder = new();
        string directory = folder.File("bench");
        UnixFileMode mode;
        await using (await VirtualBenchHost.StartAsync(OnePlug(directory, LabClock.Start())))
        {
            mode = File.GetUnixFileMode(directory);
        }

        Assert.That(mode, Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        Assert.That(Directory.Exists(directory), Is.False);
    }

    [Test, CancelAfter(60_000)]
    public async Task Air_HandAndWeather_AreInTheLogOfTheAccessPoint(CancellationToken cancellationToken)
    {
        using TemporaryFolder folder = new();
        LabClock clock = LabClock.Start(20);
        await using VirtualBenchHost host = await VirtualBenchHost.StartAsync(
            OnePlug(folder.File("bench"), clock) with { Weather = ["30s channel 11"] });
        await using HarnessGpioChip chip = new(new HarnessGpioChip.Options { Socket = host.Addresses.Harness }, new HarnessContext(clock));
        using GpioController controller = new(chip.Driver);
        int hand = HarnessLines.PerPlug + HarnessLines.AccessPointHand;
        controller.OpenPin(HarnessLines.Power, PinMode.Output, PinValue.High);
        controller.OpenPin(hand, PinMode.Output, PinValue.Low);
        await LoggedAsync(host.Addresses.Dnsmasq, "DHCPACK(wlan0) ", cancellationToken);
        await LoggedAsync(host.Addresses.Hostapd, "AP-STA-CONNECTED 18:b9:05:", cancellationToken);
        await LoggedAsync(host.Addresses.Hostapd, "AP-CSA-FINISHED freq=2462", cancellationToken);
        controller.Write(hand, PinValue.High);
        await LoggedAsync(host.Addresses.Hostapd, "AP-DISABLED", cancellationToken);
        controller.Write(hand, PinValue.Low);
        string log = await LoggedAsync(host.Addresses.Hostapd, "AP-ENABLED", cancellationToken);
        Assert.That(log, Does.Match(@"(?m)^\d{10}\.\d{6}: wlan0: STA "));
    }

    private static async Task<string> LoggedAsync(string path, string text, CancellationToken cancellationToken)
    {
        while (true)
        {
            await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using StreamReader reader = new(file);
            string log = await reader.ReadToEndAsync(cancellationToken);
            if (log.Contains(text, StringComparison.Ordinal))
            {
                return log;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>An SM-028 V1.3 as facts of the boards give it.</summary>
    internal static VirtualBenchConfig OnePlug(string directory, LabClock clock)
    {
        Dictionary<int, string> pins = new()
        {
            [2] = "Rel;1", [3] = "BL0937CF1;0", [14] = "BL0937CF;0", [17] = "Btn;1", [20] = "LED_n;1", [21] = "BL0937SEL;0",
        };
        return new VirtualBenchConfig
        {
            Directory = directory,
            Clock = clock.ToEnvironment(),
            Seed = 7,
            Plugs = [new VirtualPlugConfig { Name = "p1", Chip = "BL602", Wiring = pins, Template = pins, Version = Version, MqttClient = "p1" }],
        };
    }

    private static async Task<string> ReadUntilAsync(FileStream tty, string text, CancellationToken cancellationToken)
    {
        StringBuilder seen = new();
        byte[] buffer = new byte[4096];
        while (!seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            int length = await tty.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken);
            seen.Append(Encoding.ASCII.GetString(buffer, 0, length));
        }

        return seen.ToString();
    }

    /// <summary>Asks until the port answers: it is silent until the firmware has its address.</summary>
    private static async Task<string> GetAsync(string address, string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                using CancellationTokenSource limit = new(TimeSpan.FromSeconds(1), TimeProvider.System);
                await using CancellationTokenRegistration registration = limit.Token.Register(patience.Cancel);
                await socket.ConnectAsync(IPEndPoint.Parse(address), patience.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                continue;
            }

            await using NetworkStream stream = new(socket);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"GET {path} HTTP/1.1\r\nHost: plug\r\n\r\n")), cancellationToken);
            using StreamReader reader = new(stream);
            return await reader.ReadToEndAsync(cancellationToken);
        }
    }
}
