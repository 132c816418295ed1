using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Access;
using LabRunner.Station.Api;
using LabRunner.Station.Leases;

namespace LabRunner.Station.Client;

/// <summary>
/// A station as programs of this machine and others see it: over its Unix socket, or over HTTPS with a token. Its errors come back as the
/// exceptions that the same act throws without a station. Thread safe.
/// </summary>
public sealed partial class StationClient : IDisposable
{
    /// <summary>Names a station: an https address, the path of a socket, or "off" for none.</summary>
    public const string Variable = StationDoor.Variable;

    private readonly HttpClient _http;

    private StationClient(HttpClient http, string where) => (_http, Where) = (http, where);

    /// <summary>Its socket or address.</summary>
    public string Where { get; }

    /// <summary>It is asked over its socket: its folders are this machine's.</summary>
    public bool IsHere => StationDoor.Address(Where) is null;

    /// <summary>Why everything is asked for that is asked from now on, for the audit log; null: it is not said.</summary>
    public string? Why
    {
        get;
        set
        {
            field = value;
            _http.DefaultRequestHeaders.Remove(Caller.WhyHeader);
            if (value is { Length: > 0 })
            {
                _http.DefaultRequestHeaders.Add(Caller.WhyHeader, Uri.EscapeDataString(value));
            }
        }
    }

    /// <summary>Where a station of a bench puts its socket by default: into the folder in which programs of this machine meet.</summary>
    /// <param name="bench">Inventory: a name of bench/inventory or a path.</param>
    public static string UsualSocket(string bench) => StationDoor.UsualSocket(bench);

    /// <summary>Finds the station of a bench.</summary>
    /// <param name="bench">Inventory: a name of bench/inventory or a path.</param>
    /// <param name="owner">Who asks, where people share an account; null: <see cref="LeaseBook.OwnerVariable"/>, else the account.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null: none runs for this bench here, and none is named.</returns>
    /// <exception cref="BenchFaultException">One is named and does not answer, or is the station of another bench.</exception>
    public static async Task<StationClient?> FindAsync(string bench, string? owner, CancellationToken cancellationToken)
    {
        string? named = StationDoor.Named;
        if (named == StationDoor.Off)
        {
            return null;
        }

        string place = named ?? UsualSocket(bench);
        Uri? address = StationDoor.Address(place);
        if (address is null && !File.Exists(place))
        {
            return named is null ? null : throw StationDoor.Silent(place, null);
        }

        StationClient client = new(StationDoor.Client(place), place);
        client._http.Timeout = Timeout.InfiniteTimeSpan;
        try
        {
            client.Name(owner ?? Environment.GetEnvironmentVariable(LeaseBook.OwnerVariable));
            BenchView view = await client.GetAsync<BenchView>("bench", cancellationToken).ConfigureAwait(false);
            if (named is null || view.Name == StationDoor.Stem(bench))
            {
                return client;
            }

            client.Dispose();
            throw StationDoor.OfAnotherBench(place, view.Name, bench);
        }
        catch (BenchFaultException silent) when (silent.InnerException is HttpRequestException)
        {
            // A socket that a killed station left behind is no station.
            client.Dispose();
            if (named is null)
            {
                return null;
            }

            throw;
        }
    }

    /// <summary>One that is asked through a handler.</summary>
    internal static StationClient Over(HttpMessageHandler handler, Uri address) => new(new HttpClient(handler) { BaseAddress = new Uri(address, "/api/v1/") }, address.ToString());

    /// <summary>Switches a supply.</summary>
    public Task<PowerSight> PowerAsync(string slot, string state, TimeSpan? off, TimeSpan? stays, CancellationToken cancellationToken) =>
        PostAsync<PowerSight>($"slots/{Uri.EscapeDataString(slot)}/power", new PowerRequest(state, off?.TotalSeconds, stays?.TotalSeconds), cancellationToken);

    /// <summary>Looks at a supply.</summary>
    public Task<PowerSight> LookAsync(string slot, CancellationToken cancellationToken) => GetAsync<PowerSight>($"slots/{Uri.EscapeDataString(slot)}/power", cancellationToken);

    /// <summary>Presses a button.</summary>
    public async Task<PressSight> PressAsync(string slot, PressOrder order, CancellationToken cancellationToken) => (await PostAsync<PressView>(
        $"slots/{Uri.EscapeDataString(slot)}/press",
        new PressRequest(
            order.Length.TotalMilliseconds, order.Count, order.Gap.TotalMilliseconds, order.BounceEdges, order.BounceEvery.TotalMilliseconds, order.AtPowerUp, order.Answer.TotalMilliseconds),
        cancellationToken).ConfigureAwait(false)).Sight;

    /// <summary>Feeds a load; the station stops it after <paramref name="stays"/>, at most a day, whatever becomes of who asked. Null: it goes on.</summary>
    public Task<InjectedSight> InjectAsync(string slot, Bench.Api.LoadPoint load, TimeSpan? stays, CancellationToken cancellationToken) =>
        PostAsync<InjectedSight>($"slots/{Uri.EscapeDataString(slot)}/inject", new InjectRequest(load.Watts, load.Volts, load.PowerFactor, stays?.TotalSeconds), cancellationToken);

    /// <summary>Stops all pulses.</summary>
    public Task StopInjectingAsync(string slot, CancellationToken cancellationToken) => SendAsync(HttpMethod.Delete, $"slots/{Uri.EscapeDataString(slot)}/inject", null, cancellationToken);

