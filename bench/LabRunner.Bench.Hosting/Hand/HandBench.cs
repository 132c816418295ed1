using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>
/// One slot held by hand, without plan, watch and journal: what verbs such as <c>flash</c> work on. A guard stands beside it, so that a
/// killed program leaves the slot off. Disposal releases the straps and switches the supply off.
/// </summary>
public sealed class HandBench : IAsyncDisposable
{
    private static readonly TimeSpan SafeLimit = TimeSpan.FromSeconds(10);

    private readonly VirtualBench? _virtual;
    private readonly BenchComposer _composer;
    private readonly Guard _guard;
    private readonly RunFolder _folder;

    private HandBench(BenchInventory inventory, LabClock clock, RunFolder folder, VirtualBench? virtualBench, BenchComposer composer, Guard guard, SlotHardware slot)
    {
        (Inventory, Clock, _folder, _virtual, _composer, _guard, Slot) = (inventory, clock, folder, virtualBench, composer, guard, slot);
    }

    /// <summary>The inventory, its variables put in.</summary>
    public BenchInventory Inventory { get; }

    /// <summary>Clock of everything that is done.</summary>
    public LabClock Clock { get; }

    /// <summary>The slot.</summary>
    public SlotHardware Slot { get; }

    /// <summary>Folder for what is recorded.</summary>
    public string Folder => _folder.Path;

    /// <summary>Names the process group of a program of others that must not outlive this process; 0: there is none any more.</summary>
    public void SetTool(int group) => _guard.SetTool(group);

    /// <summary>Opens a slot.</summary>
    /// <param name="bench">Inventory: a name of bench/inventory or a path.</param>
    /// <param name="slot">Its slot.</param>
    /// <param name="folder">Folder for records; null: runs/&lt;utc-stamp&gt;-&lt;bench&gt;.</param>
    /// <param name="timeScale">Of a virtual bench; null 1.</param>
    /// <param name="note">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends the attempt; what was opened is closed and off.</param>
    /// <exception cref="BenchFaultException">A part of the slot cannot be opened.</exception>
    /// <exception cref="UsageException">The bench has no such slot.</exception>
    public static async Task<HandBench> OpenAsync(
        string bench, string slot, string? folder, double? timeScale, Action<string> note, CancellationToken cancellationToken)
    {
        BenchFiles files = BenchFiles.Load(new BenchOwnerOptions { Bench = bench, Slots = [slot], TimeScale = timeScale ?? 1 });
        LabClock clock = LabClock.Start(files.TimeScale);
        RunFolder run = RunFolder.Create(folder, files.Inventory.Name, Directory.GetCurrentDirectory());
        Stack<IAsyncDisposable> opened = new();
        try
        {
            VirtualBench? virtualBench = null;
            IReadOnlyDictionary<string, string> variables = new Dictionary<string, string>();
            if (files.Inventory.Virtual is not null)
            {
                virtualBench = await VirtualBench.StartAsync(files.Inventory, clock, 1, cancellationToken).ConfigureAwait(false);
                opened.Push(virtualBench);
                note($"The virtual bench runs: {virtualBench.Directory}");
                variables = virtualBench.Variables;
                files = files.WithVariables(variables);
            }

            Guard guard = await Guard.StartAsync(files, variables, [slot], run.Path, clock, note, cancellationToken).ConfigureAwait(false);
            opened.Push(guard);
            BenchComposer composer = new(files.Inventory, files.Catalogue, clock, run.Path);
            opened.Push(composer);
            SlotHardware hardware = (await composer.ComposeAsync([slot]).ConfigureAwait(false))[0];
            return new HandBench(files.Inventory, clock, run, virtualBench, composer, guard, hardware);
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

    private async Task SafeAsync()
    {
        if (Slot.Power is { } power && !Slot.Entry.KeepPower)
        {
            await power.SwitchAsync(PowerState.Off, CancellationToken.None).ConfigureAwait(false);
        }

        if (Slot.BootStrap is { } strap)
        {
            await strap.SetAsync(false, CancellationToken.None).ConfigureAwait(false);
        }

        await Slot.DisposeAsync().ConfigureAwait(false);
        await _composer.DisposeAsync().ConfigureAwait(false);
    }
}
