using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Rpc;
using LabRunner.Bench.Watch;
using LabRunner.Hardware.Drivers.Plugs;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Hosting;

/// <summary>A process's way to the bench, held for as long as suites run in it.</summary>
public interface IBenchLink : IAsyncDisposable
{
    /// <summary>The bench.</summary>
    IBenchApi Api { get; }

    /// <summary>The clock all processes of the run share.</summary>
    LabClock Clock { get; }

    /// <summary>Ends when the process that owns the bench is gone; never where this process owns it.</summary>
    Task OwnerGone => new TaskCompletionSource().Task;

    /// <summary>The HTTP face of a slot's DUT, null where the slot has no address.</summary>
    IPlug? Plug(string slot);

    /// <summary>The HTTP face of a DUT at an address that is not the inventory's.</summary>
    /// <param name="hostPort">host:port.</param>
    /// <exception cref="NotSupportedException">This bench has no network.</exception>
    IPlug PlugAt(string hostPort) => throw new NotSupportedException("This bench has no network.");

    /// <summary>Sees that a DUT that serves its bench can be reached from here too; the bench may be another machine's.</summary>
    /// <exception cref="BenchFaultException">Kind Network: it cannot.</exception>
    Task ReachAsync(string slot, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Where suites get their bench from: the owner's socket in a night, a station's bench or one of their own under <c>dotnet test</c> or an IDE.</summary>
public static class BenchConnection
{
    /// <summary>Names the Unix socket of the bench's owner.</summary>
    public const string SocketVariable = BenchServer.SocketVariable;

    /// <summary>Comma-separated slots of the run; all of the inventory where it is not set.</summary>
    public const string SlotsVariable = "LABRUNNER_SLOTS";

    /// <summary>
    /// Connects to the owner named by <see cref="SocketVariable"/>; where it is not set, borrows the bench from the station that has it, on this
    /// machine or at the address that is named, and where none has, opens it in this process. Which bench is told by the test parameters <c>bench</c> (file or name), <c>plan</c> (file or name), <c>slots</c> (comma-separated) and <c>seed</c>.
    /// </summary>
    /// <param name="parameters">Test parameters by name; unused where there is an owner.</param>
    /// <param name="cancellationToken">Ends the attempt; what was opened is closed.</param>
    /// <exception cref="BenchFaultException">The owner does not answer, or a part of the bench cannot be opened.</exception>
    public static async Task<IBenchLink> OpenAsync(IReadOnlyDictionary<string, string> parameters, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable(SocketVariable) is { Length: > 0 } socket)
        {
            BenchClient client = await BenchClient.ConnectAsync(socket, cancellationToken).ConfigureAwait(false);
            BenchDescription bench = await client.Api.DescribeAsync(cancellationToken).ConfigureAwait(false);
            return new Link(client.Api, LabClock.FromEnvironment(), bench) { Gone = client.Gone, Way = client };
        }

        string plan = parameters.GetValueOrDefault("plan", HandPlans.Check);
        long seed = long.Parse(parameters.GetValueOrDefault("seed", "1"), CultureInfo.InvariantCulture);
        if (await StationLoan.BorrowAsync(parameters.GetValueOrDefault("bench", "virtual"), plan, SplitSlots(parameters), seed, cancellationToken).ConfigureAwait(false) is { } loan)
        {
            return new Link(loan.Api, loan.Clock, await loan.Api.DescribeAsync(cancellationToken).ConfigureAwait(false)) { Gone = loan.Gone, Way = loan, Loan = loan };
        }

        BenchOwnerOptions options = new()
        {
            Bench = parameters.GetValueOrDefault("bench", "virtual"),
            Plan = plan,
            Seed = seed,
            Slots = SplitSlots(parameters),
            RunsAtHome = true,
        };
        BenchOwner owner = await BenchOwner.OpenAsync(options, BenchFiles.Load(options), _ => { }, cancellationToken).ConfigureAwait(false);
        BenchDescription own = await owner.Session.DescribeAsync(cancellationToken).ConfigureAwait(false);
        return new Link(owner.Session, owner.Clock, own) { Owner = owner };
    }

    /// <summary>
    /// Slots that suites will run on, for discovery: reads <see cref="SlotsVariable"/> and the inventory, or asks the station on another machine that is
    /// named, and touches no hardware.
    /// </summary>
    /// <param name="parameters">Test parameters by name (<c>bench</c>, <c>slots</c>).</param>
    /// <exception cref="BenchFaultException">The inventory cannot be read, or the station does not tell.</exception>
    public static IReadOnlyList<string> PlannedSlots(IReadOnlyDictionary<string, string> parameters)
    {
        if (SplitSlots(parameters) is { } named)
        {
            return named;
        }

        if (Environment.GetEnvironmentVariable(SocketVariable) is not { Length: > 0 } && StationLoan.SlotsThere(parameters.GetValueOrDefault("bench", "virtual")) is { } there)
        {
            return there;
        }

        try
        {
            BenchFolders folders = BenchFolders.Find();
            string path = folders.InventoryFile(parameters.GetValueOrDefault("bench", "virtual"));
            return [.. InventoryLoader.Load(path, new DriverCatalogue(), null, folders.Boards).Slots.Select(s => s.Name)];
        }
        catch (FileProblemsException wrong)
        {
            throw new BenchFaultException(FaultKind.Configuration, "inventory", wrong.Message.TrimEnd('.'), "Mend it; ./lab bench check names every problem", wrong);
        }
    }

    private static string[]? SplitSlots(IReadOnlyDictionary<string, string> parameters)
    {
        string? text = Environment.GetEnvironmentVariable(SlotsVariable) is { Length: > 0 } set ? set : parameters.GetValueOrDefault("slots");
        return text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private sealed class Link(IBenchApi api, LabClock clock, BenchDescription bench) : IBenchLink
    {
        private readonly Dictionary<string, IPlug> _plugs = bench.Slots
            .Where(s => s.Http is not null)
            .ToDictionary(s => s.Name, s => (IPlug)new OpenBekenPlug(s.Http!, clock, RequestLimits.Http(clock)));

        /// <summary>Ends when the owner is gone; null: this process is it.</summary>
        public Task? Gone { get; init; }

        /// <summary>The way to the owner; null: this process is it.</summary>
        public IAsyncDisposable? Way { get; init; }

        public StationLoan? Loan { get; init; }

        public BenchOwner? Owner { get; init; }

        public IBenchApi Api => api;

        public LabClock Clock => clock;

        public Task OwnerGone => Gone ?? new TaskCompletionSource().Task;

        public IPlug? Plug(string slot) => _plugs.GetValueOrDefault(slot);

        public IPlug PlugAt(string hostPort) => new OpenBekenPlug(hostPort, clock, RequestLimits.Http(clock));

        public Task ReachAsync(string slot, CancellationToken cancellationToken) =>
            Loan is { } loan && bench.Slots.FirstOrDefault(s => s.Name == slot)?.Http is { } http ? loan.ReachAsync(slot, http, cancellationToken) : Task.CompletedTask;

        public async ValueTask DisposeAsync()
        {
            if (Way is { } way)
            {
                await way.DisposeAsync().ConfigureAwait(false);
            }

            if (Owner is { } owner)
            {
                await using (owner.ConfigureAwait(false))
                {
                    await owner.Session.FinishAsync("completed", CancellationToken.None).ConfigureAwait(false);
                }

                ReportRenderer.Render(owner.RunFolder);
            }
        }
    }
}
