using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LabRunner.Bench.Hosting.Processes;

namespace LabRunner.Station.Benchmarks;

/// <summary>The program under measurement, with files and leases of its own: LABRUNNER_PROGRAM, else the build beside this one.</summary>
internal sealed class MeasuredStation : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("station-benchmark-").FullName;
    private Process? _process;

    /// <summary>The program.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("LABRUNNER_PROGRAM") is { Length: > 0 } told ? told : SisterProgram.Find("LabRunner.Cli", "labrunner");

    /// <summary>Its own folder.</summary>
    public string Folder => _folder;

    /// <summary>Path of the inventory.</summary>
    public string Inventory => Path.Combine(_folder, "measured.yaml");

    /// <summary>Clients of its API; one for each viewer, as browsers are.</summary>
    public HttpClient Client() => new() { BaseAddress = Address, Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Address of its API.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>Starts a station and waits until its bench is open.</summary>
    public async Task StartAsync()
    {
        ProcessStartInfo start = Command("serve", "--bench", Inventory, "--listen", "http://127.0.0.1:0", "--state", Path.Combine(_folder, "state"), "--runs", Path.Combine(_folder, "runs"), "--json");
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        string line = await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false) ?? throw new InvalidOperationException("The station did not start.");
        Address = new Uri(new Uri(JsonDocument.Parse(line).RootElement.GetProperty("addresses").EnumerateArray().Select(a => a.GetString()!).First(a => a.StartsWith("http://127", StringComparison.Ordinal))), "/api/v1/");
        using HttpClient client = Client();
        while (!(await client.GetAsync(new Uri("health/ready", UriKind.Relative)).ConfigureAwait(false)).IsSuccessStatusCode)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System).ConfigureAwait(false);
        }
    }

    /// <summary>A command line of the program that sees this station alone.</summary>
    public ProcessStartInfo Command(params string[] arguments)
    {
        ProcessStartInfo start = new(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder };
        start.Environment["LABRUNNER_LEASES"] = Path.Combine(_folder, "leases");
        return start;
    }

    /// <summary>CPU time of the station's process and its resident memory.</summary>
    public (TimeSpan Cpu, long Bytes) Usage()
    {
        _process!.Refresh();
        return (_process.TotalProcessorTime, _process.WorkingSet64);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            using Process term = Process.Start("kill", ["-s", "TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            await _process.WaitForExitAsync().ConfigureAwait(false);
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
