using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Consoles;

public sealed class TcpConsoleConformance : ConsoleConformance
{
    [TestCase("192.168.4.9")]
    [TestCase("192.168.4.9:0")]
    [TestCase("192.168.4.9:70000")]
    [TestCase(":4000")]
    public async Task OpenAsync_NoAddress_FaultNamesIt(string address, CancellationToken token) =>
        await Assert.ThatAsync(
            () => new TcpConsole(new TcpConsoleOptions { Address = address }, new FakeContext()).OpenAsync(token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Configuration).And.Message.Contains(address));

    private protected override Task<IPeer> PlugInAsync() => Task.FromResult<IPeer>(new TcpPeer());

    private protected override IConsolePort Make(IPeer peer, int? baud, FakeContext context) =>
        new TcpConsole(new TcpConsoleOptions { Address = peer.Path }, context);
}

public sealed class Rfc2217Conformance : ConsoleConformance
{
    private protected override Task<IPeer> PlugInAsync() => Task.FromResult<IPeer>(new Rfc2217Peer());

    private protected override IConsolePort Make(IPeer peer, int? baud, FakeContext context) =>
        new Rfc2217Console(new Rfc2217ConsoleOptions { Address = peer.Path, Baud = baud }, context);
}