    /// <summary>The DUT's reading beside a load.</summary>
    public Task<MeterSight> ReadMeterAsync(string slot, InjectedSight reference, CancellationToken cancellationToken) => GetAsync<MeterSight>(
        FormattableString.Invariant($"slots/{Uri.EscapeDataString(slot)}/meter?volts={reference.Volts:R}&amperes={reference.Amperes:R}&watts={reference.Watts:R}"), cancellationToken);

    /// <summary>Number of the next console line.</summary>
    public async Task<long> NextLineAsync(string slot, CancellationToken cancellationToken) =>
        (await GetAsync<ConsoleView>($"slots/{Uri.EscapeDataString(slot)}/console?count=1", cancellationToken).ConfigureAwait(false)).Next;

    /// <summary>Writes to a console.</summary>
    public Task WriteConsoleAsync(string slot, string text, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, $"slots/{Uri.EscapeDataString(slot)}/console", new WriteRequest(text), cancellationToken);

    /// <summary>Leases in force.</summary>
    public Task<IReadOnlyList<SlotLease>> LeasesAsync(CancellationToken cancellationToken) => GetAsync<IReadOnlyList<SlotLease>>("leases", cancellationToken);

    /// <summary>Takes slots.</summary>
    public Task<SlotLease> LeaseAsync(IReadOnlyList<string> slots, TimeSpan length, string purpose, CancellationToken cancellationToken) =>
        PostAsync<SlotLease>("leases", new LeaseRequestBody(slots, length.TotalMinutes, purpose), cancellationToken);

    /// <summary>Ends a lease.</summary>
    public Task EndLeaseAsync(string id, CancellationToken cancellationToken) => SendAsync(HttpMethod.Delete, $"leases/{Uri.EscapeDataString(id)}", null, cancellationToken);

    /// <summary>Which runs would go now, and why; removes nothing.</summary>
    public Task<RetentionView> RetentionAsync(CancellationToken cancellationToken) => GetAsync<RetentionView>("retention", cancellationToken);

    /// <summary>Removes old runs now.</summary>
    public Task<RetentionView> SweepAsync(string? why, CancellationToken cancellationToken) => PostAsync<RetentionView>("retention", new SweepRequest(why), cancellationToken);

    /// <summary>Who asks.</summary>
    public Task<MeView> MeAsync(CancellationToken cancellationToken) => GetAsync<MeView>("me", cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private void Name(string? owner)
    {
        if (owner is { Length: > 0 })
        {
            _http.DefaultRequestHeaders.Add(StationDoor.OwnerHeader, Uri.EscapeDataString(owner));
        }
    }

    private async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await AnswerAsync(HttpMethod.Get, path, null, HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
        return (await answer.Content.ReadFromJsonAsync<T>(Document.Json, cancellationToken).ConfigureAwait(false))!;
    }

    private Task<T> PostAsync<T>(string path, object body, CancellationToken cancellationToken) => PostAsync<T>(path, body, KeyFor(HttpMethod.Post, body), cancellationToken);

    private async Task<T> PostAsync<T>(string path, object body, string? key, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await AnswerAsync(HttpMethod.Post, path, body, HttpCompletionOption.ResponseContentRead, key, cancellationToken).ConfigureAwait(false);
        return (await answer.Content.ReadFromJsonAsync<T>(Document.Json, cancellationToken).ConfigureAwait(false))!;
    }

    private async Task<T> DeleteAsync<T>(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await AnswerAsync(HttpMethod.Delete, path, null, HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
        return (await answer.Content.ReadFromJsonAsync<T>(Document.Json, cancellationToken).ConfigureAwait(false))!;
    }

    private async Task SendAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken) =>
        (await AnswerAsync(method, path, body, HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false)).Dispose();

    private Task<HttpResponseMessage> AnswerAsync(HttpMethod method, string path, object? body, HttpCompletionOption completion, CancellationToken cancellationToken) =>
        AnswerAsync(method, path, body, completion, KeyFor(method, body), cancellationToken);

    private async Task<HttpResponseMessage> AnswerAsync(HttpMethod method, string path, object? body, HttpCompletionOption completion, string? key, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer = await ReachAsync(method, path, body, completion, key, cancellationToken).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            throw await FaultAsync(answer, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// What acts has a key of its own: where the network took the answer away nobody here knows whether it was done, and who asks again under
    /// the same key has it done once. Null: a look, and what is handed out once, for answers under a key lie on the station's disk.
    /// </summary>
    private static string? KeyFor(HttpMethod method, object? body) => method == HttpMethod.Get || body is FetchCopyRequest ? null : RandomNumberGenerator.GetHexString(32, lowercase: true);

    private async Task<HttpResponseMessage> ReachAsync(HttpMethod method, string path, object? body, HttpCompletionOption completion, string? key, CancellationToken cancellationToken)
    {
        for (bool isLast = key is null; ; isLast = true)
        {
            try
            {
                using HttpRequestMessage request = Request(method, path, body, key);
                return await _http.SendAsync(request, completion, cancellationToken).ConfigureAwait(false);
            }
            catch (HttpRequestException silent) when (isLast)
            {
                throw StationDoor.Silent(Where, silent);
            }
            catch (HttpRequestException)
            {
                await Task.Delay(Again, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, object? body, string? key)
    {
        HttpRequestMessage request = new(method, path)
        {
            Content = body switch
            {
                null => null,
                ReadOnlyMemory<byte> file => new ReadOnlyMemoryContent(file) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } },
                _ => JsonContent.Create(body, body.GetType(), options: Document.Json),
            },
        };
        if (key is not null)
        {
            request.Headers.Add(ActionLog.KeyHeader, key);
        }

        return request;
    }
}
