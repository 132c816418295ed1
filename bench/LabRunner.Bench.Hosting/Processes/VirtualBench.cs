using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual;

namespace LabRunner.Bench.Hosting.Processes;

/// <summary>
/// Starts and ends the process that hosts the virtual plugs. The process is put into a session of its own: like copper, it outlives a
/// killed runner, and ends itself when nobody used it for a while.
/// </summary>
public sealed class VirtualBench : IAsyncDisposable
{
    private const string FolderStart = "labrunner-virtual-";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private static readonly JsonSerializerOptions Readable = new(VirtualBenchJson.Options) { WriteIndented = true };

    private readonly Process? _process;

    private VirtualBench(Process? process, VirtualBenchAddresses addresses)
    {
        _process = process;
        Addresses = addresses;
    }

    /// <summary>True: this program started it and ends it. False: it is another's and lives on.</summary>
    public bool IsOwn => _process is not null;

    /// <summary>The clock that its plugs run on: whoever uses it must use the same.</summary>
    public LabClock Clock => LabClock.Parse(Addresses.Clock);

    /// <summary>Folder of its sockets and PTY links.</summary>
    public string Directory => Addresses.Directory;

    private VirtualBenchAddresses Addresses { get; }

    /// <summary>Where its plugs are, as indented JSON.</summary>
    public string ToJson() =>
        JsonSerializer.Serialize(Addresses, Readable);

    /// <summary>The addresses as inventory variables: virtual.harness, virtual.p1.http, …</summary>
    public IReadOnlyDictionary<string, string> Variables => ToVariables(Addresses);

    /// <summary>Variables of a virtual bench that runs already, such as one whose runner was killed.</summary>
    /// <param name="directory">Its folder, as the night said it.</param>
    public static IReadOnlyDictionary<string, string> ReadVariables(string directory) =>
        ToVariables(Read(directory));

    /// <summary>Uses one that runs already, such as that of <c>./lab virtual</c>.</summary>
    /// <param name="directory">Its folder; empty: the only one that runs on this machine.</param>
    /// <exception cref="BenchFaultException">None runs there, or it cannot be told which one is meant.</exception>
    public static VirtualBench Attach(string directory)
    {
        VirtualBenchAddresses[] running =
        [
            .. (directory.Length > 0 ? [directory] : System.IO.Directory.GetDirectories(Path.GetTempPath(), FolderStart + "*"))
                .Select(Running).OfType<VirtualBenchAddresses>(),
        ];
        return running switch
        {
            [var one] => new VirtualBench(null, one),
            [] => throw new BenchFaultException(
                FaultKind.Process, "virtual bench", directory.Length > 0 ? $"none runs in {directory}" : "none runs that could be attached to", "Start one in another terminal: ./lab virtual"),
            _ => throw new BenchFaultException(
                FaultKind.Process, "virtual bench", $"{running.Length} run on this machine", $"Name one: --attach {string.Join(" or --attach ", running.Take(4).Select(r => r.Directory))}"),
        };
    }

    /// <summary>Finds the virtual bench of a run whose runner died: it lives on, as copper does, and is the run's again.</summary>
    /// <param name="directory">Its folder.</param>
    /// <exception cref="BenchFaultException">It has ended since: its plugs and what they remembered are gone.</exception>
    public static VirtualBench Rejoin(string directory)
    {
        try
        {
            VirtualBenchAddresses addresses = Read(directory);
            using (new VirtualBench(null, addresses).StayConnected())
            {
                return new VirtualBench(Process.GetProcessById(addresses.Pid), addresses);
            }
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or JsonException or SocketException or ArgumentException)
        {
            throw new BenchFaultException(
                FaultKind.Process, directory,
                "the virtual plugs of this run are gone (they end with the machine, with a run that ends in order, as by Ctrl-C, and 10 minutes after nobody used them), and with them what they remembered",
                "Begin a new night: other plugs would be another experiment", gone);
        }
    }

