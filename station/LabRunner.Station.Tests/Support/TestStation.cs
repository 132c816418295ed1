using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Station.Access;
using LabRunner.Station.Api;
using LabRunner.Station.Benches;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests.Support;

/// <summary>A station over plugs in memory, with a folder of its own.</summary>
internal sealed class TestStation : IAsyncDisposable
{
    private readonly string _folder;
    private StationHost _host = null!;
    private TimeProvider? _clock;

    private TestStation(string folder) => _folder = folder;

    public FakeOpener Opener { get; private set; } = null!;

    public StationOptions Options { get; private set; } = null!;

    /// <summary>Lines of its log.</summary>
    public LogBook Log { get; } = new();

    /// <summary>Folder of all its files.</summary>
    public string Folder => _folder;

    public Uri Address { get; private set; } = null!;

    /// <summary>All that it listens on.</summary>
    public IReadOnlyList<Uri> Addresses => [.. _host.Addresses.Select(a => new Uri(a))];

    public IServiceProvider Services => _host.Services;

    /// <summary>Starts one and waits until its bench is open.</summary>
    /// <param name="loopback">Role of who comes without a token.</param>
    /// <param name="folder">Folder of an earlier one, to go on with; null: a new one.</param>
    /// <param name="schedule">What stands in its schedule below <c>schedule: fake</c>; null: it has none.</param>
    /// <param name="clock">Its wall clock; null: the machine's.</param>
    /// <param name="change">Changes its options; null: nothing.</param>
    /// <param name="mains">Its slots are on mains, their lines isolated.</param>
    /// <param name="keepsPower">Its second slot keeps its power.</param>
    public static async Task<TestStation> StartAsync(Role? loopback = Role.Switch, string? folder = null, string? schedule = null, TimeProvider? clock = null, bool mains = false, Func<StationOptions, StationOptions>? change = null, bool keepsPower = false)
    {
        TestStation station = new(folder ?? Directory.CreateTempSubdirectory("station-").FullName);
        string inventory = Path.Combine(station._folder, "fake.yaml");
        await File.WriteAllTextAsync(inventory, string.Concat("bench: fake\nslots:\n", Slot("p1", mains), Slot("p2", mains), keepsPower ? "    keepPower: true\n" : ""));
        station._clock = clock;
        if (schedule is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(station._folder, "schedule.yaml"), "schedule: fake\n" + schedule);
        }

        station.Opener = new FakeOpener(inventory);
        station.Options = new StationOptions
        {
            Bench = inventory, Listen = [new Uri("http://127.0.0.1:0")], Socket = Path.Combine(station._folder, "s.sock"), LoopbackRole = loopback,
            Schedule = Path.Combine(station._folder, "schedule.yaml") is var file && File.Exists(file) ? file : null, StateFolder = Path.Combine(station._folder, "state"), RunsFolder = Path.Combine(station._folder, "runs"),
        };
        station.Options = change?.Invoke(station.Options) ?? station.Options;
        station._host = await StationHost.StartAsync(station.Options, station.Opener, default, clock, station.Log);
        station.Address = new Uri(station._host.Addresses.First(a => a.StartsWith("http://127", StringComparison.Ordinal)));
        await UntilAsync(() => station.Keeper.Now.Bench is not null);
        return station;
    }

    public BenchKeeper Keeper => Services.GetRequiredService<BenchKeeper>();

    /// <summary>A client; null: nobody's, without a token.</summary>
    public HttpClient Client(Role? role = null, string? name = null, string? owner = null)
    {
        HttpClient http = new() { BaseAddress = new Uri(Address, "/api/v1/") };
        if (role is { } given)
        {
            string token = Services.GetRequiredService<TokenBook>().Add(name ?? given.ToString(), given);
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (owner is not null)
        {
            http.DefaultRequestHeaders.Add(StationDoor.OwnerHeader, Uri.EscapeDataString(owner));
        }

        return http;
    }

    /// <summary>Waits for something to become so.</summary>
    public static async Task UntilAsync(Func<bool> isSo)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60), TimeProvider.System);
        await PollAsync(isSo, limit.Token);
    }

    /// <summary>Waits for something to become so, as long as the test may last.</summary>
    public static async Task PollAsync(Func<bool> isSo, CancellationToken cancellationToken)
    {
        while (!isSo())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Ends it and starts another on the same files.</summary>
    public async Task<TestStation> AgainAsync()
    {
        await _host.DisposeAsync();
        return await StartAsync(Options.LoopbackRole, _folder, clock: _clock);
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

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage answer) => await answer.Content.ReadFromJsonAsync<JsonElement>();

    public static async Task<string> DetailAsync(HttpResponseMessage answer) => (await JsonAsync(answer)).GetProperty("detail").GetString()!;

    private static string Slot(string name, bool mains) =>
        $"  {name}:\n    board: sm-028-v1.3-b17\n    supply: {(mains ? "mains\n    isolated: true\n    isolatedInjection: true" : "isolated-3v3")}\n    power: {{ driver: command, on: \"true\", off: \"true\" }}\n"
        + "    button: { driver: command, press: \"true\", release: \"true\" }\n    pulses: { driver: command, set: \"true {channel} {hertz}\", stop: \"true {channel}\", minHertz: 0.01, maxHertz: 100000 }\n"
        + $"    console: {{ driver: tty, path: /dev/fake-{name} }}\n";
}
