using System.Runtime.ExceptionServices;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>
/// One slot held by hand, without plan, watch and journal: what verbs such as <c>flash</c> work on. A guard stands beside it, so that a
/// killed program leaves the slot off; the slot is leased meanwhile. Disposal stops pulses, releases the straps and switches the supply off, unless
/// the slot keeps its power or was only looked at.
/// </summary>
public sealed class HandBench : IHandSlot, IFlashPlace, IAsyncDisposable
{
    private static readonly TimeSpan SafeLimit = TimeSpan.FromSeconds(10);

    private readonly VirtualBench? _virtual;
    private readonly Lease _lease;
    private readonly BenchComposer _composer;
    private readonly HandSafety _safety;
    private readonly Guard _guard;
    private readonly RunFolder _folder;
    private readonly bool _leavePower;

    private HandBench(
        BenchInventory inventory, LabClock clock, RunFolder folder, VirtualBench? virtualBench, Lease lease, BenchComposer composer, HandSafety safety, Interlocks interlocks,
        Guard guard, SlotHardware slot, bool lookOnly)
    {
        (Inventory, Clock, _folder, _virtual, _lease, _composer, _safety, Interlocks, _guard, Slot, _leavePower) =
            (inventory, clock, folder, virtualBench, lease, composer, safety, interlocks, guard, slot, lookOnly || slot.Entry.KeepPower);
        Broken = Task.WhenAny(safety.Stopped, lease.Lost, guard.Lost).Unwrap();
    }

    /// <summary>The inventory, its variables put in.</summary>
    public BenchInventory Inventory { get; }

    /// <summary>Clock of everything that is done.</summary>
    public LabClock Clock { get; }

    /// <summary>The slot.</summary>
    public SlotHardware Slot { get; }

    /// <summary>Folder for what is recorded.</summary>
    public string Folder => _folder.Path;

    /// <inheritdoc/>
    public void SetTool(int group) => _guard.SetTool(group);

    /// <summary>Asked before every action: E-stop, lid and what the inventory says of isolation.</summary>
    public Interlocks Interlocks { get; }

    /// <summary>Ends with the fault after which nothing more may be done: E-stop or lid opened, the lease is another's, or nobody guards the slot.</summary>
    public Task<BenchFaultException> Broken { get; }

    /// <summary>Opens a slot.</summary>
    /// <param name="bench">Inventory: a name of bench/inventory or a path.</param>
    /// <param name="slot">Its slot.</param>
    /// <param name="folder">Folder for records; null: runs/&lt;utc-stamp&gt;-&lt;bench&gt;.</param>
    /// <param name="timeScale">Of a virtual bench; null 1.</param>
    /// <param name="note">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends the attempt; what was opened is closed and off.</param>
    /// <exception cref="BenchFaultException">A part of the slot cannot be opened, or somebody else has it.</exception>
    /// <exception cref="UsageException">The bench has no such slot.</exception>
    public static Task<HandBench> OpenAsync(
        string bench, string slot, string? folder, double? timeScale, Action<string> note, CancellationToken cancellationToken) =>
        OpenAsync(new HandOptions { Bench = bench, Slot = slot, Folder = folder, TimeScale = timeScale }, note, cancellationToken);

