using System.CommandLine;
using System.CommandLine.Help;
using System.Text.Json;
using System.Text.RegularExpressions;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Client;
using LabRunner.Station.Leases;
using Spectre.Console;

namespace LabRunner.Cli.Commands;

/// <summary><c>lease list|take|release|break</c>: who has which slot of this machine's benches.</summary>
internal sealed partial class LeaseVerb : IVerb
{
    private static readonly TimeSpan BreakLimit = LeaseBook.Grace + TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly Argument<string[]> _slots = new("slots") { Description = "Slots of the bench.", Arity = ArgumentArity.OneOrMore };
    private readonly Argument<string[]> _mine = new("slots") { Description = "Slots of the bench; none: all that are reserved for you.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Argument<string[]> _which = new("what") { Description = "Slots of the bench, or the id of a lease.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _bench = new("--bench") { Description = "Inventory: a name of bench/inventory or a file." };
    private readonly Option<TimeSpan?> _for = HandArguments.Duration("--for", "How long, up to 31d. Default 8h.");
    private readonly Option<string> _purpose = new("--purpose") { Description = "What for, told to whoever wants the slot.", DefaultValueFactory = _ => "reserved by hand" };
    private readonly Option<string?> _owner = new("--owner") { Description = $"Who, where several people share an account. Default {LeaseBook.OwnerVariable}, else the account." };
    private readonly Option<string> _why = new("--why") { Description = "Told to the holder.", DefaultValueFactory = _ => "broken by hand" };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };

    public Command Build()
    {
        Command list = new("list", "Show who has what. Example: ./lab lease list --json") { _bench, _owner, _json };
        list.SetAction(ListAsync);
        Command take = new("take", "Reserve slots for yourself across commands; your own runs get in. Example: ./lab lease take p1 p2 --bench my-lab --for 8h --purpose bisecting") { _slots, _bench, _for, _purpose, _owner, _json };
        take.SetAction(TakeAsync);
        Command release = new("release", "Give reservations of yours back. Example: ./lab lease release p1 --bench my-lab") { _mine, _bench, _owner, _json };
        release.SetAction(ReleaseAsync);
        Command breaking = new("break", "Take a lease back from whoever has it: a run makes its slots safe and ends. Example: ./lab lease break p1 --bench my-lab --why \"fire drill\"") { _which, _bench, _owner, _why, _json };
        breaking.SetAction(BreakAsync);
        Command lease = new("lease", "Who has which slot: list, take, release, break. Runs take theirs by themselves. Example: ./lab lease list") { list, take, release, breaking };
        lease.SetAction(parsed => new HelpAction().Invoke(parsed));
        return lease;
    }

    private LeaseBook Book(ParseResult parsed) => new(LeaseFolder.Open(), parsed.GetResult(_owner) is null ? null : parsed.GetValue(_owner));

    private async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using StationClient? station = await StationAsync(parsed, cancellationToken).ConfigureAwait(false);
        if (station is not null)
        {
            IReadOnlyList<SlotLease> taken = await station.LeasesAsync(cancellationToken).ConfigureAwait(false);
            Console.WriteLine(parsed.GetValue(_json)
                ? JsonSerializer.Serialize(new { station = station.Where, leases = taken }, JsonSerializerOptions.Web)
                : taken.Count == 0 ? $"No slot is taken at the station ({station.Where})."
                : string.Join(Environment.NewLine, taken.Select(l => $"{l.Id}  {string.Join(", ", l.Slots)}  {l.Owner}, for '{l.Purpose}', until {Time(l.Expires)}")));
            return (int)ExitCode.Pass;
        }

