using System.CommandLine;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Inventory;
using LabRunner.Station;
using LabRunner.Station.Access;
using LabRunner.Station.Client;
using LabRunner.Station.Logs;

namespace LabRunner.Cli.Commands;

/// <summary><c>serve</c>: the station.</summary>
internal sealed class ServeVerb : IVerb
{
    private readonly Option<string> _bench = new("--bench") { Description = "Inventory: a name of bench/inventory or a file.", DefaultValueFactory = _ => "virtual" };
    private readonly Option<string?> _schedule = new("--schedule") { Description = "What it does by itself: a name of bench/schedules or a file. Default: the one with the bench's name, where there is one." };
    private readonly Option<double?> _scale = new("--time-scale") { Description = "Plug seconds per second of a virtual bench while no run has it. Default 1; a run has its plan's." };
    private readonly Option<string[]> _listen = new("--listen") { Description = $"Addresses, such as https://0.0.0.0:8602. Plain http is for this machine alone. Default http://127.0.0.1:{StationOptions.UsualPort}.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _certificate = new("--certificate") { Description = "PEM file with the certificate of https addresses." };
    private readonly Option<string?> _key = new("--key") { Description = "PEM file with its key." };
    private readonly Option<string[]> _names = new("--host-name") { Description = "Names that a browser may call the station by, beside its addresses.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string> _loopback = new("--loopback") { Description = "What who comes from this machine without a token may do: look, use, switch, administer, or none.", DefaultValueFactory = _ => "switch" };
    private readonly Option<string?> _socket = new("--socket") { Description = "Unix socket for the programs of this machine. Default: where the commands look." };
    private readonly Option<string?> _state = TokenVerb.StateOption();
    private readonly Option<string?> _runs = new("--runs") { Description = "Folder of the runs. Default runs." };
    private readonly Option<string> _log = new("--log") { Description = "How its log is written to standard error: plain (sentences), json (an object a line), journal (plain behind priorities), or auto: plain on a terminal, journal under systemd, else json.", DefaultValueFactory = _ => "auto" };
    private readonly Option<bool> _json = new("--json") { Description = "Print where it listens as JSON." };

    public Command Build()
    {
        _loopback.AcceptOnlyFromAmong("look", "use", "switch", "administer", "none");
        _log.AcceptOnlyFromAmong("auto", "plain", "json", "journal");
        Command command = new("serve", "Own the bench: a live page and an API, every console captured, plans in a queue, runs that outlive this program. Example: ./lab serve --bench my-lab --listen https://0.0.0.0:8602 --certificate cert.pem --key key.pem --host-name lab.example")
        {
            _bench, _schedule, _scale, _listen, _certificate, _key, _names, _loopback, _socket, _state, _runs, _log, _json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string bench = parsed.GetValue(_bench)!;
        string home = BenchFolders.Find().Home;
        StationOptions usual = new() { StateFolder = "", RunsFolder = "" };
        StationOptions options = usual with
        {
            Bench = bench,
            Schedule = parsed.GetValue(_schedule),
            TimeScale = parsed.GetValue(_scale),
            Listen = parsed.GetValue(_listen) is { Length: > 0 } named ? [.. named.Select(Address)] : usual.Listen,
            Socket = Path.GetFullPath(parsed.GetValue(_socket) ?? StationClient.UsualSocket(bench)),
            CertificateFile = parsed.GetValue(_certificate),
            KeyFile = parsed.GetValue(_key),
            HostNames = parsed.GetValue(_names) ?? [],
            LoopbackRole = parsed.GetValue(_loopback) == "none" ? null : Enum.Parse<Role>(parsed.GetValue(_loopback)!, ignoreCase: true),
            StateFolder = TokenVerb.StateFolder(parsed.GetValue(_state), bench),
            Log = parsed.GetValue(_log) is "auto" ? LogStyles.Here() : Enum.Parse<LogStyle>(parsed.GetValue(_log)!, ignoreCase: true),
            RunsFolder = Path.GetFullPath(parsed.GetValue(_runs) ?? Path.Combine(home, "runs")),
        };
        StationHost station = await StationHost.StartAsync(options, cancellationToken).ConfigureAwait(false);
        await using (station.ConfigureAwait(false))
        {
            Console.WriteLine(parsed.GetValue(_json)
                ? JsonSerializer.Serialize(new { addresses = station.Addresses, socket = options.Socket, state = options.StateFolder, runs = options.RunsFolder }, JsonSerializerOptions.Web)
                : $"The station of bench '{bench}' listens on {string.Join(", ", station.Addresses)}. Ctrl-C ends it and makes the bench safe.");
            await station.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!parsed.GetValue(_json))
        {
            Console.WriteLine($"The station of bench '{bench}' has ended.");
        }

        return (int)ExitCode.Pass;
    }

    private static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && (address.Host == "localhost" || System.Net.IPAddress.TryParse(address.Host.Trim('[', ']'), out _))
        ? address
        : throw new UsageException($"--listen: '{text}' is no address. Write http://127.0.0.1:8601, or https:// with an IP address of this machine (0.0.0.0: all of them).");
}
