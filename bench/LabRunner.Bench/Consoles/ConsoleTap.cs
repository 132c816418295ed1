using System.Threading.Channels;
using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Consoles;

/// <summary>
/// A console held by hand: captured as in a night (stamped, secrets taken out, gaps marked, opened again after a loss, kept in the run folder),
/// and told line by line. Thread safe; <see cref="ReadAsync"/> has one reader.
/// </summary>
public sealed class ConsoleTap : IAsyncDisposable, IConsoleListener
{
    // A reader that cannot keep up loses nothing that is on disk; the lines' numbers tell it what it did not see.
    private const int Waiting = 20_000;

    private readonly Channel<ConsoleText> _lines = Channel.CreateBounded<ConsoleText>(new BoundedChannelOptions(Waiting)
    {
        FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true,
    });

    private readonly ConsoleCapture _capture;

    private ConsoleTap(string slot, string folder, IConsolePort console, LabClock clock, Redactor redactor)
    {
        _capture = new ConsoleCapture(slot, folder, console, clock, redactor, this);
        LogFile = Path.Combine(folder, slot + ".log");
    }

    /// <summary>Every line of the capture, in the format of a night's.</summary>
    public string LogFile { get; }

    /// <summary>Opens the console and captures from then on.</summary>
    /// <param name="inventory">Knows the secrets that no line may show.</param>
    /// <param name="slot">Slot.</param>
    /// <param name="folder">Folder of the log.</param>
    /// <param name="console">Where it is.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchFaultException">The port cannot be opened now; later losses are gaps.</exception>
    public static async Task<ConsoleTap> OpenAsync(
        BenchInventory inventory, string slot, string folder, IConsolePort console, LabClock clock, CancellationToken cancellationToken)
    {
        // Once by itself: the capture would go on trying for ever, and a person wants to know what is wrong.
        ISerialPort port = await console.OpenAsync(cancellationToken).ConfigureAwait(false);
        await port.DisposeAsync().ConfigureAwait(false);
        ConsoleTap tap = new(slot, folder, console, clock, new Redactor(InventorySecrets.Of(inventory)));
        try
        {
            await tap._capture.StartAsync(cancellationToken).ConfigureAwait(false);
            return tap;
        }
        catch
        {
            await tap.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Lines as they come, until disposed. One that begins with "--- " is the bench's own.</summary>
    public IAsyncEnumerable<ConsoleText> ReadAsync(CancellationToken cancellationToken) => _lines.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Waits for the first line since the opening that matches.</summary>
    /// <param name="pattern">.NET regular expression.</param>
    /// <param name="limit">Deadline from now, run time; infinite: none.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The line; null when the deadline passed first.</returns>
    /// <exception cref="ArgumentException">The pattern is no regular expression.</exception>
    public Task<ConsoleText?> ExpectAsync(string pattern, TimeSpan limit, TimeProvider clock, CancellationToken cancellationToken) =>
        _capture.Ring.ExpectAsync(pattern, 0, limit, clock, cancellationToken);

    /// <summary>Writes to the DUT.</summary>
    /// <exception cref="BenchFaultException">Kind Serial: the port is not open or took nothing.</exception>
    public Task WriteAsync(string text, CancellationToken cancellationToken) => _capture.WriteAsync(text, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _capture.DisposeAsync().ConfigureAwait(false);
        _lines.Writer.TryComplete();
    }

    void IConsoleListener.OnLine(ConsoleText line) => _lines.Writer.TryWrite(line);

    void IConsoleListener.OnGap(TimeSpan at, string why)
    {
        // The capture says it as a line of its own.
    }

    void IConsoleListener.OnOpened(TimeSpan at)
    {
        // The capture says it as a line of its own.
    }

    void IConsoleListener.OnFlood(TimeSpan at, int linesPerSecond) =>
        _lines.Writer.TryWrite(new ConsoleText(-1, at, $"--- flood: {linesPerSecond} lines a second"));

    void IConsoleListener.OnStorageFault(BenchFaultException fault) => _lines.Writer.TryWrite(new ConsoleText(-1, TimeSpan.Zero, "--- " + fault.Message));
}
