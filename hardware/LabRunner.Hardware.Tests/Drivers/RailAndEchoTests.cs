using System.Device.I2c;
using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Drivers.I2c;
using LabRunner.Hardware.Drivers.Network;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Drivers.Sensing;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Drivers;

[CancelAfter(60_000)]
public sealed class RailAndEchoTests
{
    // 0x2028 >> 3 = 1029 steps of 4 mV, with flag bits set below; shunt steps of 10 µV.
    [TestCase(0x2028 | 0x3, 0x04B0, 4.116, 0.12)]
    [TestCase(0x0000, 0x0000, 0, 0)]
    [TestCase(0x19C8, 0xFFF6, 3.3, -0.001, Description = "a negative shunt voltage is two's complement")]
    [TestCase(0xFFF8, 0x7FFF, 32.764, 3.2767, Description = "the bus register is unsigned")]
    public async Task Ina219_Registers_VoltsAndAmperes(int bus, int shunt, double volts, double amperes, CancellationToken token)
    {
        Registers registers = new() { [2] = (ushort)bus, [1] = (ushort)shunt };
        await using Ina219 rail = new(new Ina219Options { Bus = "i2c" }, new FakeContext().With("i2c", registers));
        RailReading reading = await rail.ReadAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reading.Voltage.Value, Is.EqualTo(volts).Within(1e-9));
            Assert.That(reading.Current.Value, Is.EqualTo(amperes).Within(1e-9));
            Assert.That(registers.Address, Is.EqualTo(0x40));
        }
    }

    [Test]
    public async Task Ina219_NoAnswer_FaultNamesAddressAndBus(CancellationToken token)
    {
        await using Ina219 rail = new(new Ina219Options { Bus = "i2c", Address = 0x45 }, new FakeContext().With("i2c", new Registers()));
        await Assert.ThatAsync(() => rail.ReadAsync(token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("0x45").And.Message.Contains("'i2c'"));
    }

    [Test]
    public void LinuxI2cBus_NoSuchBus_MachineFault() =>
        Assert.That(
            () => new LinuxI2cBus(new LinuxI2cBusOptions { Bus = 250 }, new FakeContext()),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Machine).And.Message.Contains("/dev/i2c-250"));

    [Test]
    public async Task UdpEcho_LateAnswerOfAnother_IsNotTakenForThis(CancellationToken token)
    {
        using Socket server = Bound();
        FakeContext context = new(scale: 10);
        await using UdpEcho probe = new(new UdpEchoOptions { Address = server.LocalEndPoint!.ToString()! }, context);
        Task serving = Task.Run(
            async () =>
            {
                byte[] buffer = new byte[64];
                SocketReceiveFromResult got = await server.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), token);
                await server.SendToAsync("not yours"u8.ToArray(), got.RemoteEndPoint, token);
                await server.SendToAsync(buffer.AsMemory(0, got.ReceivedBytes), got.RemoteEndPoint, token);
            },
            token);
        TimeSpan? answer = await probe.EchoAsync(TimeSpan.FromSeconds(100), token);
        await serving;
        Assert.That(answer, Is.Not.Null.And.GreaterThan(TimeSpan.Zero));
    }

    [Test]
    public async Task UdpEcho_Silence_NullAfterTheLimit(CancellationToken token)
    {
        using Socket server = Bound();
        FakeContext context = new(scale: 100);
        await using UdpEcho probe = new(new UdpEchoOptions { Address = server.LocalEndPoint!.ToString()! }, context);
        TimeSpan start = context.Clock.Elapsed;
        Assert.That(await probe.EchoAsync(TimeSpan.FromSeconds(5), token), Is.Null);
        Assert.That(context.Clock.Elapsed - start, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(4)), "5 s less a tick of the timer");
    }

    [Test]
    public async Task UdpEcho_PortClosed_Null(CancellationToken token)
    {
        Socket server = Bound();
        string address = server.LocalEndPoint!.ToString()!;
        server.Dispose();
        Assert.That(await new UdpEcho(new UdpEchoOptions { Address = address }, new FakeContext()).EchoAsync(TimeSpan.FromSeconds(2), token), Is.Null);
    }

    [Test]
    public async Task UdpEcho_CallerCancels_Cancelled(CancellationToken token)
    {
        using Socket server = Bound();
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task<TimeSpan?> echo = new UdpEcho(new UdpEchoOptions { Address = server.LocalEndPoint!.ToString()! }, new FakeContext()).EchoAsync(TimeSpan.FromMinutes(5), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThatAsync(() => echo, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void IcmpEcho_NoHostAnywhere_ConfigurationFault()
    {
        FakeContext context = new();
        ((Dictionary<string, string>)context.Facts).Remove("host");
        Assert.That(() => new IcmpEcho(new IcmpEchoOptions(), context), Throws.TypeOf<BenchFaultException>().With.Message.Contains("ping has no host"));
    }

    [Test]
    public async Task IcmpEcho_Loopback_AnswersOrTheRightIsMissing(CancellationToken token)
    {
        await using IcmpEcho probe = new(new IcmpEchoOptions(), new FakeContext());
        try
        {
            Assert.That(await probe.EchoAsync(TimeSpan.FromSeconds(5), token), Is.Not.Null.And.GreaterThan(TimeSpan.Zero));
        }
        catch (BenchFaultException fault)
        {
            Assert.That(fault.Kind, Is.EqualTo(FaultKind.Machine));
            Assert.That(fault.Remedy, Does.Contain("net.ipv4.ping_group_range"));
        }
    }

    [Test]
    public async Task PingSocket_Loopback_AnswersOrTheKernelDeniesIt(CancellationToken token)
    {
        try
        {
            await PingSocket.EchoAsync(IPAddress.Loopback, "payload"u8.ToArray(), token);
        }
        catch (SocketException denied)
        {
            Assert.That(denied.SocketErrorCode, Is.EqualTo(SocketError.AccessDenied));
        }
    }

    private static Socket Bound()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
