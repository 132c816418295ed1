using System.Net.WebSockets;
using System.Text.Json;
using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Bench.Rpc;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Lending;

/// <summary>
/// A bench that a station lends to a process that runs suites itself: <c>dotnet test</c>, an IDE. Disposing it gives the bench back, and the station
/// writes the report.
/// </summary>
internal sealed class StationLoan : IAsyncDisposable
{
    // Twice missed, the network is taken for silent.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan KeepAliveLimit = TimeSpan.FromSeconds(30);

    private readonly BenchClient _client;
    private readonly FarClock? _far;
    private readonly PlugReach? _reach;
    private readonly string? _folder;

    private StationLoan(BenchClient client, IBenchApi api, LabClock clock, FarClock? far = null, PlugReach? reach = null, string? folder = null) =>
        (_client, Api, Clock, _far, _reach, _folder) = (client, api, clock, far, reach, folder);

    /// <summary>The bench, as a suite host of a night has it.</summary>
    public IBenchApi Api { get; }

    /// <summary>The run's clock.</summary>
    public LabClock Clock { get; }

    /// <summary>Ends when the connection ended and this side did not end it.</summary>
    public Task Gone => _client.Gone;

    /// <summary>Borrows the bench of the station that has it.</summary>
    /// <param name="bench">Inventory: a name of bench/inventory or a path.</param>
    /// <param name="plan">A name of bench/plans; a path is nothing that a station takes.</param>
    /// <param name="slots">Slots; null: all.</param>
    /// <param name="seed">Seed of all randomness.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null: no station of this machine has the bench and none is named, or it is not to be asked.</returns>
    /// <exception cref="BenchFaultException">
    /// It has the bench and does not lend it: somebody else has a slot, a run goes on, or the order does not fit; or the station that is named
    /// does not answer, does not let in who asks, has another bench, or plugs that cannot be reached from here.
    /// </exception>
    public static async Task<StationLoan?> BorrowAsync(string bench, string plan, IReadOnlyList<string>? slots, long seed, CancellationToken cancellationToken)
    {
        string? named = StationDoor.Named;
        if (named == StationDoor.Off)
        {
            return null;
        }

        string place = named ?? StationDoor.UsualSocket(bench);
        Uri? address = StationDoor.Address(place);
        bool isName = Path.GetFileNameWithoutExtension(plan) == plan;
        if (address is null && !File.Exists(place))
        {
            return named is null ? null : throw StationDoor.Silent(place, null);
        }

        if (named is null && !isName)
        {
            return null;
        }

        if (!isName)
        {
            throw new BenchFaultException(
                FaultKind.Configuration, $"station {place}", $"it takes a plan of its own by name, and '{plan}' is a file", $"Put the plan into its bench/plans, or set {StationDoor.Variable}=off to open the bench here");
        }

        using StationDesk desk = StationDesk.At(place);
        if (!await HasAsync(desk, bench, named is not null, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        if (address is not null && StationDoor.Token(address) is null)
        {
            throw new BenchFaultException(
                FaultKind.Machine, $"station {place}", "it lends its bench over the network to who shows a token, and none is set", $"Put the token into {StationDoor.TokenVariable}; on its own machine leave {StationDoor.Variable} out");
        }

        string job = await desk.AskAsync(new { plan, slots, seed, lend = true, why = "tests" }, cancellationToken).ConfigureAwait(false);
        BenchClient? client = null;
        try
        {
            string clock = await desk.BegunAsync(job, cancellationToken).ConfigureAwait(false);
            client = BenchClient.Over(await OpenAsync(desk, job, cancellationToken).ConfigureAwait(false), address is null ? null : $"station {place}");
            return address is null
                ? new StationLoan(client, client.Api, LabClock.Parse(clock))
                : await OverNetworkAsync(client, address, clock, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await desk.LetGoAsync(job).ConfigureAwait(false);
            if (client is not null)
            {
                await client.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <summary>Slots of the bench of a station on another machine, whose inventory need not be on this one; null: none is named.</summary>
    /// <param name="bench">Inventory: a name or a path.</param>
    /// <exception cref="BenchFaultException">It does not answer, does not let in who asks, or has another bench.</exception>
    public static IReadOnlyList<string>? SlotsThere(string bench)
    {
        if (StationDoor.Named is not { } place || StationDoor.Address(place) is null)
        {
            return null;
        }

        using StationDesk desk = StationDesk.At(place);
        RefuseAnother(place, desk.Get("bench"), bench);
        return [.. desk.Get("slots").EnumerateArray().Select(s => s.GetProperty("name").GetString()!)];
    }

    /// <summary>Knocks at the plug of a slot that serves the station: suites speak to it themselves.</summary>
    /// <param name="slot">Its slot.</param>
    /// <param name="http">host:port of the plug.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchFaultException">Kind Network: it serves the station, and does not answer this machine.</exception>
    public async Task ReachAsync(string slot, string http, CancellationToken cancellationToken)
    {
        try
        {
            await (_reach?.KnockAsync(slot, http, cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (BenchFaultException)
        {
            // A plug that fell silent in this very moment is the watch's business and the test's.
            if ((await Api.GetStatusAsync(slot, cancellationToken).ConfigureAwait(false)).Ready)
            {
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_far is not null)
        {
            await _far.DisposeAsync().ConfigureAwait(false);
        }

        await _client.DisposeAsync().ConfigureAwait(false);
        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static async Task<StationLoan> OverNetworkAsync(BenchClient client, Uri address, string origin, CancellationToken cancellationToken)
    {
        PlugReach reach = new(address);
        reach.Refuse((await client.Api.DescribeAsync(cancellationToken).ConfigureAwait(false)).Slots, StationDoor.IsThisMachine(address));
        string folder = Directory.CreateTempSubdirectory("labrunner-loan-").FullName;
        try
        {
            IBenchApi bench = await FarBench.OpenAsync(client.Api, client.Far, folder, cancellationToken).ConfigureAwait(false);
            FarClock clock = await FarClock.OpenAsync(client.Far, origin, cancellationToken).ConfigureAwait(false);
            return new StationLoan(client, bench, clock.Clock, clock, reach, folder);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>The station is there and has the bench.</summary>
    private static async Task<bool> HasAsync(StationDesk desk, string bench, bool isNamed, CancellationToken cancellationToken)
    {
        try
        {
            JsonElement view = await desk.GetAsync("bench", cancellationToken).ConfigureAwait(false);
            if (isNamed)
            {
                RefuseAnother(desk.Place, view, bench);
            }

            return true;
        }
        catch (BenchFaultException silent) when (!isNamed && silent.InnerException is HttpRequestException)
        {
            // A socket that a killed station left behind is no station.
            return false;
        }
    }

    private static void RefuseAnother(string place, JsonElement view, string bench)
    {
        if (view.GetProperty("name").GetString() is var name && name != StationDoor.Stem(bench))
        {
            throw StationDoor.OfAnotherBench(place, name, bench);
        }
    }

    private static async Task<WebSocket> OpenAsync(StationDesk desk, string job, CancellationToken cancellationToken)
    {
        Uri? address = StationDoor.Address(desk.Place);
        using HttpMessageInvoker invoker = new(address is null ? StationDoor.Over(desk.Place) : SilentNetwork.Over(StationDoor.Silence));
        ClientWebSocket connection = new();
        try
        {
            if (desk.Owner is { } owner)
            {
                connection.Options.SetRequestHeader(StationDoor.OwnerHeader, owner);
            }

            if (address is not null)
            {
                connection.Options.SetRequestHeader("Authorization", StationDoor.Token(address)!.ToString());
                (connection.Options.KeepAliveInterval, connection.Options.KeepAliveTimeout) = (KeepAlive, KeepAliveLimit);
            }

            UriBuilder target = new(new Uri(address ?? new Uri("http://localhost"), $"/api/v1/jobs/{job}/bench"));
            target.Scheme = target.Scheme == "https" ? "wss" : "ws";
            await connection.ConnectAsync(target.Uri, invoker, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (WebSocketException refused)
        {
            connection.Dispose();
            throw new BenchFaultException(FaultKind.Process, $"station {desk.Place}", $"it did not hand over the bench ({refused.Message.TrimEnd('.')})", "See the station's log", refused);
        }
    }
}
