using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading.Channels;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Time;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Bench.Hosting.Processes;

/// <summary>
/// The guard's own life. A GPIO keeps its level after its owner dies, so when the pipe from the owner closes without a word, or the owner
/// says nothing for <see cref="HungAfterSeconds"/>, the guard opens the power drivers itself and switches off what may go off. An owner that
/// hangs still holds the lines, so it is killed first. Signals do not end a guard while it has something to guard.
/// </summary>
public sealed class GuardDuty
{
    /// <summary>An owner that has been silent for so many seconds of machine time hangs.</summary>
    public const int HungAfterSeconds = 10;

    /// <summary>The hidden verb that makes a process a guard.</summary>
    public const string Verb = "guard";

    // Held until the process ends: a signal may be delivered after the last word.
    private static readonly List<PosixSignalRegistration> Ignored = [];

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private int _tool;

    private GuardDuty(TextReader input, TextWriter output, TextWriter error)
    {
        (_output, _error) = (output, error);

        // A console's reader blocks whatever is asked of it, so it gets a thread of its own and the waits below keep their limits.
        Thread reading = new(() => Read(input)) { IsBackground = true, Name = "owner's pipe" };
        reading.Start();
    }

    /// <summary>What the hidden verb runs.</summary>
    /// <param name="input">Pipe from the owner.</param>
    /// <param name="output">Pipe to the owner.</param>
    /// <param name="error">What a person should know.</param>
    /// <returns>0 when nothing was to do or everything went off, 3 when an output could not be switched.</returns>
    public static async Task<int> RunAsync(TextReader input, TextWriter output, TextWriter error)
    {
        foreach (PosixSignal signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT })
        {
            Ignored.Add(PosixSignalRegistration.Create(signal, context => context.Cancel = true));
        }

        return await new GuardDuty(input, output, error).RunAsync().ConfigureAwait(false);
    }

    private async Task<int> RunAsync()
    {
        if (!await _lines.Reader.WaitToReadAsync().ConfigureAwait(false) || !_lines.Reader.TryRead(out string? text))
        {
            return 0;
        }

        GuardOrder order = JsonSerializer.Deserialize<GuardOrder>(text)!;
        DriverCatalogue catalogue = new();
        BenchInventory inventory = InventoryLoader.LoadText(order.InventoryFile, order.InventoryText, catalogue, order.Variables, order.Boards);
        string folder = Path.GetDirectoryName(order.Log) ?? "";
        using IDisposable? hold = order.OwnersWord.Length > 0 ? await GuardHold.TakeAsync(folder).ConfigureAwait(false) : null;
        using SafeFileHandle? lease = Hold(order.LeaseLock);
        Answer(GuardWords.Armed);
        if (await WatchAsync(order).ConfigureAwait(false) is not { } why)
        {
            return 0;
        }

        LabClock clock = LabClock.FromEnvironment();
        void Tell(string sentence)
        {
            Try(() => _error.WriteLine("guard: " + sentence));
            Try(() => File.AppendAllText(
                order.Log, string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():O} +{clock.Elapsed.TotalSeconds:0.000} {sentence}\n")));
        }

        if (order.OwnersWord.Length > 0 && GuardHold.IsTakenOver(folder, order.OwnersWord))
        {
            Tell($"{why}, but the run has another owner by now; nothing is switched.");
            return 0;
        }

        if (_tool > 0)
        {
            // A flashing program of others would go on driving the port.
            Signals.KillGroup(_tool);
            Tell(string.Create(CultureInfo.InvariantCulture, $"the program of process group {_tool} is killed."));
        }

        // Not disposed: it belongs to a process that ends with it, and closing a driver that hangs would hang too.
        PowerCut cut = new(new BenchComposer(inventory, catalogue, LabClock.FromEnvironment(), Path.GetTempPath()), Tell);
        Task<bool> off = cut.OffAsync([.. order.Guarded(inventory)], why);
        Task<bool> released = cut.ReleaseAsync([.. order.Held(inventory)]);
        Task<bool> restored = cut.RestoreNetworkAsync();
        return await off.ConfigureAwait(false) & await released.ConfigureAwait(false) & await restored.ConfigureAwait(false) ? 0 : 3;
    }

    /// <returns>Why everything must go off; null: the owner has made it safe itself.</returns>
    private async Task<string?> WatchAsync(GuardOrder order)
    {
        int silent = 0;
        bool debugged = false;

        // One read at a time, kept over its time-outs: a read that was left behind would swallow the next word, and the owner waits for its answer.
        Task<string>? reading = null;
        while (true)
        {
            // Seconds are counted one by one, so that a machine that was asleep as a whole is no owner that hangs.
            string? line = "";
            try
            {
                reading ??= _lines.Reader.ReadAsync().AsTask();
                line = await reading.WaitAsync(Second, TimeProvider.System).ConfigureAwait(false);
                reading = null;
            }
            catch (TimeoutException)
            {
                silent++;
            }
            catch (ChannelClosedException)
            {
                return "the runner is gone";
            }

            switch (line)
            {
                case GuardWords.Disarm:
                    return null;
                case GuardWords.Beat or GuardWords.Debugged:
                    (silent, debugged) = (0, line == GuardWords.Debugged);
                    Answer(GuardWords.Alive);
                    break;
                case { } told when told.StartsWith(GuardWords.Tool, StringComparison.Ordinal):
                    _ = int.TryParse(told.AsSpan(GuardWords.Tool.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _tool);
                    break;
            }

            if (silent >= HungAfterSeconds && !debugged)
            {
                // Only while it is still the parent: another process may have its number by now.
                if (Signals.ParentId() == order.Owner)
                {
                    Signals.Kill(order.Owner);
                }

                return string.Create(CultureInfo.InvariantCulture, $"the runner said nothing for {HungAfterSeconds} s and was killed");
            }
        }
    }

    /// <summary>Until this guard ends, nobody else gets the slots. A lease that is gone already keeps no guard from its work.</summary>
    private static SafeFileHandle? Hold(string? leaseLock)
    {
        SafeFileHandle? held = null;
        Try(() => held = leaseLock is null ? null : LeaseFolder.Live(leaseLock, make: false));
        return held;
    }

    private void Answer(string word) => Try(() =>
    {
        _output.WriteLine(word);
        _output.Flush();
    });

    private void Read(TextReader input)
    {
        Try(() =>
        {
            while (input.ReadLine() is { } line)
            {
                _lines.Writer.TryWrite(line);
            }
        });
        _lines.Writer.TryComplete();
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // Nobody hears it or the disk is full: the outputs matter more than the words.
        }
    }
}
