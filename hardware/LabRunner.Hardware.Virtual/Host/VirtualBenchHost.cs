using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Harness;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>The whole virtual bench in one object: engine, plugs, broker, harness and its folder.</summary>
internal sealed class VirtualBenchHost : IAsyncDisposable
{
    /// <summary>Name of the harness's socket in the folder.</summary>
    public const string HarnessFile = "harness.sock";

    /// <summary>Name of the file with the addresses.</summary>
    public const string AddressesFile = "addresses.json";

    // Machine time: an event that never returns must not keep the process from ending.
    private static readonly TimeSpan EngineStopLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly Engine _engine;
    private readonly List<PlugHost> _plugs = [];
    private readonly string _directory;
    private readonly LabClock _clock;
    private readonly VirtualAir _air;
    private AirFiles? _airFiles;
    private EmbeddedBroker? _broker;
    private PtyPump? _pump;
    private HarnessServer? _harness;

    private VirtualBenchHost(string directory, LabClock clock)
    {
        _directory = directory;
        _clock = clock;
        _engine = new Engine { Origin = clock.GetUtcNow() - clock.Elapsed };
        _air = new VirtualAir(_engine);
    }

    /// <summary>Where everything is.</summary>
    public VirtualBenchAddresses Addresses { get; private set; } = null!;

    /// <summary>The engine's run: ends early only by an error of a plug's model, which it carries.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Machine time without a harness client.</summary>
    public TimeSpan Idle => _harness!.Idle;

    /// <summary>Makes the folder and starts everything; all plugs are without power.</summary>
    /// <exception cref="BenchFaultException">The folder is in use or cannot be made, the machine lacks something, or the configuration is wrong.</exception>
    public static async Task<VirtualBenchHost> StartAsync(VirtualBenchConfig config)
    {
        VirtualBenchJson.Check(config);
        MakeDirectory(config.Directory);
        VirtualBenchHost host = new(config.Directory, LabClock.Parse(config.Clock));
        try
        {
            await host.StartPartsAsync(config).ConfigureAwait(false);
            return host;
        }
        catch (Exception e)
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw e is IOException or SocketException or UnauthorizedAccessException
                ? new BenchFaultException(
                    FaultKind.Machine, config.Directory, $"the virtual bench cannot start: {e.Message.TrimEnd('.')}", "Free what it names, then start it again", e)
                : e;
        }
    }

    /// <summary>Stops everything and removes the folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_harness is not null)
        {
            await _harness.DisposeAsync().ConfigureAwait(false);
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await Running.WaitAsync(EngineStopLimit, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _pump?.Dispose();
        foreach (PlugHost plug in _plugs)
        {
            await plug.DisposeAsync().ConfigureAwait(false);
        }

        _airFiles?.Dispose();
        if (_broker is not null)
        {
            await _broker.DisposeAsync().ConfigureAwait(false);
        }

        Directory.Delete(_directory, recursive: true);
        _stop.Dispose();
    }

    private static void MakeDirectory(string directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new BenchFaultException(
                FaultKind.Machine, directory, "the virtual bench needs Linux's PTYs and socket filters", "Run it on Linux, for example in WSL");
        }

        try
        {
            if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
            {
                throw new BenchFaultException(
                    FaultKind.Configuration, directory, "the virtual bench's folder is not empty", "Give a new folder: it is removed at the end");
            }

            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(
                FaultKind.Storage, directory, $"the virtual bench's folder cannot be made: {e.Message.TrimEnd('.')}", "Give a folder that you may write to", e);
        }
    }

    /// <summary>The version after one: its last number raised by one, or ".1" added.</summary>
    private static string Next(string version)
    {
        int dot = version.LastIndexOf('.');
        return int.TryParse(version[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
            ? string.Create(CultureInfo.InvariantCulture, $"{version[..(dot + 1)]}{last + 1}")
            : version + ".1";
    }

    private void HandChanged(int line, bool high)
    {
        switch (line)
        {
            case HarnessLines.AccessPointHand:
                _air.SwitchAccessPoint(!high);
                break;
            case HarnessLines.UplinkHand:
                _air.NameServer = high ? NameServer.BlackHole : NameServer.Answers;
                _air.TimeServerError = high ? null : TimeSpan.Zero;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(line), line, "No hand of the bench.");
        }
    }

    private async Task StartPartsAsync(VirtualBenchConfig config)
    {
        if (config.Broker is null)
        {
            _broker = await EmbeddedBroker.StartAsync().ConfigureAwait(false);
        }

        _airFiles = new AirFiles(_directory, _air);
        string broker = config.Broker ?? _broker!.Address;
        DnsEndPoint brokerEndPoint = PlugMqtt.ParseAddress(broker);
        foreach (VirtualPlugConfig plug in config.Plugs)
        {
            _plugs.Add(new PlugHost(plug, config.Seed, _engine, _clock.Scale, brokerEndPoint, Path.Combine(_directory, plug.Name + ".tty"), _air));
        }

        foreach (string weather in config.Weather)
        {
            Weather.Parse(weather).Plan(_air, _engine);
        }

        HarnessBoard board = new(_plugs, _clock.ToMonotonicNanoseconds, () => _engine.Now, HandChanged, new AirActuator(_air, [.. _plugs.Select(p => p.Plug)]));
        for (int i = 0; i < _plugs.Count; i++)
        {
            int index = i;
            _plugs[i].LineChanged = (line, at, high) => board.InputChanged(index, line, at, high);
        }

        string versionA = config.Plugs[0].Version;
        string versionB = Next(versionA);
        Addresses = new VirtualBenchAddresses(
            Environment.ProcessId, _directory, Path.Combine(_directory, HarnessFile), broker,
            await WriteImageAsync(versionA).ConfigureAwait(false), versionA,
            await WriteImageAsync(versionB).ConfigureAwait(false), versionB,
            _plugs.ToDictionary(p => p.Name, p => p.Addresses))
        {
            Loader = await WriteLoaderAsync().ConfigureAwait(false),
            Hostapd = _airFiles.Hostapd,
            Dnsmasq = _airFiles.Dnsmasq,
            Clock = config.Clock,
        };

        Running = _engine.RunAsync(_clock, _stop.Token);
        _pump = new PtyPump([.. _plugs.Select(p => (p.Pty, (Action<byte[]>)p.UartReceived))]);
        _harness = new HarnessServer(Addresses.Harness, board, _engine.Post);

        // Moved into place, so that whoever waits for the file never reads half of it.
        string file = Path.Combine(_directory, AddressesFile);
        string json = JsonSerializer.Serialize(Addresses, VirtualBenchJson.Options);
        await File.WriteAllTextAsync(file + ".new", json + "\n").ConfigureAwait(false);
        File.Move(file + ".new", file);
    }

    /// <summary>As long as the vendor's larger loaders, which say that they are busy; its code is nothing, because the virtual ROM runs its own.</summary>
    private async Task<string> WriteLoaderAsync()
    {
        string path = Path.Combine(_directory, "loader.bin");
        await File.WriteAllBytesAsync(path, RamLoader.Build(RamLoader.UsualAddress, new byte[37_728])).ConfigureAwait(false);
        return path;
    }

    private async Task<string> WriteImageAsync(string version)
    {
        string path = Path.Combine(_directory, $"OpenBL602_{version}_OTA.bin.xz.ota");
        await File.WriteAllBytesAsync(path, VirtualFirmwareImage.Build(version)).ConfigureAwait(false);
        return path;
    }
}
