using System.IO.Pipelines;
using LabRunner.Hardware.Consoles;

namespace LabRunner.Hardware.Tests.Flashing;

/// <summary>A port behind which a BK7231 answers every link check, whatever its supply does.</summary>
internal sealed class AnsweringPort : ISerialPort
{
    private static readonly byte[] Linked = [0x04, 0x0E, 0x05, 0x01, 0xE0, 0xFC, 0x01, 0x00];

    private readonly Pipe _pipe = new();

    public string Path => "answering";

    public PipeReader Input => _pipe.Reader;

    public bool HasModemLines => false;

    public bool CanSetBaud => true;

    public LineErrors Errors => default;

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => await _pipe.Writer.WriteAsync(Linked, cancellationToken);

    public ValueTask SetModemLinesAsync(bool? dtr, bool? rts, CancellationToken cancellationToken) => throw new NotSupportedException("A fake has no modem lines.");

    public ValueTask SetBaudAsync(int baud, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _pipe.Writer.CompleteAsync();
}