    /// <summary>Holds a connection to it until disposed, so that it does not take itself for an orphan.</summary>
    public IDisposable StayConnected()
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Addresses.Harness));
        return socket;
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <param name="inventory">An inventory with a virtual section.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="cancellationToken">Cancels the start; the process is ended.</param>
    /// <exception cref="BenchFaultException">It did not become ready.</exception>
    public static async Task<VirtualBench> StartAsync(BenchInventory inventory, LabClock clock, long seed, CancellationToken cancellationToken)
    {
        string program = SisterProgram.Find("LabRunner.Hardware.Virtual", "LabRunner.Hardware.Virtual");
        VirtualBenchConfig config = ToConfig(inventory, clock, seed);
        ProcessStartInfo start = new("setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "--wait", program },
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new BenchFaultException(FaultKind.Machine, "setsid", "the program is missing", "Install it: sudo apt-get install util-linux", missing);
        }

        try
        {
            await process.StandardInput.WriteAsync(JsonSerializer.Serialize(config, VirtualBenchJson.Options)).ConfigureAwait(false);
            process.StandardInput.Close();
            using CancellationTokenSource limit = new(StartLimit, TimeProvider.System);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            string? line = await process.StandardOutput.ReadLineAsync(either.Token).ConfigureAwait(false);
            if (line is null)
            {
                string why = await process.StandardError.ReadToEndAsync(either.Token).ConfigureAwait(false);
                throw new BenchFaultException(FaultKind.Process, "virtual bench", $"it ended before it was ready: {why.Trim().TrimEnd('.')}", "Mend what it names");
            }

            VirtualBenchAddresses addresses = JsonSerializer.Deserialize<VirtualBenchAddresses>(line, VirtualBenchJson.Options)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            return new VirtualBench(process, addresses);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new BenchFaultException(
                FaultKind.Process, "virtual bench", string.Create(CultureInfo.InvariantCulture, $"it was not ready within {StartLimit.TotalSeconds:0} s"), "Look at the machine's load and try again");
        }
        catch
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            throw;
        }
    }

    /// <summary>Ends the process politely, then by force.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is null)
        {
            return;
        }

        Signals.Terminate(Addresses.Pid);
        using CancellationTokenSource limit = new(EndLimit, TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static VirtualBenchAddresses? Running(string directory)
    {
        try
        {
            VirtualBenchAddresses addresses = Read(directory);
            using (new VirtualBench(null, addresses).StayConnected())
            {
                return addresses;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SocketException or JsonException or ArgumentException)
        {
            // A folder that a killed bench left behind, or another user's.
            return null;
        }
    }

    private static VirtualBenchAddresses Read(string directory) =>
        JsonSerializer.Deserialize<VirtualBenchAddresses>(File.ReadAllText(Path.Combine(directory, "addresses.json")), VirtualBenchJson.Options)!;

    private static Dictionary<string, string> ToVariables(VirtualBenchAddresses addresses)
    {
        Dictionary<string, string> variables = new()
        {
            ["virtual.dir"] = addresses.Directory,
            ["virtual.harness"] = addresses.Harness,
            ["virtual.mqtt"] = addresses.Mqtt,
            ["virtual.imageA"] = addresses.ImageA,
            ["virtual.versionA"] = addresses.VersionA,
            ["virtual.imageB"] = addresses.ImageB,
            ["virtual.versionB"] = addresses.VersionB,
            ["virtual.loader"] = addresses.Loader,
            ["virtual.hostapd"] = addresses.Hostapd,
            ["virtual.dnsmasq"] = addresses.Dnsmasq,
        };
        foreach ((string name, VirtualPlugAddresses plug) in addresses.Plugs)
        {
            variables[$"virtual.{name}.http"] = plug.Http;
            variables[$"virtual.{name}.tty"] = plug.Tty;
            variables[$"virtual.{name}.echo"] = plug.Echo;
            variables[$"virtual.{name}.temperature"] = plug.Temperature;
        }

        return variables;
    }

    private static VirtualBenchConfig ToConfig(BenchInventory inventory, LabClock clock, long seed)
    {
        VirtualSection section = inventory.Virtual
            ?? throw new InvalidOperationException("Only an inventory with a virtual section has a virtual bench.");
        return new VirtualBenchConfig
        {
            Directory = Path.Combine(Path.GetTempPath(), $"{FolderStart}{Guid.NewGuid():N}"[..30]),
            Clock = clock.ToEnvironment(),
            Seed = seed,
            Weather = section.Weather,
            Plugs = [.. inventory.Slots.Select(slot => ToConfig(slot, section))],
        };
    }

    private static VirtualPlugConfig ToConfig(SlotEntry slot, VirtualSection section)
    {
        VirtualPlugEntry plug = section.Plugs[slot.Name];
        return new VirtualPlugConfig
        {
            Name = slot.Name,
            Chip = plug.Board.Description.Chip,
            Wiring = ToPins(plug.Pins ?? plug.Board.Description.Pins),
            Template = plug.BlankTemplate ? new Dictionary<int, string>() : ToPins(plug.Template.Description.Pins),
            LoadWatts = plug.LoadWatts,
            LoadPowerFactor = plug.LoadPowerFactor,
            LineVolts = plug.LineVolts,
            Gain = new VirtualChipGain(plug.VoltsGain, plug.AmperesGain, plug.WattsGain),
            Flags = plug.Flags ?? plug.Template.Flags,
            Version = plug.Version,
            TestCommands = plug.TestCommands,
            Mdns = plug.Mdns,
            LogDelay = plug.LogDelay,
            TellsResetReason = plug.TellsResetReason,
            UpdatePage = plug.UpdatePage,
            MqttClient = slot.MqttClient,
            Faults = [.. plug.Faults.Select(f => new VirtualFaultConfig(f.Id, f.Parameters))],
        };
    }

    private static Dictionary<int, string> ToPins(IReadOnlyDictionary<string, string> pins) =>
        pins.ToDictionary(p => int.Parse(p.Key, CultureInfo.InvariantCulture), p => p.Value);
}
