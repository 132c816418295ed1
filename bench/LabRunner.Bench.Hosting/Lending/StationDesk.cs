using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Hosting.Lending;

/// <summary>The few requests to a station that go before a loan. Not thread safe.</summary>
internal sealed class StationDesk : IDisposable
{
    // Opening a bench, and the station's look at its health before it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;

    private StationDesk(string place, HttpClient http)
    {
        (Place, _http) = (place, http);
        _http.Timeout = AnswerLimit;
        Owner = Environment.GetEnvironmentVariable(LeaseBook.OwnerVariable) is { Length: > 0 } who ? Uri.EscapeDataString(who) : null;
        if (Owner is not null)
        {
            _http.DefaultRequestHeaders.Add(StationDoor.OwnerHeader, Owner);
        }
    }

    /// <summary>Its socket or address.</summary>
    public string Place { get; }

    /// <summary>Value of <see cref="StationDoor.OwnerHeader"/>; null: nobody named himself.</summary>
    public string? Owner { get; }

    /// <summary>The desk of a station; it is not asked yet.</summary>
    /// <param name="place">Its socket or address.</param>
    /// <exception cref="BenchFaultException">The token would go over the network without TLS.</exception>
    public static StationDesk At(string place)
    {
        try
        {
            return new StationDesk(place, StationDoor.Client(place));
        }
        catch (UsageException open)
        {
            throw new BenchFaultException(FaultKind.Configuration, $"station {place}", open.Message.TrimEnd('.'), "Nothing was asked", open);
        }
    }

    /// <summary>Looks at something.</summary>
    /// <exception cref="BenchFaultException">The station does not answer, or refuses.</exception>
    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        return await SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same for who cannot wait otherwise: NUnit builds its tree of tests in one go.</summary>
    /// <exception cref="BenchFaultException">The station does not answer, or refuses.</exception>
    public JsonElement Get(string path)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        try
        {
            using HttpResponseMessage answer = _http.Send(request);
            using Stream content = answer.Content.ReadAsStream();
            return Read(answer, content);
        }
        catch (Exception silent) when (silent is HttpRequestException or TaskCanceledException)
        {
            throw StationDoor.Silent(Place, silent);
        }
    }

    /// <summary>Puts an order into the queue.</summary>
    /// <returns>Its job.</returns>
    /// <exception cref="BenchFaultException">The station does not answer, or refuses.</exception>
    public async Task<string> AskAsync(object order, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "jobs") { Content = JsonContent.Create(order, order.GetType()) };
        return (await SendAsync(request, cancellationToken).ConfigureAwait(false)).GetProperty("id").GetString()!;
    }

    /// <summary>Waits until the bench of a job is open.</summary>
    /// <returns>Origin of the run's clock.</returns>
    /// <exception cref="BenchFaultException">Kind Lease: somebody else has it, or it did not open.</exception>
    public async Task<string> BegunAsync(string job, CancellationToken cancellationToken)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            JsonElement view = await GetAsync($"jobs/{job}", cancellationToken).ConfigureAwait(false);
            if (view.GetProperty("clock").GetString() is { } clock)
            {
                return clock;
            }

            string? state = view.GetProperty("state").GetString(), text = view.GetProperty("text").GetString()?.TrimEnd('.');

            // A job that says why it waits waits for people or for a night: nobody at a test wants to.
            if (state is not ("Queued" or "Running") || (state == "Queued" && text is not null) || TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new BenchFaultException(FaultKind.Lease, $"station {Place}", $"it does not lend the bench (job {job}, {state}{(text is null ? "" : $": {text}")})", "Wait for the others, or end the station");
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives up a job; a station that does not hear it gives it up by itself.</summary>
    public async Task LetGoAsync(string job)
    {
        try
        {
            (await _http.DeleteAsync(new Uri($"jobs/{job}", UriKind.Relative), CancellationToken.None).ConfigureAwait(false)).Dispose();
        }
        catch (Exception silent) when (silent is HttpRequestException or TaskCanceledException)
        {
            // What is wrong is being said already.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage answer = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            using Stream content = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return Read(answer, content);
        }
        catch (Exception silent) when (silent is HttpRequestException || (silent is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw StationDoor.Silent(Place, silent);
        }
    }

    private JsonElement Read(HttpResponseMessage answer, Stream content)
    {
        (string? title, string detail) = (null, $"{(int)answer.StatusCode} {answer.ReasonPhrase}");
        try
        {
            JsonElement told = JsonSerializer.Deserialize<JsonElement>(content);
            if (answer.IsSuccessStatusCode)
            {
                return told;
            }

            (title, detail) = (told.GetProperty("title").GetString(), told.GetProperty("detail").GetString() ?? detail);
        }
        catch (Exception odd) when (odd is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Something between here and the station answered.
        }

        throw StationDoor.Refused(Place, answer.StatusCode, title, detail)
            ?? new BenchFaultException(FaultKind.Configuration, $"station {Place}", $"it does not lend the bench: {detail.TrimEnd('.')}", $"Mend the order, or set {StationDoor.Variable}=off");
    }
}
