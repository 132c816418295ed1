using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Power;
using LabRunner.Station.Access;
using LabRunner.Station.Api;
using LabRunner.Station.Benches;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests.Support;

/// <summary>A station over virtual plugs behind their PTYs, lines and sockets.</summary>
internal sealed class VirtualStation : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("virtual-station-").FullName;
    private StationHost _host = null!;

    private VirtualStation()
    {
    }

    public StationOptions Options { get; private set; } = null!;

    public Uri Address { get; private set; } = null!;

    public IServiceProvider Services => _host.Services;

    public BenchKeeper Keeper => Services.GetRequiredService<BenchKeeper>();

    /// <summary>Starts one and waits until its bench is open.</summary>
    /// <param name="timeScale">How many times as fast as copper its plugs are.</param>
    /// <param name="bench">A virtual bench of bench/inventory.</param>
    /// <param name="schedule">What stands in its schedule below its first line; null: it has none.</param>
    public static async Task<VirtualStation> StartAsync(double timeScale = 4, string bench = "virtual", string? schedule = null)
    {
        VirtualStation station = new();
        string? file = schedule is null ? null : Path.Combine(station._folder, "schedule.yaml");
        if (file is not null)
        {
            await File.WriteAllTextAsync(file, $"schedule: {bench}\n{schedule}");
        }

        station.Options = new StationOptions
        {
            Bench = bench, Listen = [new Uri("http://127.0.0.1:0")], Socket = Path.Combine(station._folder, "s.sock"), StateFolder = Path.Combine(station._folder, "state"),
            RunsFolder = Path.Combine(station._folder, "runs"), Schedule = file, TimeScale = timeScale,
        };
        station._host = await StationHost.StartAsync(station.Options, default);
        station.Address = new Uri(station._host.Addresses.First(a => a.StartsWith("http://127", StringComparison.Ordinal)));
        await TestStation.UntilAsync(() => station.Keeper.Now.Bench is not null);
        return station;
    }

    public HttpClient Client(string owner, Role? role = null)
    {
        HttpClient http = new() { BaseAddress = new Uri(Address, "/api/v1/") };
        if (role is { } given)
        {
            http.DefaultRequestHeaders.Authorization = new("Bearer", Services.GetRequiredService<TokenBook>().Add(owner, given));
        }

        http.DefaultRequestHeaders.Add(StationDoor.OwnerHeader, Uri.EscapeDataString(owner));
        return http;
    }

    public SlotHardware Slot(string name) => Keeper.Now.Bench!.Slots.Single(s => s.Entry.Name == name);

    /// <summary>The supply and the BOOT line of a slot, as the harness has them.</summary>
    public async Task<(PowerState Power, bool? Boot)> LinesAsync(string slot) => (await Slot(slot).Power!.ReadStateAsync(default), await Slot(slot).BootStrap!.ReadAsync(default));

    public static async Task<HttpResponseMessage> SendAsync(HttpClient client, byte[] file, string name, bool anyway = false)
    {
        using ByteArrayContent content = new(file);
        content.Headers.ContentType = new("application/octet-stream");
        return await client.PostAsync(new Uri($"images?name={Uri.EscapeDataString(name)}&anyway={anyway}", UriKind.Relative), content);
    }

    /// <summary>Sends a file and asks for a long act with it.</summary>
    public static async Task<HttpResponseMessage> BeginAsync(HttpClient client, string act, byte[] file, string name, object? more = null)
    {
        JsonElement image = await TestStation.JsonAsync(await SendAsync(client, file, name, anyway: true));
        Dictionary<string, object?> request = new() { ["image"] = image.GetProperty("sha256").GetString() };
        foreach (var property in more?.GetType().GetProperties() ?? [])
        {
            request[property.Name] = property.GetValue(more);
        }

        return await client.PostAsJsonAsync(act, request);
    }

    /// <summary>An operation's events to its end, by its stream.</summary>
    public static async Task<List<OperationEvent>> FollowAsync(HttpClient client, string operation, CancellationToken cancellationToken)
    {
        List<OperationEvent> all = [];
        using Stream stream = await client.GetStreamAsync(new Uri($"operations/{operation}/stream", UriKind.Relative), cancellationToken);
        await foreach (var item in System.Net.ServerSentEvents.SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            all.Add(JsonSerializer.Deserialize<OperationEvent>(item.Data, Document.Json)!);
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        if (TestContext.CurrentContext.Result.FailCount == 0)
        {
            Directory.Delete(_folder, recursive: true);
        }
        else
        {
            TestContext.Progress.WriteLine($"Kept for a look: {_folder}");
        }
    }
}
