using System.CommandLine;
using System.CommandLine.Help;
using System.Text.Json;
using System.Text.RegularExpressions;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Formats;
using LabRunner.Station.Client;
using LabRunner.Station.Leases;

namespace LabRunner.Cli.Commands;

/// <summary><c>lease list|take|release|break</c>: who has which slot: at the station of a bench, and on this machine, where programs without a station meet.</summary>
internal sealed partial class LeaseVerb : IVerb
{
    // What a station's lease says while it watches: LabRunner.Bench.Hosting.BenchOwner.
    private const string StationsOwn = "the station";

    private static readonly TimeSpan BreakLimit = LeaseBook.Grace + TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly Argument<string[]> _slots = new("slots") { Description = "Slots of the bench.", Arity = ArgumentArity.OneOrMore };
    private readonly Argument<string[]> _mine = new("slots") { Description = "Slots of the bench; none: all that are reserved for you.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Argument<string[]> _which = new("what") { Description = "Slots of the bench, or the id of a lease.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _bench = new("--bench") { Description = "Inventory: a name of bench/inventory or a file.", DefaultValueFactory = _ => "virtual" };
    private readonly Option<TimeSpan?> _for = HandArguments.Duration("--for", "How long, up to 31d. Default 8h.");
    private readonly Option<string> _purpose = new("--purpose") { Description = "What for, told to whoever wants the slot.", DefaultValueFactory = _ => "reserved by hand" };
    private readonly Option<string?> _owner = new("--owner") { Description = $"Who, where several people share an account. Default {LeaseBook.OwnerVariable}, else the account." };
    private readonly Option<string> _why = new("--why") { Description = "Told to the holder; at a station on its page and in its audit log.", DefaultValueFactory = _ => "broken by hand" };
    private readonly Option<bool> _force = new("--force") { Description = "Break what the station itself holds, too: it lets go of the whole bench, and all of it goes off." };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };

    public Command Build()
    {
        Command list = new("list", "Show who has what. Example: ./lab lease list --json") { _bench, _owner, _json };
        list.SetAction(ListAsync);
        Command take = new("take", "Reserve slots for yourself across commands; your own runs get in. Example: ./lab lease take p1 p2 --bench my-lab --for 8h --purpose bisecting") { _slots, _bench, _for, _purpose, _owner, _json };
        take.SetAction(TakeAsync);
        Command release = new("release", "Give reservations of yours back. Example: ./lab lease release p1 --bench my-lab") { _mine, _bench, _owner, _json };
        release.SetAction(ReleaseAsync);
        Command breaking = new("break", "Take a lease back from whoever has it: a run makes its slots safe and ends. Example: ./lab lease break p1 --bench my-lab --why \"fire drill\"") { _which, _bench, _owner, _why, _force, _json };
        breaking.SetAction(BreakAsync);
        Command lease = new("lease", "Who has which slot: list, take, release, break. Runs take theirs by themselves. Example: ./lab lease list") { list, take, release, breaking };
        lease.SetAction(parsed => new HelpAction().Invoke(parsed));
        return lease;
    }

    private LeaseBook Book(ParseResult parsed) => new(LeaseFolder.Open(), parsed.GetResult(_owner) is null ? null : parsed.GetValue(_owner));

