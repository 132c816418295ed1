using System.IO.Pipelines;
using System.Net.Sockets;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Consoles;

/// <summary>
/// The same on a real ftdi_sio port of a guest's kernel, which is pulled and plugged in again. The kernel lab sets LABRUNNER_LAB_TTY (the port),
/// LABRUNNER_LAB_PEER (host:port of its other end) and LABRUNNER_LAB_QMP (host:port of QEMU's monitor).
/// </summary>
[TestFixture(typeof(NativeTty))]
[TestFixture(typeof(SystemSerial))]
[Category("kernel-lab")]
[NonParallelizable]
[CancelAfter(120_000)]
public sealed class KernelLabConformance<TDriver> : ConsoleConformance
    where TDriver : IConsolePort
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(30);

    private Socket? _line;
    private QmpClient? _qmp;
    private LabPeer? _peer;

    // QEMU stops as a whole while nobody takes what the adapter sends, so nothing here may fill the line.
    private protected override bool FillsUp => false;

    private protected override int Rounds => 5;

    [OneTimeSetUp]
    public async Task Connect()
    {
        string[] names = ["LABRUNNER_LAB_TTY", "LABRUNNER_LAB_PEER", "LABRUNNER_LAB_QMP"];
        string?[] values = [.. names.Select(Environment.GetEnvironmentVariable)];
        if (values is not [{ } tty, { } peer, { } monitor])
        {
            Assert.Ignore($"Runs in the kernel lab only, which sets {string.Join(", ", names)}.");
            return;
        }

        using CancellationTokenSource limit = new(ConnectLimit, TimeProvider.System);
        string[] parts = peer.Split(':');
        _line = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _line.ConnectAsync(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), limit.Token);
        _qmp = await QmpClient.ConnectAsync(monitor, limit.Token);
        _peer = new LabPeer(tty, _line, _qmp);
    }

    [OneTimeTearDown]
    public async Task Disconnect()
    {
        if (_peer is not null)
        {
            await _peer.StartAsync(CancellationToken.None);
            await _peer.DisposeAsync();
        }

        _qmp?.Dispose();
        _line?.Dispose();
    }

    [TestCase("usb:0403:6001")]
    [TestCase("usb:1-1")]
    public async Task OpenAsync_ByUsbIdentityOrPlace_FoundAgainAfterReplugging(string path, CancellationToken token)
    {
        IConsolePort console = (IConsolePort)Activator.CreateInstance(typeof(TDriver), new ConsoleOptions { Path = path }, (IDriverContext)new FakeContext())!;
        for (int round = 0; round < 3; round++)
        {
            await using ISerialPort port = await console.OpenAsync(token);
            byte[] sent = [(byte)round, 1, 2, 3];
            await Peer.SendAsync(sent, token);
            Assert.That(await ReceiveAsync(port, 4, token), Is.EqualTo(sent), $"round {round}");
            Task<ReadResult> pending = port.Input.ReadAsync(token).AsTask();
            await Peer.PullAsync(token);
            await Assert.ThatAsync(() => pending, Throws.InstanceOf<IOException>().With.Message.Contains(path));
            await port.DisposeAsync();
            await Peer.PlugAsync(token);
        }
    }

    private protected override async Task<IPeer> PlugInAsync()
    {
        using CancellationTokenSource limit = new(ConnectLimit, TimeProvider.System);
        await _peer!.StartAsync(limit.Token);
        return _peer;
    }

    private protected override IConsolePort Make(IPeer peer, int? baud, FakeContext context) =>
        (IConsolePort)Activator.CreateInstance(typeof(TDriver), new ConsoleOptions { Path = peer.Path, Baud = baud }, (IDriverContext)context)!;
}
