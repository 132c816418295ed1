using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Consoles;

/// <summary>What a server may say besides the bytes of the line, in any pieces and with any mistake.</summary>
[CancelAfter(60_000)]
public sealed class TelnetComPortTests
{
    private const byte Iac = 255, Dont = 254, Do = 253, Wont = 252, Will = 251, Sub = 250, SubEnd = 240, ComPort = 44;

    private readonly List<byte> _answers = [];
    private readonly List<(byte Command, byte[] Value)> _answered = [];
    private readonly List<bool> _pauses = [];
    private TelnetComPort _telnet;

    [SetUp]
    public void Start()
    {
        _telnet = new TelnetComPort();
        _answers.Clear();
        _answered.Clear();
        _pauses.Clear();
    }

    [Test]
    public void Decode_CommandsBetweenData_SameDataInWhateverPiecesTheyCome([Range(1, 12)] int piece)
    {
        byte[] received =
        [
            1, Iac, Iac, 2, Iac, Will, 99, 3, Iac, Sub, ComPort, 101, 0, 0, Iac, Iac, 7, Iac, SubEnd, 4, Iac, 241, 5, Iac, Sub, ComPort, 106, 2, Iac, SubEnd,
            Iac, Sub, ComPort, 108, Iac, SubEnd, 6, Iac, Sub, ComPort, 109, Iac, SubEnd, 0, 13, 0,
        ];
        List<byte> data = [];
        foreach (byte[] part in received.Chunk(piece))
        {
            data.AddRange(part[..Decode(part)]);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(data, Is.EqualTo(new byte[] { 1, 255, 2, 3, 4, 5, 6, 0, 13, 0 }));
            Assert.That(_answers, Is.EqualTo(new[] { Iac, Dont, (byte)99 }));
            Assert.That(_answered.Single().Command, Is.EqualTo(TelnetComPort.SetBaud));
            Assert.That(_answered.Single().Value, Is.EqualTo(new byte[] { 0, 0, 255, 7 }));
            Assert.That(_telnet.Errors, Is.EqualTo(new LineErrors(1, 0, 0)));
            Assert.That(_pauses, Is.EqualTo(new[] { true, false }));
        }
    }

    [Test]
    public void Decode_ServerAgrees_ReadyAndNothingIsAnsweredTwice()
    {
        Assert.That(_telnet.Begin(), Is.EqualTo(new byte[] { Iac, Will, 0, Iac, Do, 0, Iac, Will, 3, Iac, Do, 3, Iac, Will, ComPort }));
        for (int round = 0; round < 3; round++)
        {
            Decode([Iac, Do, 0, Iac, Will, 0, Iac, Do, 3, Iac, Will, 3, Iac, Do, ComPort]);
        }

        Assert.That((_telnet.Ready, _telnet.Refused, _answers.Count), Is.EqualTo((true, (string?)null, 0)));
    }

    [Test]
    public void Decode_ServerRepeatsItselfForEver_OneAnswerPerOption()
    {
        for (int round = 0; round < 1000; round++)
        {
            Decode([Iac, Do, 99, Iac, Will, 1, Iac, Dont, 99, Iac, Wont, 1]);
        }

        Assert.That(_answers, Is.EqualTo(new byte[] { Iac, Wont, 99, Iac, Dont, 1 }));
    }

    [TestCase(Dont, ComPort, "RFC 2217")]
    [TestCase(Dont, 0, "every byte")]
    [TestCase(Wont, 0, "every byte")]
    public void Decode_ServerRefusesWhatIsNeeded_SaysWhat(int verb, int option, string said)
    {
        _telnet.Begin();
        Decode([Iac, (byte)verb, (byte)option]);
        Assert.That(_telnet.Refused, Does.Contain(said));
    }

