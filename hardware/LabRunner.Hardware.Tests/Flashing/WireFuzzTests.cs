using System.IO.Pipelines;
using CsCheck;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Flashing;
using LabRunner.Hardware.Drivers.Plugs;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Tests.Plug;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Flashing;

/// <summary>Frame parsers of both ends of a BL602's UART, and of an update's reply, under bytes of any kind.</summary>
[TestFixture]
[Category("flash-fuzz")]
public sealed class WireFuzzTests
{
    private static readonly byte[] Commands = [0x10, 0x11, 0x17, 0x18, 0x19, 0x1A, 0x30, 0x31, 0x32, 0x36, 0x3A, 0x3B, 0x3D, 0x3E, 0x3F, 0x60];

    // Answers and their pieces come up more often than chance would have them.
    private static readonly Gen<byte[]> Answers = Gen.OneOf(
        Gen.Const("OK"u8.ToArray()), Gen.Const("FL"u8.ToArray()), Gen.Const("PD"u8.ToArray()), Gen.Const(new byte[] { 20, 0 }), Gen.Byte.Array[0, 30]).Array[0, 6].Select(p => p.SelectMany(b => b).ToArray());

    // Frames as the ROM and loader know them, with lengths and check bytes that need not fit.
    private static readonly Gen<byte[]> Frames = Gen.Select(
        Gen.Byte, Gen.Int[0, Commands.Length - 1], Gen.Bool, Gen.Byte, Gen.Int[0, 3], Gen.Byte.Array[0, 40],
        (any, known, chance, check, lie, payload) => (byte[])
            [chance ? any : Commands[known], lie == 0 ? check : (byte)0, (byte)(payload.Length + (lie == 1 ? check : 0)), (byte)(lie == 2 ? check : 0), .. payload]);

    [Test]
    [CancelAfter(300_000)]
    public async Task Host_AnyAnswer_IsAnAnswerOrNoneOrALostLink()
    {
        LabClock clock = LabClock.Start();
        await Gen.Select(Answers, Gen.Bool).SampleAsync(
            async (answer, hasData) =>
            {
                ScriptedPort port = new(answer);
                Bl602Wire wire = new(port, clock);
                await wire.SetBaudAsync(2_000_000, default);
                try
                {
                    Bl602Answer? told = await wire.AskAsync(0x32, new byte[8], hasData, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), default);
                    return told is null || told.Value.Data.Length <= answer.Length;
                }
                catch (FlashFailedException)
                {
                    // The port ended in the middle of an answer.
                    return true;
                }
            },
            iter: 10_000);
    }

    [Test]
    [CancelAfter(300_000)]
    public void RomAndLoader_AnyFrames_CanBeSyncedAfterAReset()
    {
        PlugBench bench = new() { UartBaud = 460_800 };
        byte[] sync = new byte[300];
        Array.Fill(sync, (byte)0x55);
        Gen.Select(Frames.Array[0, 4], Gen.Int[0, 200]).Sample(
            (frames, cut) =>
            {
                byte[] all = [.. frames.SelectMany(f => f)];
                bench.Plug.SetPower(false);
                bench.Plug.SetBoot(true);
                bench.Plug.SetPower(true);
                Send(bench, sync);
                bool first = Answered(bench);
                Send(bench, all[..Math.Min(all.Length, cut)]);
                bench.Plug.SetPower(false);
                bench.Plug.SetPower(true);
                Send(bench, sync);
                return first && Answered(bench);
            },
            iter: 8_000,
            threads: 1);
    }

    [Test]
    [CancelAfter(300_000)]
    public void Reply_AnyBytes_IsAReplyOrNone() => Gen.OneOf(
        Gen.Const("HTTP/1.1 -20 OK\nContent-type: application/json\r\n\r\n{\"error\":-20}"u8.ToArray()), Gen.Const("HTTP/1.1 200 OK\n\r\n"u8.ToArray()),
        Gen.Const("Content-Length: 4\r\n\r\n"u8.ToArray()), Gen.Byte.Array[0, 60]).Array[0, 4].Sample(
            parts =>
            {
                byte[] bytes = [.. parts.SelectMany(b => b)];
                HttpReply? reply = HttpReply.Parse(bytes);
                HttpReply.CompleteAt(bytes);
                return (reply is null || reply.Body.Length <= bytes.Length) && !HttpReply.FirstLine(bytes).Any(char.IsControl);
            },
            iter: 10_000);

    private static void Send(PlugBench bench, byte[] bytes)
    {
        bench.Plug.UartReceived(bytes);
        bench.Run(0.1);
    }

    private static bool Answered(PlugBench bench) => bench.Take().EndsWith("OK", StringComparison.Ordinal);

    /// <summary>A port whose other end says its text and is gone.</summary>
    private sealed class ScriptedPort : ISerialPort
    {
        private readonly Pipe _pipe = new();

        public ScriptedPort(byte[] answer)
        {
            answer.CopyTo(_pipe.Writer.GetSpan(Math.Max(1, answer.Length)));
            _pipe.Writer.Advance(answer.Length);
            _pipe.Writer.Complete();
        }

        public string Path => "scripted";

        public PipeReader Input => _pipe.Reader;

        public bool HasModemLines => false;

        public bool CanSetBaud => true;

        public LineErrors Errors => default;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask SetModemLinesAsync(bool? dtr, bool? rts, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask SetBaudAsync(int baud, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
