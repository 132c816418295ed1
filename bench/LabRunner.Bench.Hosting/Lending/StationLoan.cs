using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Bench.Rpc;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Lending;

/// <summary>A bench that the station of this machine lends to a process that runs suites itself: <c>dotnet test</c>, an IDE.</summary>
/// <param name="Client">The bench, as a suite host of a night has it; disposing it gives the bench back, and the station writes the report.</param>
/// <param name="Clock">The run's clock.</param>
internal sealed record StationLoan(BenchClient Client, LabClock Clock)
{
    private const string OwnerHeader = "X-LabRunner-Owner";
    // Opening a bench, and the station's look at its health before it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Borrows the bench of the station that has it.</summary>
    /// <param name="bench">Inventory: a name of bench/inventory or a path.</param>
    /// <param name="plan">A name of bench/plans; a path is nothing that a station takes.</param>
    /// <param name="slots">Slots; null: all.</param>
    /// <param name="seed">Seed of all randomness.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null: no station of this machine has the bench, or it is not to be asked.</returns>
    /// <exception cref="BenchFaultException">
    /// It has the bench and does not lend it: somebody else has a slot, a run goes on, or the order does not fit; or the station that is named is of
    /// another machine or another bench.
    /// </exception>
    public static async Task<StationLoan?> BorrowAsync(string bench, string plan, IReadOnlyList<string>? slots, long seed, CancellationToken cancellationToken)
    {
        string? named = StationDoor.Named;
        string socket = named ?? StationDoor.UsualSocket(bench);
        if (StationDoor.Address(socket) is not null)
        {
            // Suites speak to the plugs themselves and share the bench's clock.
            throw new BenchFaultException(
                FaultKind.Configuration, StationDoor.Variable, $"the station at {named} is of another machine, and tests from here cannot run on its bench",
                $"Run them there with ./lab night, or set {StationDoor.Variable}=off to open the bench here");
        }

        if (named == StationDoor.Off || !File.Exists(socket) || Path.GetFileNameWithoutExtension(plan) != plan)
        {
            return null;
        }

        using HttpClient http = new(StationDoor.Over(socket)) { BaseAddress = new Uri("http://localhost/api/v1/") };
        string? owner = Environment.GetEnvironmentVariable(LeaseBook.OwnerVariable) is { Length: > 0 } who ? Uri.EscapeDataString(who) : null;
        if (owner is not null)
        {
            http.DefaultRequestHeaders.Add(OwnerHeader, owner);
        }

        try
        {
            JsonElement view = await http.GetFromJsonAsync<JsonElement>("bench", cancellationToken).ConfigureAwait(false);
            if (named is not null && view.GetProperty("name").GetString() is var name && name != StationDoor.Stem(bench))
            {
                throw StationDoor.OfAnotherBench(socket, name, bench);
            }
        }
        catch (HttpRequestException)
        {
            // A socket that a killed station left behind is no station.
            return null;
        }

        string job = await AskAsync(http, socket, new { plan, slots, seed, lend = true, why = "tests" }, cancellationToken).ConfigureAwait(false);
        try
        {
            LabClock clock = await BegunAsync(http, socket, job, cancellationToken).ConfigureAwait(false);
            return new StationLoan(BenchClient.Over(await OpenAsync(socket, job, owner, cancellationToken).ConfigureAwait(false)), clock);
        }
        catch
        {
            await http.DeleteAsync(new Uri($"jobs/{job}", UriKind.Relative), CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<string> AskAsync(HttpClient http, string socket, object order, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await http.PostAsJsonAsync("jobs", order, cancellationToken).ConfigureAwait(false);
        JsonElement told = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken).ConfigureAwait(false);
        return answer.IsSuccessStatusCode
            ? told.GetProperty("id").GetString()!
            : throw new BenchFaultException(FaultKind.Configuration, $"station {socket}", $"it does not lend the bench: {told.GetProperty("detail").GetString()?.TrimEnd('.')}", $"Mend the order, or set {StationDoor.Variable}=off");
    }

    private static async Task<LabClock> BegunAsync(HttpClient http, string socket, string job, CancellationToken cancellationToken)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            JsonElement view = await http.GetFromJsonAsync<JsonElement>($"jobs/{job}", cancellationToken).ConfigureAwait(false);
            if (view.GetProperty("clock").GetString() is { } clock)
            {
                return LabClock.Parse(clock);
            }

            string? state = view.GetProperty("state").GetString(), text = view.GetProperty("text").GetString()?.TrimEnd('.');

            // A job that says why it waits waits for people or for a night: nobody at a test wants to.
            if (state is not ("Queued" or "Running") || (state == "Queued" && text is not null) || TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new BenchFaultException(FaultKind.Lease, $"station {socket}", $"it does not lend the bench (job {job}, {state}{(text is null ? "" : $": {text}")})", "Wait for the others, or end the station");
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<WebSocket> OpenAsync(string socket, string job, string? owner, CancellationToken cancellationToken)
    {
        using HttpMessageInvoker invoker = new(StationDoor.Over(socket));
        ClientWebSocket connection = new();
        try
        {
            if (owner is not null)
            {
                connection.Options.SetRequestHeader(OwnerHeader, owner);
            }

            await connection.ConnectAsync(new Uri($"ws://localhost/api/v1/jobs/{job}/bench"), invoker, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (WebSocketException refused)
        {
            connection.Dispose();
            throw new BenchFaultException(FaultKind.Process, $"station {socket}", $"it did not hand over the bench ({refused.Message.TrimEnd('.')})", "See the station's log", refused);
        }
    }
}
