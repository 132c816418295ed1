using System.IO.Pipelines;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Hand;

/// <summary>The byte trace of a flashing session, and the disk that has no room for it.</summary>
public sealed class TracedPortTests
{
    private const string Full = "/dev/full";

    // More than what the trace's buffers hold back.
    private static readonly byte[] Much = new byte[64 * 1024];

    [Test]
    public async Task Write_NoRoomForTheTrace_IsAFaultOfTheDiskAndNotOfThePort()
    {
        await using Port port = new();
        TracedPort traced = new(port, LabClock.Start(), Full);
        BenchFaultException? full = await Assert.ThrowsAsync<BenchFaultException>(() => traced.WriteAsync(Much, default).AsTask());
        Assert.That(full!.Kind, Is.EqualTo(FaultKind.Storage));
        Assert.That(full.Message, Does.StartWith(Full).And.Contain("byte trace").And.Contain("--out"));
        await Assert.CatchAsync<BenchFaultException>(() => traced.DisposeAsync().AsTask());
        Assert.That(port.IsClosed, Is.True);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Read_NoRoomForTheTrace_EndsTheInputWithAFaultOfTheDisk(CancellationToken cancellationToken)
    {
        await using Port port = new();
        TracedPort traced = new(port, LabClock.Start(), Full);
        await port.Chip.WriteAsync(Much, cancellationToken);
        await Assert.ThrowsAsync<BenchFaultException>(async () =>
        {
            while (await traced.Input.ReadAsync(cancellationToken) is { IsCompleted: false } result)
            {
                traced.Input.AdvanceTo(result.Buffer.End);
            }
        });
        await Assert.CatchAsync<BenchFaultException>(() => traced.DisposeAsync().AsTask());
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Read_OnceItIsQuiet_WhatComesIsTracedByItsNumberAlone_AndArrivesWhole(CancellationToken cancellationToken)
    {
        string file = Path.GetTempFileName();
        try
        {
            await using (Port port = new())
            {
                TracedPort traced = new(port, LabClock.Start(), file);
                await using (traced)
                {
                    byte[] known = await ExchangeAsync(port, traced, [0x4F, 0x4B], cancellationToken);
                    traced.BeQuiet();
                    await traced.WriteAsync(new byte[] { 0x32 }, cancellationToken);
                    byte[] secret = await ExchangeAsync(port, traced, "W1fi-Wort"u8.ToArray(), cancellationToken);
                    Assert.That((known, secret), Is.EqualTo((new byte[] { 0x4F, 0x4B }, "W1fi-Wort"u8.ToArray())));
                }
            }

            Assert.That(File.ReadLines(file).Select(l => l[(l.IndexOf(' ', StringComparison.Ordinal) + 1)..]), Is.EqualTo(new[] { "< 4F4B", "> 32", "< 9 bytes" }));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<byte[]> ExchangeAsync(Port port, TracedPort traced, byte[] bytes, CancellationToken cancellationToken)
    {
        await port.Chip.WriteAsync(bytes, cancellationToken);
        ReadResult read = await traced.Input.ReadAtLeastAsync(bytes.Length, cancellationToken);
        byte[] got = System.Buffers.BuffersExtensions.ToArray(read.Buffer);
        traced.Input.AdvanceTo(read.Buffer.End);
        return got;
    }

    private sealed class Port : ISerialPort
    {
        private readonly Pipe _fromChip = new(new PipeOptions(pauseWriterThreshold: 0));

        public PipeWriter Chip => _fromChip.Writer;

        public bool IsClosed { get; private set; }

        public string Path => "/dev/ttyNone";

        public PipeReader Input => _fromChip.Reader;

        public bool HasModemLines => false;

        public bool CanSetBaud => true;

        public LineErrors Errors => default;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask SetModemLinesAsync(bool? dtr, bool? rts, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask SetBaudAsync(int baud, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync()
        {
            IsClosed = true;
            return ValueTask.CompletedTask;
        }
    }
}
