using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Discovery;
using LabRunner.Bench.Hosting.Discovery.Doctor;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Bench.Session;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Builds;
using LabRunner.Station.Jobs;

namespace LabRunner.Station.Benches;

/// <summary>Opens the bench, for watching or for a run.</summary>
internal interface IBenchOpener
{
    /// <summary>Looks at the machine without touching it.</summary>
    /// <returns>What that is needed does not work, a clause; null: nothing.</returns>
    Task<string?> VisitAsync(CancellationToken cancellationToken);

    /// <summary>Opens it without a plan.</summary>
    /// <exception cref="BenchFaultException">A part of the bench cannot be opened, or somebody else has it.</exception>
    Task<IWatchedBench> WatchAsync(string folder, Action<string> say, CancellationToken cancellationToken);

    /// <summary>Plays a job's plan to its end, or goes on with it where its runner died.</summary>
    /// <param name="job">The job, its folder chosen.</param>
    /// <param name="view">Told what happens.</param>
    /// <param name="opened">Told when the bench is open.</param>
    /// <param name="closing">Waited for when nothing is recorded any more.</param>
    /// <param name="lend">Ends when the program that borrowed the bench has left it; null: the plan's suites run.</param>
    /// <param name="cancellationToken">Ends it; the report is still written.</param>
    Task<NightResult> RunAsync(Job job, INightView view, Action<OpenBench> opened, Func<OpenBench, Task> closing, Func<CancellationToken, Task>? lend, CancellationToken cancellationToken);
}

/// <summary>A bench that is watched until it is disposed.</summary>
internal interface IWatchedBench : IAsyncDisposable
{
    /// <summary>The bench.</summary>
    OpenBench Bench { get; }

    /// <summary>Ends the watch; its consoles have told all they had when this returns.</summary>
    Task FinishAsync();
}

/// <summary>The bench of an inventory.</summary>
/// <param name="bench">Inventory: a name of bench/inventory or a path.</param>
/// <param name="runs">Folder of the runs.</param>
/// <param name="firmware">Puts builds into plugs.</param>
/// <param name="timeScale">Of a virtual bench that is watched; null: the usual one.</param>
internal sealed class InventoryOpener(string bench, string runs, FirmwareHand firmware, double? timeScale = null) : IBenchOpener
{
    /// <inheritdoc/>
    public async Task<string?> VisitAsync(CancellationToken cancellationToken)
    {
        BenchNeeds needs = BenchNeeds.Of(BenchFiles.Load(new BenchOwnerOptions { Bench = bench, WatchOnly = true, TimeScale = 1 }).Inventory);
        IReadOnlyList<Finding> findings = await MachineDoctor.VisitAsync(new LinuxMachine(), needs, runs, cancellationToken).ConfigureAwait(false);
        string[] wrong = [.. findings.Where(f => f.State == CheckState.Wrong).Select(f => $"{f.Check}: {f.Found}{(f.Remedy is { } remedy ? $" (remedy: {remedy})" : "")}")];
        return wrong.Length > 0 ? string.Join("; ", wrong) : null;
    }

    /// <inheritdoc/>
    public async Task<IWatchedBench> WatchAsync(string folder, Action<string> say, CancellationToken cancellationToken)
    {
        BenchOwnerOptions options = new() { Bench = bench, WatchOnly = true, RunFolder = folder, TimeScale = timeScale };
        return new Watched(await BenchOwner.OpenAsync(options, BenchFiles.Load(options), say, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public Task<NightResult> RunAsync(Job job, INightView view, Action<OpenBench> opened, Func<OpenBench, Task> closing, Func<CancellationToken, Task>? lend, CancellationToken cancellationToken)
    {
        bool begun = File.Exists(Path.Combine(job.Folder!, LabRunner.Reports.Records.JournalSchema.FileName));
        NightRunner night = new(
            new BenchOwnerOptions
            {
                Bench = bench, Plan = job.Plan, Seed = job.Seed, Night = job.Night, Why = job.Why, TimeScale = job.TimeScale, Slots = job.Slots, RunFolder = job.Folder, Resume = begun ? job.Folder : null,
            },
            view) { Lend = lend };
        night.Opened += owner => opened(Of(owner, isRun: true));
        night.Closing += owner => closing(Of(owner, isRun: true));
        night.Prepare = job.Firmware is null ? null : (owner, ending) => firmware.PutAsync(Of(owner, isRun: true), job, view.Say, ending);
        return night.RunAsync(cancellationToken);
    }

    private static OpenBench Of(BenchOwner owner, bool isRun) =>
        new(owner.Session, owner.Clock, owner.Slots, owner.Broken) { Inventory = owner.Files.Inventory, SetTool = owner.SetTool, Folder = owner.RunFolder, IsRun = isRun };

    private sealed class Watched(BenchOwner owner) : IWatchedBench
    {
        public OpenBench Bench { get; } = Of(owner, isRun: false);

        public async Task FinishAsync()
        {
            await owner.Session.SafeStateAsync().ConfigureAwait(false);
            await owner.Session.FinishAsync("completed", new CancellationToken(canceled: true)).ConfigureAwait(false);
        }

        public ValueTask DisposeAsync() => owner.DisposeAsync();
    }
}