    /// <summary>Opens a slot.</summary>
    /// <param name="options">Which, and how.</param>
    /// <param name="note">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends the attempt; what was opened is closed and off.</param>
    /// <exception cref="BenchFaultException">A part of the slot cannot be opened, or somebody else has it.</exception>
    /// <exception cref="UsageException">The bench has no such slot, or the options do not fit it.</exception>
    public static async Task<HandBench> OpenAsync(HandOptions options, Action<string> note, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> slots = [options.Slot];
        BenchFiles files = BenchFiles.Load(new BenchOwnerOptions { Bench = options.Bench, Slots = slots, TimeScale = options.TimeScale ?? 1, WatchOnly = true });
        if (options.Attach is not null && (files.Inventory.Virtual is null || options.TimeScale is not null))
        {
            throw new UsageException(files.Inventory.Virtual is null
                ? $"--attach: the bench '{files.Inventory.Name}' has real DUTs. Leave the option out."
                : "--attach and --time-scale: a virtual bench that runs already has its time scale. Leave one of them out.");
        }

        LabClock clock = LabClock.Start(files.TimeScale);
        RunFolder run = RunFolder.Create(options.Folder, files.Inventory.Name, Directory.GetCurrentDirectory());
        Stack<IAsyncDisposable> opened = new();
        try
        {
            VirtualBench? virtualBench = null;
            IReadOnlyDictionary<string, string> variables = new Dictionary<string, string>();
            if (files.Inventory.Virtual is not null)
            {
                virtualBench = options.Attach is { } directory
                    ? VirtualBench.Attach(directory)
                    : await VirtualBench.StartAsync(files.Inventory, clock, 1, cancellationToken).ConfigureAwait(false);
                opened.Push(virtualBench);
                note($"The virtual bench runs: {virtualBench.Directory}");
                clock = virtualBench.Clock;
                variables = virtualBench.Variables;
                files = files.WithVariables(variables);
            }

            Lease lease = await RunLease.TakeAsync(files, slots, virtualBench, options.Purpose, cancellationToken).ConfigureAwait(false);
            opened.Push(lease);
            Guard guard = await Guard.StartAsync(files, variables, options.LookOnly ? [] : slots, run.Path, lease, clock, note, cancellationToken).ConfigureAwait(false);
            opened.Push(guard);
            BenchComposer composer = new(files.Inventory, files.Catalogue, clock, run.Path);
            opened.Push(composer);
            SlotHardware hardware = (await composer.ComposeAsync(slots).ConfigureAwait(false))[0];
            opened.Push(hardware);
            Interlocks interlocks = new();
            HandSafety safety = new(composer.ComposeSafety(), interlocks, hardware.Power, options.LookOnly ? null : composer.ComposeHeartbeat());
            opened.Push(safety);
            await safety.StartAsync(cancellationToken).ConfigureAwait(false);
            return new HandBench(files.Inventory, clock, run, virtualBench, lease, composer, safety, interlocks, guard, hardware, options.LookOnly);
        }
        catch
        {
            while (opened.TryPop(out IAsyncDisposable? part))
            {
                await part.DisposeAsync().ConfigureAwait(false);
            }

            run.FreeReserve();
            run.RemoveIfNothingRan();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task SwitchAsync(bool on, CancellationToken cancellationToken) => Slot.SwitchAsync(on, Interlocks, cancellationToken);

    /// <inheritdoc/>
    public Task PowerUpAsync(Func<CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        Interlocks.Demand(Slot.Entry, SlotAction.PowerOn);
        return act(cancellationToken);
    }

    /// <summary>Does something with the slot for as long as nothing is <see cref="Broken"/>.</summary>
    /// <param name="act">Told to end when something breaks, and waited for.</param>
    /// <param name="cancellationToken">Ends it too.</param>
    /// <exception cref="BenchFaultException">What broke.</exception>
    public async Task RunAsync(Func<CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task acting = act(ending.Token);
        if (await Task.WhenAny(acting, Broken).ConfigureAwait(false) == Broken)
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await acting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw await Broken.ConfigureAwait(false);
        }

        await acting.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await SafeAsync().WaitAsync(SafeLimit, TimeProvider.System).ConfigureAwait(false);
            await _guard.DisarmAsync().ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            throw new BenchFaultException(FaultKind.Timeout, $"slot {Slot.Entry.Name}", "it could not be made safe in time", "The guard switches off what it can; see guard.log", late);
        }
        finally
        {
            await _guard.DisposeAsync().ConfigureAwait(false);
            await _lease.DisposeAsync().ConfigureAwait(false);
            if (_virtual is not null)
            {
                await _virtual.DisposeAsync().ConfigureAwait(false);
            }

            _folder.FreeReserve();
            if (!Directory.EnumerateFileSystemEntries(Folder).Any())
            {
                _folder.RemoveIfNothingRan();
            }
        }
    }

    /// <summary>Each part whatever became of the others, the supply first; the first failure is told at the end.</summary>
    private async Task SafeAsync()
    {
        List<Exception> failures = [];
        await TryAsync(() => _safety.DisposeAsync().AsTask()).ConfigureAwait(false);
        await TryAsync(() => _leavePower ? Task.CompletedTask : Slot.Power?.CutAsync(null, CancellationToken.None)).ConfigureAwait(false);
        await TryAsync(() => Slot.Button?.SetAsync(false, CancellationToken.None)).ConfigureAwait(false);
        await TryAsync(() => Slot.BootStrap?.SetAsync(false, CancellationToken.None)).ConfigureAwait(false);
        foreach (PulseChannel channel in Enum.GetValues<PulseChannel>())
        {
            await TryAsync(() => Slot.Pulses?.SetAsync(channel, default, Bl0937Model.PulseWidth, CancellationToken.None)).ConfigureAwait(false);
        }

        await TryAsync(() => Slot.DisposeAsync().AsTask()).ConfigureAwait(false);
        await TryAsync(() => _composer.DisposeAsync().AsTask()).ConfigureAwait(false);
        if (failures.Count > 0)
        {
            ExceptionDispatchInfo.Throw(failures[0]);
        }

        async Task TryAsync(Func<Task?> act)
        {
            try
            {
                await (act() ?? Task.CompletedTask).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                failures.Add(failure);
            }
        }
    }
}
