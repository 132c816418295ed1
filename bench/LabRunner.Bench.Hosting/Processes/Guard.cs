using System.Diagnostics;
using System.Text.Json;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Processes;

/// <summary>
/// The small process that holds the promise "off is safe": a GPIO keeps its level after its owner dies, so when the owner's pipe to the
/// guard closes without a word, the guard opens the power drivers itself and switches every output off that may go off.
/// </summary>
public sealed class Guard : IAsyncDisposable
{
    private const string Verb = "guard";
    private const string Disarm = "disarm";
    private const string Armed = "armed";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    private Guard(Process process) => _process = process;

    /// <summary>Starts a guard for a bench and waits until it is armed.</summary>
    /// <exception cref="BenchFaultException">It did not arm.</exception>
    public static async Task<Guard> StartAsync(
        BenchFiles files, IReadOnlyDictionary<string, string> variables, IReadOnlyList<string>? slots, LabClock clock, CancellationToken cancellationToken)
    {
        // A session of its own: the terminal's Ctrl-C goes to the owner, which then ends in good order.
        ProcessStartInfo start = new("setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { "--wait", SisterProgram.Find("LabRunner.Cli", "labrunner"), Verb },
        };
        start.Environment[LabClock.EnvironmentVariable] = clock.ToEnvironment();
        Process process = Process.Start(start)!;
        GuardOrder order = new(files.Inventory.File, files.Folders.Boards, variables, slots);
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order)).ConfigureAwait(false);
        await process.StandardInput.FlushAsync(cancellationToken).ConfigureAwait(false);
        using CancellationTokenSource limit = new(StartLimit, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        string? word = null;
        try
        {
            word = await process.StandardOutput.ReadLineAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Judged below like any other missing answer.
        }

        if (word == Armed)
        {
            return new Guard(process);
        }

        process.Kill(entireProcessTree: true);
        throw new BenchFaultException(FaultKind.Process, "guard", $"it did not arm ({word ?? "no answer"})", "Without it mains could stay on after a crash; look at the machine's load and try again");
    }

    /// <summary>The owner has made everything safe itself: the guard ends without touching an output.</summary>
    public async Task DisarmAsync()
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(Disarm).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The guard is gone already; the outputs are off, which was its only task.
        }
    }

    /// <summary>Closes the pipe and waits for the guard to end.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // As above: it ended before.
        }

        await _process.WaitForExitAsync().ConfigureAwait(false);
        _process.Dispose();
    }

    /// <summary>The guard's own life: what the hidden verb runs.</summary>
    /// <returns>0 when nothing was to do or everything went off, 3 when an output could not be switched.</returns>
    public static async Task<int> RunAsync(TextReader input, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        string? text = await input.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        if (text is null)
        {
            return 0;
        }

        GuardOrder order = JsonSerializer.Deserialize<GuardOrder>(text)!;
        DriverCatalogue catalogue = new();
        BenchInventory inventory = InventoryLoader.Load(order.Inventory, catalogue, order.Variables, order.Boards);
        await output.WriteLineAsync(Armed).ConfigureAwait(false);
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        string? word = await input.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        if (word == Disarm)
        {
            return 0;
        }

        int code = 0;
        BenchComposer composer = new(inventory, catalogue, LabClock.FromEnvironment(), Path.GetTempPath());
        foreach (SlotEntry slot in inventory.Slots.Where(s => !s.KeepPower && (order.Slots is null || order.Slots.Contains(s.Name))))
        {
            try
            {
                // Opening the driver already puts the output into its safe initial state; switching confirms it.
                if (composer.ComposePower(slot) is { } power)
                {
                    await power.SwitchAsync(PowerState.Off, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception failure)
            {
                code = 3;
                await error.WriteLineAsync($"guard: slot {slot.Name} could not be switched off: {failure.Message}").ConfigureAwait(false);
            }
        }

        return code;
    }

    private sealed record GuardOrder(string Inventory, string Boards, IReadOnlyDictionary<string, string> Variables, IReadOnlyList<string>? Slots);
}