        LeaseBook book = Book(parsed);
        IReadOnlyList<LeaseEntry> leases = await book.ListAsync(cancellationToken).ConfigureAwait(false);
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(new { folder = book.Folder.Path, leases = leases.Select(Facts) }, JsonSerializerOptions.Web));
            return (int)ExitCode.Pass;
        }

        if (leases.Count == 0)
        {
            Console.WriteLine($"No slot is taken ({book.Folder.Path}).");
            return (int)ExitCode.Pass;
        }

        Table table = new Table().Border(TableBorder.Rounded).AddColumn("Id", id => id.NoWrap()).AddColumns("Bench", "Slots", "Who", "What for").AddColumn("Since", since => since.NoWrap()).AddColumn("Until", until => until.NoWrap());
        foreach (LeaseEntry lease in leases)
        {
            table.AddRow([.. Row(lease).Select(Markup.Escape)]);
        }

        AnsiConsole.Write(table);
        return (int)ExitCode.Pass;
    }

    private async Task<StationClient?> StationAsync(ParseResult parsed, CancellationToken cancellationToken) => parsed.GetValue(_bench) is { } bench
        ? await StationClient.FindAsync(bench, parsed.GetResult(_owner) is null ? null : parsed.GetValue(_owner), cancellationToken).ConfigureAwait(false)
        : null;

    private async Task<int> TakeAtAsync(ParseResult parsed, StationClient station, CancellationToken cancellationToken)
    {
        SlotLease lease = await station.LeaseAsync(
            [.. parsed.GetValue(_slots)!.Distinct()], parsed.GetValue(_for) ?? TimeSpan.FromHours(8), parsed.GetValue(_purpose)!, cancellationToken).ConfigureAwait(false);
        Console.WriteLine(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(lease, JsonSerializerOptions.Web)
            : $"{string.Join(", ", lease.Slots)} reserved at the station for {lease.Owner} until {Time(lease.Expires)} (lease {lease.Id}).");
        return (int)ExitCode.Pass;
    }

    /// <summary>Ends leases of the station: one's own, or with <paramref name="anybodys"/> those that are named.</summary>
    private async Task<int> EndAtAsync(ParseResult parsed, StationClient station, string[] what, bool anybodys, CancellationToken cancellationToken)
    {
        string me = (await station.MeAsync(cancellationToken).ConfigureAwait(false)).Owner;
        SlotLease[] meant =
        [
            .. (await station.LeasesAsync(cancellationToken).ConfigureAwait(false))
                .Where(l => (anybodys || l.Owner == me) && (what.Length == 0 || what.Contains(l.Id) || l.Slots.Any(what.Contains))),
        ];
        if (meant.Length == 0)
        {
            throw new UsageException(anybodys ? $"Nobody has '{string.Join(", ", what)}' at the station. See ./lab lease list --bench NAME." : "No such reservation at the station is yours. See ./lab lease list --bench NAME.");
        }

        foreach (SlotLease lease in meant)
        {
            await station.EndLeaseAsync(lease.Id, cancellationToken).ConfigureAwait(false);
        }

        Console.WriteLine(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(new { ended = meant }, JsonSerializerOptions.Web)
            : string.Join(Environment.NewLine, meant.Select(l => $"Lease {l.Id} of {l.Owner} is ended ({string.Join(", ", l.Slots)}).")));
        return (int)ExitCode.Pass;
    }

    private async Task<int> TakeAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using StationClient? station = await StationAsync(parsed, cancellationToken).ConfigureAwait(false);
        if (station is not null)
        {
            return await TakeAtAsync(parsed, station, cancellationToken).ConfigureAwait(false);
        }

        BenchFiles files = Files(parsed, parsed.GetValue(_slots)!);
        TimeSpan length = parsed.GetValue(_for) ?? TimeSpan.FromHours(8);
        if (length <= TimeSpan.Zero || length > LeaseBook.LongestReservation)
        {
            throw new UsageException("--for: a reservation lasts longer than 0 and at most 31d.");
        }

        if (files.Inventory.Virtual is not null)
        {
            throw new UsageException($"The bench '{files.Inventory.Name}' is virtual: each run has plugs of its own, and there is nothing to reserve.");
        }

        string[] slots = [.. parsed.GetValue(_slots)!.Distinct()];
        LeaseRecord record = await Book(parsed).ReserveAsync(
            new LeaseRequest { Bench = files.Inventory.Name, Slots = slots, Parts = LeaseParts.Of(files.Inventory, slots, null), Purpose = parsed.GetValue(_purpose)! },
            length, cancellationToken).ConfigureAwait(false);
        Console.WriteLine(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(new { id = record.Id, bench = record.Bench, slots = record.Slots, owner = record.Owner, expires = record.Expires }, JsonSerializerOptions.Web)
            : $"{string.Join(", ", slots)} of bench '{record.Bench}' reserved for {record.Owner} until {Time(record.Expires)} (lease {record.Id}).");
        return (int)ExitCode.Pass;
    }

    private async Task<int> ReleaseAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string[] slots = parsed.GetValue(_mine) ?? [];
        using StationClient? station = await StationAsync(parsed, cancellationToken).ConfigureAwait(false);
        if (station is not null)
        {
            return await EndAtAsync(parsed, station, slots, anybodys: false, cancellationToken).ConfigureAwait(false);
        }

        string? bench = parsed.GetValue(_bench) is null ? null : Files(parsed, slots).Inventory.Name;
        IReadOnlyList<LeaseEntry> back = await Book(parsed).ReleaseAsync(
            l => (bench is null || l.Record!.Bench == bench) && (slots.Length == 0 || slots.Contains(l.Id) || l.Record!.Slots.Any(slots.Contains)), cancellationToken).ConfigureAwait(false);
        if (back.Count == 0)
        {
            throw new UsageException("No such reservation is yours. See ./lab lease list; a run's lease ends with it, or with ./lab lease break.");
        }

        Console.WriteLine(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(new { released = back.Select(Facts) }, JsonSerializerOptions.Web)
            : string.Join(Environment.NewLine, back.Select(l => $"{string.Join(", ", l.Record!.Slots)} of bench '{l.Record.Bench}' given back (lease {l.Id}).")));
        return (int)ExitCode.Pass;
    }

    private async Task<int> BreakAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using StationClient? station = await StationAsync(parsed, cancellationToken).ConfigureAwait(false);
        if (station is not null)
        {
            return await EndAtAsync(parsed, station, parsed.GetValue(_which)!, anybodys: true, cancellationToken).ConfigureAwait(false);
        }

        LeaseBook book = Book(parsed);
        LeaseEntry[] meant = Meant(parsed, await book.ListAsync(cancellationToken).ConfigureAwait(false));
        foreach (LeaseEntry lease in meant)
        {
            await book.BreakAsync(lease.Id, parsed.GetValue(_why)!, cancellationToken).ConfigureAwait(false);
        }

        // Machine time: the holder may make its slots safe first.
        long began = TimeProvider.System.GetTimestamp();
        LeaseEntry[] left;
        while ((left = [.. (await book.ListAsync(cancellationToken).ConfigureAwait(false)).Where(l => l.Keeps && meant.Any(m => m.Id == l.Id))]).Length > 0
            && TimeProvider.System.GetElapsedTime(began) < BreakLimit)
        {
            await Task.Delay(Look, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        if (left.Length > 0)
        {
            throw new BenchFaultException(
                FaultKind.Lease, $"lease {left[0].Id}", "its holder was told and is still there", $"Look at process {left[0].Record?.Process}; its slots may still have power");
        }

        Console.WriteLine(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(new { broken = meant.Select(Facts) }, JsonSerializerOptions.Web)
            : string.Join(Environment.NewLine, meant.Select(l => $"Lease {l.Id} of {l.Record?.Owner ?? $"user {l.User}"} is broken ({string.Join(", ", l.Record?.Slots ?? [])}).")));
        return (int)ExitCode.Pass;
    }

    private LeaseEntry[] Meant(ParseResult parsed, IReadOnlyList<LeaseEntry> all)
    {
        string? bench = parsed.GetValue(_bench) is null ? null : Files(parsed, []).Inventory.Name;
        HashSet<string> meant = [];
        foreach (string what in parsed.GetValue(_which)!)
        {
            LeaseEntry[] hits = [.. all.Where(l => l.Keeps && (LeaseId().IsMatch(what) ? l.Id == what : l.Record is { } r && r.Slots.Contains(what) && (bench is null || r.Bench == bench)))];
            meant.UnionWith(hits.Length switch
            {
                1 => [hits[0].Id],
                0 => throw new UsageException($"Nobody has '{what}'. See ./lab lease list."),
                _ => throw new UsageException($"'{what}' is in {hits.Length} leases: {string.Join(", ", hits.Select(h => $"{h.Id} ({h.Record?.Bench}, {h.Record?.Purpose})"))}. Name one by its id, or --bench."),
            });
        }

        return [.. all.Where(l => meant.Contains(l.Id))];
    }

    private BenchFiles Files(ParseResult parsed, string[] slots) => BenchFiles.Load(new BenchOwnerOptions
    {
        Bench = parsed.GetValue(_bench) ?? throw new UsageException("--bench: say which bench the slots are of, such as --bench my-lab."),
        Slots = slots.Length > 0 ? [.. slots.Where(s => !LeaseId().IsMatch(s))] : null,
        TimeScale = 1,
    });

    private static object Facts(LeaseEntry lease) => new
    {
        id = lease.Id, user = lease.User, state = lease.State.ToString().ToLowerInvariant(), why = lease.Why, keeps = lease.Keeps, file = lease.File,
        kind = lease.Record?.Kind.ToString().ToLowerInvariant(), owner = lease.Record?.Owner, process = lease.Record?.Process, purpose = lease.Record?.Purpose,
        bench = lease.Record?.Bench, slots = lease.Record?.Slots, taken = lease.Record?.Taken, expires = lease.Record?.Expires,
    };

    private static string[] Row(LeaseEntry lease) => lease.Record is { } record
        ?
        [
            lease.Id, record.Bench, string.Join(", ", record.Slots), record.Owner, record.Purpose, Time(record.Taken),
            lease.State != LeaseState.InForce ? lease.Why : record.Kind == LeaseKind.Run ? $"process {record.Process} ends" : Time(record.Expires),
        ]
        : [lease.Id, "?", "?", $"user {lease.User}", lease.File, "?", lease.Why];

    private static string Time(DateTimeOffset? at) => at?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture) ?? "?";

    [GeneratedRegex(@"\A[0-9a-f]{16}\z", RegexOptions.CultureInvariant)]
    private static partial Regex LeaseId();
}
