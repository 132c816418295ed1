using System.CommandLine;
using System.CommandLine.Help;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Discovery;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using LabRunner.Station;
using LabRunner.Station.Access;
using LabRunner.Station.Client;

namespace LabRunner.Cli.Commands;

/// <summary><c>token add|list|revoke</c>: who may come to a station from elsewhere.</summary>
internal sealed class TokenVerb : IVerb
{
    private readonly Argument<string> _name = new("name") { Description = "Person or script." };
    private readonly Argument<string> _which = new("which") { Description = "Name or id of a token." };
    private readonly Option<string> _role = new("--role") { Description = "look, use, switch or administer.", DefaultValueFactory = _ => "look" };
    private readonly Option<string> _bench = new("--bench") { Description = "Inventory: a name of bench/inventory or a file.", DefaultValueFactory = _ => "virtual" };
    private readonly Option<string?> _state = StateOption();
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };

    /// <summary>The folder of a station's own files.</summary>
    public static Option<string?> StateOption() => new("--state") { Description = "Folder of the station's own files. Default runs/station/<bench>." };

    /// <summary>The folder that is meant.</summary>
    public static string StateFolder(string? named, string bench) =>
        Path.GetFullPath(named ?? Path.Combine(BenchFolders.Find().Home, "runs", "station", Path.GetFileNameWithoutExtension(bench)));

    public Command Build()
    {
        _role.AcceptOnlyFromAmong("look", "use", "switch", "administer");
        Command add = new("add", "Make a token and print it, this once: only its hash is kept. Example: ./lab token add \"build server\" --role switch --bench my-lab") { _name, _role, _bench, _state, _json };
        add.SetAction(AddAsync);
        Command list = new("list", "Show who has a token. Example: ./lab token list --bench my-lab") { _bench, _state, _json };
        list.SetAction(List);
        Command revoke = new("revoke", "Take a token back; a running station refuses it from then on. Example: ./lab token revoke \"build server\" --bench my-lab") { _which, _bench, _state, _json };
        revoke.SetAction(Revoke);
        Command token = new("token", "Tokens for people and scripts that come to a station from other machines: add, list, revoke. Example: ./lab token list") { add, list, revoke };
        token.SetAction(parsed => new HelpAction().Invoke(parsed));
        return token;
    }

    private TokenBook Book(ParseResult parsed)
    {
        string folder = StateFolder(parsed.GetValue(_state), parsed.GetValue(_bench)!);
        if (LeaseFolder.User == 0 && new LinuxMachine().Owner(folder) is { User: not 0 })
        {
            // Its files are for its account alone.
            throw new UsageException($"{folder} is another account's, and its station could not read what root writes there. Ask as that account: sudo -u labrunner labrunner token ...");
        }

        return new TokenBook(folder, TimeProvider.System);
    }

    /// <summary>Where tokens are written, and whether a station looks there.</summary>
    private async Task<string> PlaceAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        (string bench, string folder) = (parsed.GetValue(_bench)!, StateFolder(parsed.GetValue(_state), parsed.GetValue(_bench)!));
        if (StationHost.RunsWith(folder))
        {
            return $"It is for the station that runs with the state folder {folder}.";
        }

        bool runs = false;
        try
        {
            using StationClient? station = await StationClient.FindAsync(bench, null, cancellationToken).ConfigureAwait(false);
            runs = station is { IsHere: true };
        }
        catch (BenchFaultException)
        {
            // Another one is named, or none answers: nothing is known of one here.
        }

        return runs
            ? $"Written to {folder}, but the station of bench '{bench}' runs with another state folder and does not know it: say its --state, as ./lab serve was told."
            : $"Written to {folder}, for a station that is started with this state folder; none runs with it now.";
    }

    private async Task<int> AddAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string token = Book(parsed).Add(parsed.GetValue(_name)!, Enum.Parse<Role>(parsed.GetValue(_role)!, ignoreCase: true));
        Tell(parsed, "token add", $"a token with the role '{parsed.GetValue(_role)}' for {parsed.GetValue(_name)}");

        // Not beside the token, which scripts read.
        await Console.Error.WriteLineAsync(await PlaceAsync(parsed, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        Console.WriteLine(parsed.GetValue(_json) ? JsonSerializer.Serialize(new { name = parsed.GetValue(_name), role = parsed.GetValue(_role), token }, JsonSerializerOptions.Web) : token);
        return (int)ExitCode.Pass;
    }

    private int List(ParseResult parsed)
    {
        IReadOnlyList<TokenEntry> tokens = Book(parsed).List();
        Console.WriteLine(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(tokens.Select(t => new { t.Id, t.Name, role = Word(t.Role), t.Made }), JsonSerializerOptions.Web)
            : tokens.Count == 0 ? $"Nobody has a token ({StateFolder(parsed.GetValue(_state), parsed.GetValue(_bench)!)})."
            : string.Join(Environment.NewLine, tokens.Select(t => FormattableString.Invariant($"{t.Id}  {Word(t.Role),-10}  {t.Made.UtcDateTime:yyyy-MM-dd}  {t.Name}"))));
        return (int)ExitCode.Pass;
    }

    private int Revoke(ParseResult parsed)
    {
        TokenEntry gone = Book(parsed).Revoke(parsed.GetValue(_which)!) ?? throw new UsageException($"Nobody has a token '{parsed.GetValue(_which)}' in {StateFolder(parsed.GetValue(_state), parsed.GetValue(_bench)!)}. See ./lab token list.");
        Tell(parsed, "token revoke", $"the token of {gone.Name}, role '{Word(gone.Role)}', revoked");
        Console.WriteLine(parsed.GetValue(_json) ? JsonSerializer.Serialize(new { revoked = gone.Id, gone.Name }, JsonSerializerOptions.Web) : $"The token of {gone.Name} is revoked.");
        return (int)ExitCode.Pass;
    }

    private void Tell(ParseResult parsed, string action, string what) => AuditSlip.Leave(StateFolder(parsed.GetValue(_state), parsed.GetValue(_bench)!), action, what, null);

    private static string Word(Role role) => role.ToString().ToLowerInvariant();
}
