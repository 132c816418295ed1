// Inventory, under resources:
//   psu: { kind: scpi, driver: serial, path: /dev/serial/by-id/usb-psu, baud: 9600 }
using System.ComponentModel;
using System.IO.Pipelines;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Drivers.Resources;

namespace LabRunner.Hardware.Drivers.Scpi;

/// <summary>Options of <see cref="ScpiSerial"/>.</summary>
public sealed record ScpiSerialOptions
{
    /// <summary>Serial port.</summary>
    [Description("Serial port, best by /dev/serial/by-id.")]
    public required string Path { get; init; }

    /// <summary>Speed. Default 9600.</summary>
    [Description("Speed in baud. Default 9600.")]
    public int Baud { get; init; } = 9600;

    /// <summary>Limit of each exchange, machine time. Default 5 s.</summary>
    [Description("Time limit of each exchange. Default 5s.")]
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>An instrument on a serial port (8N1).</summary>
[Driver(Contracts.Scpi, "serial")]
public sealed class ScpiSerial : IScpiInstrument
{
    private readonly ScpiLink _link;
    private readonly NativeTty _tty;

    /// <summary>Opens nothing yet.</summary>
    public ScpiSerial(ScpiSerialOptions options, IDriverContext context)
    {
        _tty = new NativeTty(new ConsoleOptions { Path = options.Path, Baud = options.Baud }, context);
        _link = new ScpiLink(context, options.Path, options.Limit, async token => new Transport(await _tty.OpenAsync(token).ConfigureAwait(false)));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> RunAsync(IReadOnlyList<string> lines, CancellationToken cancellationToken) => _link.RunAsync(lines, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync().ConfigureAwait(false);
        await _tty.DisposeAsync().ConfigureAwait(false);
    }

    private sealed class Transport(ISerialPort port) : IScpiTransport
    {
        public PipeReader Input => port.Input;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => port.WriteAsync(bytes, cancellationToken);

        public ValueTask DisposeAsync() => port.DisposeAsync();
    }
}