    private async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using StationClient? station = await StationAsync(parsed, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<SlotLease> there = station is null ? [] : await station.LeasesAsync(cancellationToken).ConfigureAwait(false);
        LeaseBook book = Book(parsed);
        bool elsewhere = station is { IsHere: false };
        IReadOnlyList<LeaseEntry> here = elsewhere ? [] : await book.ListAsync(cancellationToken).ConfigureAwait(false);
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(new { folder = book.Folder.Path, leases = here.Select(Facts), station = station?.Where, stationLeases = there }, JsonSerializerOptions.Web));
            return (int)ExitCode.Pass;
        }

        if (station is not null)
        {
            Show($"at the station ({station.Where})", [.. there.Select(l => Lines(l.Id, l.Slots, StationDoor.Stem(parsed.GetValue(_bench)!), l.Owner, l.Purpose, $"{Time(l.Taken)} until {Time(l.Expires)}"))]);
        }

        if (!elsewhere)
        {
            Show($"on this machine ({book.Folder.Path})", [.. here.Select(Lines)]);
        }

        return (int)ExitCode.Pass;
    }

    private static void Show(string where, string[] leases)
    {
        Console.WriteLine(leases.Length == 0 ? $"No slot is taken {where}." : $"Taken {where}:");
        Array.ForEach(leases, Console.WriteLine);
    }

    private Task<StationClient?> StationAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        StationClient.FindAsync(parsed.GetValue(_bench)!, parsed.GetResult(_owner) is null ? null : parsed.GetValue(_owner), cancellationToken);

    private async Task<int> TakeAtAsync(ParseResult parsed, StationClient station, CancellationToken cancellationToken)
    {
        SlotLease lease = await station.LeaseAsync(
            [.. parsed.GetValue(_slots)!.Distinct()], parsed.GetValue(_for) ?? TimeSpan.FromHours(8), parsed.GetValue(_purpose)!, cancellationToken).ConfigureAwait(false);
        Console.WriteLine(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(lease, JsonSerializerOptions.Web)
            : SafeText.OneLine($"{string.Join(", ", lease.Slots)} reserved at the station for {lease.Owner} until {Time(lease.Expires)} (lease {lease.Id})."));
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
            throw new UsageException($"The bench '{files.Inventory.Name}' is virtual: each run has plugs of its own, and there is nothing to reserve. Where a station has it (./lab serve) there is; for another bench say --bench.");
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
        string[] what = parsed.GetValue(_mine) ?? [];
        using StationClient? station = await StationAsync(parsed, cancellationToken).ConfigureAwait(false);
        string? me = station is null ? null : (await station.MeAsync(cancellationToken).ConfigureAwait(false)).Owner;
        SlotLease[] there = station is null ? [] : [.. (await station.LeasesAsync(cancellationToken).ConfigureAwait(false)).Where(l => l.Owner == me && (what.Length == 0 || Names(l, what)))];
        string[] rest = [.. what.Where(w => !there.Any(l => Names(l, [w])))];
        IReadOnlyList<LeaseEntry> here = [];
        if (station is not { IsHere: false } && (what.Length == 0 || rest.Length > 0))
        {
            // Without a word all benches are meant, and an id is of one anyway.
            string? bench = Slots(rest).Length > 0 || parsed.GetResult(_bench) is { Implicit: false } ? Files(parsed, Slots(rest)).Inventory.Name : null;
            here = await Book(parsed).ReleaseAsync(
                l => rest.Length == 0 ? bench is null || l.Record!.Bench == bench : rest.Contains(l.Id) || (l.Record!.Bench == bench && l.Record.Slots.Any(rest.Contains)), cancellationToken).ConfigureAwait(false);
        }

        if (there.Length == 0 && here.Count == 0)
        {
            throw new UsageException($"No such reservation is yours. See ./lab lease list; slots are those of bench '{parsed.GetValue(_bench)}' unless --bench names another. A run's lease ends with it, or with ./lab lease break.");
        }

        foreach (SlotLease lease in there)
        {
            await station!.EndLeaseAsync(lease.Id, cancellationToken).ConfigureAwait(false);
        }

        Console.WriteLine(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(new { released = here.Select(Facts), ended = there }, JsonSerializerOptions.Web)
            : string.Join(Environment.NewLine, [.. there.Select(Ended), .. here.Select(l => $"{string.Join(", ", l.Record!.Slots)} of bench '{l.Record.Bench}' given back (lease {l.Id}).")]));
        return (int)ExitCode.Pass;
    }

    private async Task<int> BreakAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string[] what = parsed.GetValue(_which)!;
        using StationClient? station = await StationAsync(parsed, cancellationToken).ConfigureAwait(false);
        SlotLease[] there = station is null ? [] : [.. (await station.LeasesAsync(cancellationToken).ConfigureAwait(false)).Where(l => Names(l, what))];
        string[] rest = [.. what.Where(w => !there.Any(l => Names(l, [w])))];
        if (rest.Length > 0 && station is { IsHere: false })
        {
            throw new UsageException($"Nobody has '{rest[0]}' at the station ({station.Where}). See ./lab lease list --bench {parsed.GetValue(_bench)}.");
        }

        LeaseBook book = Book(parsed);
        LeaseEntry[] here = rest.Length == 0 ? [] : Meant(parsed, station, rest, await book.ListAsync(cancellationToken).ConfigureAwait(false));
        foreach (SlotLease lease in there)
        {
            station!.Why = parsed.GetValue(_why);
            await station.EndLeaseAsync(lease.Id, cancellationToken).ConfigureAwait(false);
        }

        foreach (LeaseEntry lease in here)
        {
            await book.BreakAsync(lease.Id, parsed.GetValue(_why)!, cancellationToken).ConfigureAwait(false);
        }

        await LeftAsync(book, here, cancellationToken).ConfigureAwait(false);
        Console.WriteLine(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(new { broken = here.Select(Facts), ended = there }, JsonSerializerOptions.Web)
            : string.Join(Environment.NewLine, [.. there.Select(Ended), .. here.Select(l => $"Lease {l.Id} of {l.Record?.Owner ?? $"user {l.User}"} is broken ({string.Join(", ", l.Record?.Slots ?? [])}).")]));
        return (int)ExitCode.Pass;
    }

    /// <summary>Waits until the holders have left.</summary>
    private static async Task LeftAsync(LeaseBook book, LeaseEntry[] meant, CancellationToken cancellationToken)
    {
        // Machine time: the holder may make its slots safe first.
        long began = TimeProvider.System.GetTimestamp();
        LeaseEntry[] left;
        while ((left = meant.Length == 0 ? [] : [.. (await book.ListAsync(cancellationToken).ConfigureAwait(false)).Where(l => l.Keeps && meant.Any(m => m.Id == l.Id))]).Length > 0
            && TimeProvider.System.GetElapsedTime(began) < BreakLimit)
        {
            await Task.Delay(Look, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        if (left.Length > 0)
        {
            throw new BenchFaultException(
                FaultKind.Lease, $"lease {left[0].Id}", "its holder was told and is still there", $"Look at process {left[0].Record?.Process}; its slots may still have power");
        }
    }

    private LeaseEntry[] Meant(ParseResult parsed, StationClient? station, string[] rest, IReadOnlyList<LeaseEntry> all)
    {
        string? bench = Slots(rest).Length > 0 ? Files(parsed, []).Inventory.Name : null;
        HashSet<string> meant = [];
        foreach (string what in rest)
        {
            LeaseEntry[] hits = [.. all.Where(l => l.Keeps && (LeaseId().IsMatch(what) ? l.Id == what : l.Record is { } r && r.Slots.Contains(what) && r.Bench == bench))];
            LeaseEntry hit = hits.Length switch
            {
                1 => hits[0],
                0 => throw new UsageException($"Nobody has '{what}'{(bench is null ? "" : $" of bench '{bench}'")}. See ./lab lease list; slots are those of bench '{parsed.GetValue(_bench)}' unless --bench names another."),
                _ => throw new UsageException($"'{what}' is in {hits.Length} leases: {string.Join(", ", hits.Select(h => $"{h.Id} ({h.Record?.Bench}, {h.Record?.Purpose})"))}. Name one by its id."),
            };
            if (!LeaseId().IsMatch(what) && !parsed.GetValue(_force) && hit.Record is { Kind: LeaseKind.Run } own && (own.Purpose == StationsOwn || station is not null))
            {
                throw new UsageException(
                    $"Nobody has '{what}' but the station of bench '{own.Bench}' itself (process {own.Process}, for {own.Purpose}): it would let go of {string.Join(", ", own.Slots)}, and all of them would go off. End the station or its run (./lab queue list --bench {own.Bench}), or say --force.");
            }

            meant.Add(hit.Id);
        }

        return [.. all.Where(l => meant.Contains(l.Id))];
    }

    private static bool Names(SlotLease lease, string[] what) => what.Contains(lease.Id) || lease.Slots.Any(what.Contains);

    private static string[] Slots(string[] what) => [.. what.Where(w => !LeaseId().IsMatch(w))];

    private static string Ended(SlotLease lease) => SafeText.OneLine($"Lease {lease.Id} of {lease.Owner} is ended ({string.Join(", ", lease.Slots)}).");

    private BenchFiles Files(ParseResult parsed, string[] slots) => BenchFiles.Load(new BenchOwnerOptions
    {
        Bench = parsed.GetValue(_bench)!,
        Slots = slots.Length > 0 ? slots : null,
        WatchOnly = true,
        TimeScale = 1,
    });

    private static object Facts(LeaseEntry lease) => new
    {
        id = lease.Id, user = lease.User, state = lease.State.ToString().ToLowerInvariant(), why = lease.Why, keeps = lease.Keeps, file = lease.File,
        kind = lease.Record?.Kind.ToString().ToLowerInvariant(), owner = lease.Record?.Owner, process = lease.Record?.Process, purpose = lease.Record?.Purpose,
        bench = lease.Record?.Bench, slots = lease.Record?.Slots, taken = lease.Record?.Taken, expires = lease.Record?.Expires,
    };

    // Three lines each: readable on a terminal of 80 columns, and unwrapped, so that an id can be copied.
    private static string Lines(string id, IEnumerable<string> slots, string bench, string owner, string purpose, string time) => string.Join(
        Environment.NewLine, new[] { $"{id}  {string.Join(", ", slots)} of bench '{bench}'", $"    {owner}, for '{purpose}'", $"    {time}" }.Select(l => SafeText.OneLine(l, 400)));

    private static string Lines(LeaseEntry lease) => lease.Record is { } record
        ? Lines(
            lease.Id, record.Slots, record.Bench, record.Owner, record.Purpose,
            $"{Time(record.Taken)}{(lease.State != LeaseState.InForce ? $"; {lease.Why}" : record.Kind == LeaseKind.Run ? $" until process {record.Process} ends" : $" until {Time(record.Expires)}")}")
        : Lines(lease.Id, ["?"], "?", $"user {lease.User}", lease.File, lease.Why);

    private static string Time(DateTimeOffset? at) => at?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture) ?? "?";

    [GeneratedRegex(@"\A[0-9a-f]{16}\z", RegexOptions.CultureInvariant)]
    private static partial Regex LeaseId();
}