    [Test]
    public void Decode_Garbage_NeverThrowsAndNeverMakesData()
    {
        byte[] noise = new byte[200_000];
        new Time.Chance(3, "telnet").Fill(noise);
        Assert.That(Decode(noise), Is.InRange(0, noise.Length));
        Assert.That(Decode([Iac, SubEnd, Iac, SubEnd, 65]), Is.LessThanOrEqualTo(1), "finds its way back at the next end of a command");
    }

    [TestCase(ComPort, "RFC 2217")]
    [TestCase(0, "every byte")]
    public async Task OpenAsync_ServerWithoutWhatIsNeeded_FaultSaysWhat(int refused, string said, CancellationToken token)
    {
        await using PtyPeer line = new();
        await using Rfc2217Server server = new(line.Path, (byte)refused);
        await Assert.ThatAsync(
            () => new Rfc2217Console(new Rfc2217ConsoleOptions { Address = server.Address }, new FakeContext()).OpenAsync(token),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains(said).And.Message.Contains(server.Address));
    }

    [Test]
    public async Task OpenAsync_ServerOfPlainBytes_FaultNamesTheOtherDriver(CancellationToken token)
    {
        await using TcpPeer silent = new();
        await Assert.ThatAsync(
            () => new Rfc2217Console(new Rfc2217ConsoleOptions { Address = silent.Path }, new FakeContext()).OpenAsync(token),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains("driver tcp"));
    }

    [Test]
    public async Task SetBaudAsync_ServerSetsAnotherSpeed_Fault(CancellationToken token)
    {
        await using Rfc2217Peer peer = new();
        await using ISerialPort port = await new Rfc2217Console(new Rfc2217ConsoleOptions { Address = peer.Path }, new FakeContext()).OpenAsync(token);
        peer.Server.BaudAnswered = 115_200;
        await Assert.ThatAsync(() => port.SetBaudAsync(2_000_000, token).AsTask(), Throws.TypeOf<BenchFaultException>().With.Message.Contains("115200"));
    }

    [Test]
    public async Task OpenAsync_PortBehindTheServerHasNoModemLines_OpensWithout(CancellationToken token)
    {
        await using Rfc2217Peer peer = new();
        peer.Server.HasLines = false;
        await using ISerialPort port = await new Rfc2217Console(new Rfc2217ConsoleOptions { Address = peer.Path }, new FakeContext()).OpenAsync(token);
        await port.SetBaudAsync(921_600, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(port.HasModemLines, Is.False);
            Assert.That(peer.Baud, Is.EqualTo(921_600));
            await Assert.ThatAsync(() => port.SetModemLinesAsync(true, null, token).AsTask(), Throws.InstanceOf<NotSupportedException>().With.Message.Contains(peer.Path));
        }
    }

    [Test]
    public async Task WriteAsync_ServerAskedForAPause_WaitsUntilItEnds(CancellationToken token)
    {
        await using Rfc2217Peer peer = new();
        await using ISerialPort port = await new Rfc2217Console(new Rfc2217ConsoleOptions { Address = peer.Path }, new FakeContext()).OpenAsync(token);
        await peer.Server.SendRaw!([Iac, Sub, ComPort, 108, Iac, SubEnd]);
        await peer.SendAsync("x"u8.ToArray(), token);
        await port.Input.ReadAtLeastAsync(1, token);
        await Assert.ThatAsync(() => port.WriteAsync("held"u8.ToArray(), token).AsTask(), Throws.InstanceOf<TimeoutException>());
        await peer.Server.SendRaw!([Iac, Sub, ComPort, 109, Iac, SubEnd]);
        Task<byte[]> receiving = peer.ReceiveAsync(4, token);
        while (true)
        {
            try
            {
                await port.WriteAsync("sent"u8.ToArray(), token);
                break;
            }
            catch (TimeoutException)
            {
                // The end of the pause is still on its way.
            }
        }

        Assert.That(await receiving, Is.EqualTo("sent"u8.ToArray()));
    }

    private int Decode(byte[] received) => _telnet.Decode(received, _answers, (command, value) => _answered.Add((command, value)), _pauses.Add);
}
