using LabRunner.Hardware.Drivers.Pulses;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>What the driver says of a port at whose far end there is no box, or another one. A pseudo terminal plays it.</summary>
[CancelAfter(60_000)]
public sealed class SerialPulseBoxTests
{
    [Test]
    public async Task AskAsync_NoSuchPort_FaultNamesThePath(CancellationToken token)
    {
        await using SerialPulseBox port = Box("/dev/ttyNONE7");
        await Assert.ThatAsync(
            () => port.AskAsync("STATE", token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Serial).And.Message.Contains("/dev/ttyNONE7"));
    }

    [Test]
    public async Task AskAsync_NobodyThere_FaultSaysWhatToCheck(CancellationToken token)
    {
        using Pty wire = new();
        await using SerialPulseBox port = Box(wire.Path);
        await Assert.ThatAsync(
            () => port.AskAsync("STATE", token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Pulses)
                .And.Message.Contains("does not answer within 0.2 s").And.Message.Contains("TX and RX").And.Message.Contains(wire.Path));
    }

    [Test]
    public async Task AskAsync_OtherVersion_FaultNamesBothAndTheRemedy(CancellationToken token)
    {
        using Pty wire = new();
        await using SerialPulseBox port = Box(wire.Path, TimeSpan.FromSeconds(10));
        Task<LabRunner.Hardware.Drivers.Resources.PulseBoxAnswer> asked = port.AskAsync("STATE", token);

        // The empty line, then "1 ID*CRC".
        wire.Receive(1 + PulseBoxLine.Write(1, "ID").Length, token);
        wire.Send(PulseBoxLine.Write(1, "OK pulse-box version=7 clock=125000000"), token);
        await Assert.ThatAsync(
            () => asked, Throws.TypeOf<BenchFaultException>().With.Message.Contains("version 7 of the protocol, not 1").And.Message.Contains(".uf2"));
    }

    [TestCase("1 OK*0000")]
    [TestCase("1 OK")]
    [TestCase("*")]
    [TestCase("*FFFF")]
    [TestCase("")]
    public void Read_Damaged_Null(string line) => Assert.That(PulseBoxLine.Read(System.Text.Encoding.ASCII.GetBytes(line)), Is.Null);

    [Test]
    public void Crc_CheckValue_IsThatOfTheStandard() =>
        Assert.That(PulseBoxLine.Crc("123456789"u8), Is.EqualTo(0x29B1), "CRC-16/CCITT-FALSE, catalogue of parametrised CRC algorithms");

    private static SerialPulseBox Box(string path, TimeSpan? limit = null) =>
        new(new SerialPulseBoxOptions { Path = path, Limit = limit ?? TimeSpan.FromMilliseconds(200) }, new FakeContext());
}
