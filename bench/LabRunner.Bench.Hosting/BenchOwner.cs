using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting;

/// <summary>What a bench is opened with.</summary>
public sealed record BenchOwnerOptions
{
    /// <summary>Inventory: a name of bench/inventory or a path. Default virtual.</summary>
    public string Bench { get; init; } = "virtual";

    /// <summary>Plan: a name of bench/plans or a path. Default smoke.</summary>
    public string Plan { get; init; } = "smoke";

    /// <summary>Seed of all randomness. Default 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Time scale; null: the plan's on a virtual bench, 1 on a real one.</summary>
    public double? TimeScale { get; init; }

    /// <summary>Slots to use; null: all.</summary>
    public IReadOnlyList<string>? Slots { get; init; }

    /// <summary>Run folder; null: runs/&lt;utc-stamp&gt;-&lt;bench&gt; below the current directory.</summary>
    public string? RunFolder { get; init; }
}

/// <summary>
/// The process's hold on a bench: inventory and plan checked, virtual plugs started where the inventory has them, drivers built, the
/// session open and a guard beside it. Disposal reaches the safe state whatever happened before. One owner per bench.
/// </summary>
public sealed class BenchOwner : IAsyncDisposable
{
    private readonly VirtualBench? _virtual;
    private readonly BenchComposer _composer;
    private readonly IReadOnlyList<SlotHardware> _slots;
    private readonly Guard _guard;

    private BenchOwner(
        BenchFiles files, LabClock clock, string runFolder, VirtualBench? virtualBench, BenchComposer composer, IReadOnlyList<SlotHardware> slots,
        Guard guard, BenchSession session)
    {
        Files = files;
        Clock = clock;
        RunFolder = runFolder;
        _virtual = virtualBench;
        _composer = composer;
        _slots = slots;
        _guard = guard;
        Session = session;
    }

    /// <summary>Inventory and plan.</summary>
    public BenchFiles Files { get; }

    /// <summary>The run's clock.</summary>
    public LabClock Clock { get; }

    /// <summary>Absolute path of the run folder.</summary>
    public string RunFolder { get; }

    /// <summary>The bench.</summary>
    public BenchSession Session { get; }

    /// <summary>Slots in inventory order.</summary>
    public IReadOnlyList<SlotHardware> Slots => _slots;

    /// <summary>Opens a bench.</summary>
    /// <param name="options">What to open.</param>
    /// <param name="files">Checked files, from <see cref="BenchFiles.Load"/> with the same options.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends the attempt; what was opened is closed and off.</param>
    /// <exception cref="BenchFaultException">A part of the bench cannot be opened.</exception>
    /// <exception cref="FileProblemsException">The inventory does not hold with the virtual bench's addresses.</exception>
    public static async Task<BenchOwner> OpenAsync(BenchOwnerOptions options, BenchFiles files, Action<string> say, CancellationToken cancellationToken)
    {
        LabClock clock = LabClock.Start(files.TimeScale);
        string runFolder = RunFolders.Create(options.RunFolder, files.Inventory.Name);
        Stack<IAsyncDisposable> opened = new();
        try
        {
            VirtualBench? virtualBench = null;
            IReadOnlyDictionary<string, string> variables = new Dictionary<string, string>();
            if (files.Inventory.Virtual is not null)
            {
                virtualBench = await VirtualBench.StartAsync(files.Inventory, clock, options.Seed, cancellationToken).ConfigureAwait(false);
                opened.Push(virtualBench);
                variables = virtualBench.Variables;
                say($"The virtual bench runs: {virtualBench.Directory}");
                files = files.WithVariables(variables);
            }

            Guard guard = await Guard.StartAsync(files, variables, options.Slots, clock, cancellationToken).ConfigureAwait(false);
            opened.Push(guard);
            BenchComposer composer = new(files.Inventory, files.Catalogue, clock, runFolder);
            opened.Push(composer);
            IReadOnlyList<SlotHardware> slots = await composer.ComposeAsync(options.Slots).ConfigureAwait(false);
            foreach (SlotHardware slot in slots)
            {
                opened.Push(slot);
            }

            await Preflight.CheckAsync(files.Inventory, slots, cancellationToken).ConfigureAwait(false);
            say($"Opening {slots.Count} slots: consoles first, then power.");
            BenchSession session = await BenchSession.OpenAsync(
                new BenchSessionOptions
                {
                    Inventory = files.Inventory,
                    Plan = files.Plan,
                    Slots = slots,
                    Clock = clock,
                    Seed = options.Seed,
                    RunFolder = runFolder,
                    RunnerVersion = RunnerVersion.Text,
                },
                cancellationToken).ConfigureAwait(false);
            return new BenchOwner(files, clock, runFolder, virtualBench, composer, slots, guard, session);
        }
        catch
        {
            while (opened.TryPop(out IAsyncDisposable? part))
            {
                await part.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Session.DisposeAsync().ConfigureAwait(false);
            foreach (SlotHardware slot in _slots)
            {
                await slot.DisposeAsync().ConfigureAwait(false);
            }

            await _composer.DisposeAsync().ConfigureAwait(false);
            await _guard.DisarmAsync().ConfigureAwait(false);
        }
        finally
        {
            // A guard that was not disarmed above switches everything off when its pipe closes here.
            await _guard.DisposeAsync().ConfigureAwait(false);
            if (_virtual is not null)
            {
                await _virtual.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
