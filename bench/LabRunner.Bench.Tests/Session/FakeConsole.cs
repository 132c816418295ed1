using System.IO.Pipelines;
using System.Text;
using LabRunner.Hardware.Consoles;

namespace LabRunner.Bench.Tests.Session;

/// <summary>A console in memory that can be unplugged.</summary>
internal sealed class FakeConsole : IConsolePort
{
    private FakePort? _port;

    public string Path => "/dev/fake";

    public TaskCompletionSource OpenedAgain { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Opened { get; private set; }

    public Task<ISerialPort> OpenAsync(CancellationToken cancellationToken)
    {
        _port = new FakePort();
        if (++Opened > 1)
        {
            OpenedAgain.TrySetResult();
        }

        return Task.FromResult<ISerialPort>(_port);
    }

    public Task SayAsync(string text) => SayAsync(Encoding.UTF8.GetBytes(text));

    public async Task SayAsync(byte[] bytes) => await _port!.Pipe.Writer.WriteAsync(bytes);

    /// <summary>What the port will say it lost.</summary>
    public void Count(LineErrors errors) => _port!.Errors = errors;

    public async Task LoseAsync(string why = "unplugged") => await _port!.Pipe.Writer.CompleteAsync(new IOException(why));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class FakePort : ISerialPort
    {
        public Pipe Pipe { get; } = new();

        public string Path => "/dev/fake";

        public PipeReader Input => Pipe.Reader;

        public bool HasModemLines => false;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public bool CanSetBaud => true;

        public LineErrors Errors { get; set; }

        public ValueTask SetModemLinesAsync(bool? dtr, bool? rts, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask SetBaudAsync(int baud, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
