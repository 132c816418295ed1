using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Discovery;
using LabRunner.Bench.Hosting.Discovery.Survey;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Hosting.Resume;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

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

    /// <summary>Number of the night, for a plan that rotates; null: of today's date.</summary>
    public long? Night { get; init; }

    /// <summary>Why the run is played, for its journal; null: it is not said.</summary>
    public string? Why { get; init; }

    /// <summary>Time scale; null: the plan's on a virtual bench, 1 on a real one.</summary>
    public double? TimeScale { get; init; }

    /// <summary>Slots to use; null: all.</summary>
    public IReadOnlyList<string>? Slots { get; init; }

    /// <summary>Run folder; null: runs/&lt;utc-stamp&gt;-&lt;bench&gt; below the current directory, or below <see cref="BenchFolders.Home"/> with <see cref="RunsAtHome"/>.</summary>
    public string? RunFolder { get; init; }

    /// <summary>Folder of a run whose runner died, to go on with it: then the other options are what that run was begun with. Null: a new run.</summary>
    public string? Resume { get; init; }

    /// <summary>
    /// True: no plan, only consoles and watch, and the slots wait without power until somebody switches them on. Nothing is tried to bring a
    /// DUT back. Default false.
    /// </summary>
    public bool WatchOnly { get; init; }

    /// <summary>True: runs/ is the repository's, whatever the current directory is. Default false.</summary>
    public bool RunsAtHome { get; init; }
}

/// <summary>
/// The process's hold on a bench: inventory and plan checked, virtual plugs started where the inventory has them, drivers built, the
/// session open and a guard beside it. Disposal reaches the safe state whatever happened before. One owner per bench.
/// </summary>
public sealed class BenchOwner : IAsyncDisposable
{
    // As far back as a station can be asked for figures.
    private static readonly TimeSpan WatchKeeps = TimeSpan.FromDays(1);

    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(60);

    private readonly VirtualBench? _virtual;
    private readonly Lease _lease;
    private readonly BenchComposer _composer;
    private readonly IReadOnlyList<SlotHardware> _slots;
    private readonly Guard _guard;
    private readonly RunFolder _folder;

    private BenchOwner(
        BenchFiles files, LabClock clock, RunFolder folder, VirtualBench? virtualBench, Lease lease, BenchComposer composer, IReadOnlyList<SlotHardware> slots,
        Guard guard, BenchSession session)
    {
        Files = files;
        Clock = clock;
        _folder = folder;
        _virtual = virtualBench;
        _lease = lease;
        _composer = composer;
        _slots = slots;
        _guard = guard;
        Session = session;
        Broken = Task.WhenAny(session.Broken, guard.Lost, lease.Lost).Unwrap();
    }

    /// <summary>Inventory and plan.</summary>
    public BenchFiles Files { get; }

    /// <summary>The run's clock.</summary>
    public LabClock Clock { get; }

    /// <summary>Absolute path of the run folder.</summary>
    public string RunFolder => _folder.Path;

    /// <summary>The bench.</summary>
    public BenchSession Session { get; }

    /// <summary>The run of a dead runner that this one goes on with; null: a new run.</summary>
    internal ResumedRun? Resumed { get; private init; }

    /// <summary>Slots in inventory order.</summary>
    public IReadOnlyList<SlotHardware> Slots => _slots;

    /// <summary>Ends with the fault after which the run must end: nothing can be recorded any more, nobody guards the outputs, or the slots are another's.</summary>
    public Task<BenchFaultException> Broken { get; }

    /// <summary>Names the process group of a program of others that must not outlive this process; 0: there is none any more.</summary>
    public void SetTool(int group) => _guard.SetTool(group);

    /// <summary>Tells the journal how the machine is: its clock and its supply.</summary>
    /// <param name="when">Begins the sentence, such as "At the beginning".</param>
    /// <param name="cancellationToken">Ends the question.</param>
    public async Task NoteHostAsync(string when, CancellationToken cancellationToken)
    {
        try
        {
            HostState state = await HostState.ReadAsync(new LinuxMachine(), cancellationToken).ConfigureAwait(false);
            Session.Note(EventKinds.Host, $"{when}: {state.Sentence}", state.Facts);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // No night is lost by what its machine does not tell.
            Session.Note(EventKinds.Host, $"{when}: the machine does not tell of itself ({failure.Message.TrimEnd('.')})", new Dictionary<string, string>());
        }
    }

    /// <summary>Gives the disk space back that was held for the end of the run.</summary>
    public void FreeReserve() => _folder.FreeReserve();

    /// <summary>Opens a bench.</summary>
    /// <param name="options">What to open.</param>
    /// <param name="files">Checked files, from <see cref="BenchFiles.Load"/> with the same options.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends the attempt; what was opened is closed and off.</param>
    /// <exception cref="BenchFaultException">A part of the bench cannot be opened.</exception>
    /// <exception cref="FileProblemsException">The inventory does not hold with the virtual bench's addresses.</exception>
    public static Task<BenchOwner> OpenAsync(BenchOwnerOptions options, BenchFiles files, Action<string> say, CancellationToken cancellationToken) =>
        OpenAsync(options, files, null, say, cancellationToken);

    /// <summary>Opens the bench of a run that goes on.</summary>
    internal static Task<BenchOwner> OpenAsync(ResumedRun resumed, Action<string> say, CancellationToken cancellationToken) =>
        OpenAsync(resumed.Options, resumed.Files, resumed, say, cancellationToken);

