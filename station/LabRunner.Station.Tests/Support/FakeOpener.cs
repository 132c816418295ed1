using System.Collections.Concurrent;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Bench.Plans;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Bench.Tests.Session;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Units;
using LabRunner.Reports.Formats;
using LabRunner.Station.Benches;
using LabRunner.Station.Jobs;

namespace LabRunner.Station.Tests.Support;

/// <summary>Opens real sessions over plugs in memory, twenty times as fast as copper.</summary>
internal sealed class FakeOpener(string inventory) : IBenchOpener
{
    /// <summary>The plugs of the bench that is open, by slot.</summary>
    public ConcurrentDictionary<string, FakePlug> Plugs { get; } = [];

    /// <summary>The pulses that are fed, by slot.</summary>
    public ConcurrentDictionary<string, FakePulses> Pulses { get; } = [];

    /// <summary>Jobs whose run was begun, with how often each was gone on with.</summary>
    public ConcurrentQueue<Job> Begun { get; } = [];

    /// <summary>Set to let a run come to its end.</summary>
    public TaskCompletionSource RunMayEnd { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is wrong with the machine.</summary>
    public string? MachineProblem { get; set; }

    /// <summary>Called with each plug before it is opened.</summary>
    public Action<string, FakePlug>? Made { get; set; }

    public Task<string?> VisitAsync(CancellationToken cancellationToken) => Task.FromResult(MachineProblem);

    /// <summary>What the bench cannot be opened for; null: it opens.</summary>
    public Exception? WatchFault { get; set; }

    /// <summary>What a run cannot be opened for; null: it opens.</summary>
    public BenchFaultException? RunFault { get; set; }

    public async Task<IWatchedBench> WatchAsync(string folder, Action<string> say, CancellationToken cancellationToken) => WatchFault is { } fault ? throw fault :
        new Watched(await OpenAsync(folder, null, cancellationToken));

    public async Task<NightResult> RunAsync(Job job, INightView view, Action<OpenBench> opened, Func<OpenBench, Task> closing, Func<CancellationToken, Task>? lend, CancellationToken cancellationToken)
    {
        Begun.Enqueue(job);
        if (RunFault is { } fault)
        {
            throw fault;
        }

        Directory.CreateDirectory(job.Folder!);
        if (job.Resumed > 0)
        {
            // The real one goes on with its journal, which is proved where kill -9 is; here only that it is asked to.
            File.Delete(Path.Combine(job.Folder!, "journal.db"));
        }

        OpenBench bench = await OpenAsync(job.Folder!, job, cancellationToken);
        bool interrupted = false;
        await using (bench.Session)
        {
            opened(bench);
            view.Say($"The fake night plays {job.Plan}.");
            await bench.Session.SayAsync(bench.Slots[^1].Entry.Name, "S99 at work", cancellationToken);
            view.Show(new NightSnapshot(bench.Clock.Elapsed, bench.Session.GetLive()));
            try
            {
                await (lend?.Invoke(cancellationToken) ?? RunMayEnd.Task.WaitAsync(cancellationToken));
            }
            catch (OperationCanceledException)
            {
                interrupted = true;
            }

            await bench.Session.FinishAsync(interrupted ? "aborted: interrupted by the user" : "completed", new CancellationToken(true));
            await closing(bench);
        }

        return new NightResult(job.Folder!, ReportRenderer.Render(job.Folder!), interrupted, null);
    }

    private async Task<OpenBench> OpenAsync(string folder, Job? job, CancellationToken cancellationToken)
    {
        LabClock clock = LabClock.Start(20);
        BenchFiles files = BenchFiles.Load(new BenchOwnerOptions { Bench = inventory, WatchOnly = true, TimeScale = 1 });
        List<SlotHardware> slots = [];
        foreach (var entry in files.Inventory.Slots.Where(s => job?.Slots?.Contains(s.Name) ?? true))
        {
            FakePlug plug = Plugs[entry.Name] = new FakePlug(clock);
            Made?.Invoke(entry.Name, plug);
            FakePulses pulses = Pulses[entry.Name] = new FakePulses();
            slots.Add(new SlotHardware { Entry = entry, Power = plug, Button = plug, RelaySense = plug, Console = plug.Console, Pulses = pulses, Plug = plug });
        }

        BenchSession session = await BenchSession.OpenAsync(
            new BenchSessionOptions
            {
                Inventory = files.Inventory, Plan = Planned(files, job), Slots = slots, Clock = clock, Seed = 1, RunFolder = folder, RunnerVersion = "test", StartsOff = job is null,
            },
            cancellationToken);
        return new OpenBench(session, clock, slots, new TaskCompletionSource<BenchFaultException>().Task) { Inventory = files.Inventory, Folder = folder, IsRun = job is not null };
    }

    // What a run is for is known; no suite runs by itself, and the watch is that of a bench without a plan.
    private static Plan Planned(BenchFiles files, Job? job) => job is null ? files.Plan
        : files.Plan with { Name = job.Plan, Suites = PlanLoader.Load(job.Plan, files.Folders.Plans, [.. files.Inventory.Slots.Select(s => s.Name)]).Suites };

    private sealed class Watched(OpenBench bench) : IWatchedBench
    {
        public OpenBench Bench => bench;

        public Task FinishAsync() => bench.Session.FinishAsync("completed", new CancellationToken(true));

        public ValueTask DisposeAsync() => bench.Session.DisposeAsync();
    }
}

/// <summary>A pulse source in memory.</summary>
internal sealed class FakePulses : IPulseSource
{
    private readonly ConcurrentDictionary<PulseChannel, Hertz> _set = [];

    public PulseCapabilities Capabilities { get; } = new(0.01, 100_000, 0, 0, FollowsSel: true);

    /// <summary>What a channel emits, Hz.</summary>
    public double Of(PulseChannel channel) => _set.GetValueOrDefault(channel).Value;

    public Task SetAsync(PulseChannel channel, Hertz frequency, TimeSpan width, CancellationToken cancellationToken)
    {
        _set[channel] = frequency;
        return Task.CompletedTask;
    }

    public Task<PulseReadback> ReadBackAsync(PulseChannel channel, CancellationToken cancellationToken) => Task.FromResult(new PulseReadback(_set.GetValueOrDefault(channel), Bl0937Model.PulseWidth, null));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