    private static async Task<BenchOwner> OpenAsync(
        BenchOwnerOptions options, BenchFiles files, ResumedRun? resumed, Action<string> say, CancellationToken cancellationToken)
    {
        LabClock clock = resumed?.Clock ?? LabClock.Start(files.TimeScale);
        RunFolder folder = resumed?.Folder
            ?? Hosting.RunFolder.Create(options.RunFolder, files.Inventory.Name, options.RunsAtHome ? files.Folders.Home : Directory.GetCurrentDirectory());
        BenchSession? session = null;
        Stack<IAsyncDisposable> opened = new();
        try
        {
            if (resumed is null)
            {
                folder.Hold();
            }

            VirtualBench? virtualBench = null;
            IReadOnlyDictionary<string, string> variables = new Dictionary<string, string>();
            if (files.Inventory.Virtual is not null)
            {
                if (resumed?.VirtualDirectory is { } directory)
                {
                    // Not ended when this attempt fails: the next one needs it.
                    virtualBench = VirtualBench.Rejoin(directory);
                }
                else
                {
                    virtualBench = await VirtualBench.StartAsync(files.Inventory, clock, options.Seed, cancellationToken).ConfigureAwait(false);
                    opened.Push(virtualBench);
                }

                variables = virtualBench.Variables;
                say($"The virtual bench runs: {virtualBench.Directory}");
                files = files.WithVariables(variables);
            }

            void Note(string text)
            {
                say(text);
                Volatile.Read(ref session)?.Note("guard", text);
            }

            Lease lease = await RunLease.TakeAsync(
                files, options.Slots, virtualBench, options.WatchOnly ? "the station" : $"{(options.RunsAtHome ? "tests" : "night")}, plan {files.Plan.Name}", cancellationToken).ConfigureAwait(false);
            opened.Push(lease);
            Guard guard = await Guard.StartAsync(files, variables, options.Slots, folder.Path, lease, clock, Note, cancellationToken).ConfigureAwait(false);
            opened.Push(guard);
            BenchComposer composer = new(files.Inventory, files.Catalogue, clock, folder.Path);
            opened.Push(composer);
            IReadOnlyList<SlotHardware> slots = await composer.ComposeAsync(options.Slots).ConfigureAwait(false);
            foreach (SlotHardware slot in slots)
            {
                opened.Push(slot);
            }

            IReadOnlyList<SafetyInput> safety = composer.ComposeSafety();
            await Preflight.CheckAsync(files.Inventory, slots, cancellationToken).ConfigureAwait(false);
            say($"Opening {Words.Count(slots.Count, "slot")}: consoles first, then power.");
            BenchSession running = await BenchSession.OpenAsync(
                new BenchSessionOptions
                {
                    Inventory = files.Inventory,
                    Plan = files.Plan,
                    Slots = slots,
                    Safety = safety,
                    Heartbeat = composer.ComposeHeartbeat(),
                    Network = composer.ComposeNetwork(),
                    Clock = clock,
                    Seed = options.Seed,
                    Night = files.Rotation?.Night,
                    RunFolder = folder.Path,
                    RunnerVersion = RunnerVersion.Text,
                    OwnerFacts = RunOrigin.Of(files, options.Slots, clock, virtualBench?.Directory).ToJson(),
                    Quarantine = files.Quarantine,
                    Resume = resumed?.Point,
                    StartsOff = options.WatchOnly,
                    Keeps = options.WatchOnly ? WatchKeeps : null,
                },
                cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref session, running);
            return new BenchOwner(files, clock, folder, virtualBench, lease, composer, slots, guard, running) { Resumed = resumed };
        }
        catch
        {
            while (opened.TryPop(out IAsyncDisposable? part))
            {
                await part.DisposeAsync().ConfigureAwait(false);
            }

            folder.FreeReserve();
            folder.Dispose();
            folder.RemoveIfNothingRan();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await CloseAsync().WaitAsync(CloseLimit, TimeProvider.System).ConfigureAwait(false);
            if (!Session.Faults.Any(f => f.Kind is FaultKind.Power or FaultKind.Gpio or FaultKind.Command or FaultKind.Timeout))
            {
                await _guard.DisarmAsync().ConfigureAwait(false);
            }
        }
        catch (TimeoutException late)
        {
            throw new BenchFaultException(
                FaultKind.Timeout, "the bench", $"its drivers did not close within {CloseLimit.TotalSeconds:0} s", "The guard switches off what it can; see guard.log in the run folder", late);
        }
        finally
        {
            // A guard that was not disarmed above switches everything off when its pipe closes here: also where the session could not.
            await _guard.DisposeAsync().ConfigureAwait(false);
            await _lease.DisposeAsync().ConfigureAwait(false);
            if (_virtual is not null)
            {
                await _virtual.DisposeAsync().ConfigureAwait(false);
            }

            _folder.FreeReserve();
            _folder.Dispose();
        }
    }

    private async Task CloseAsync()
    {
        await Session.DisposeAsync().ConfigureAwait(false);
        foreach (SlotHardware slot in _slots)
        {
            await slot.DisposeAsync().ConfigureAwait(false);
        }

        await _composer.DisposeAsync().ConfigureAwait(false);
    }
}
