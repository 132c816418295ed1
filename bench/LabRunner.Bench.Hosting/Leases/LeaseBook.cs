using System.Globalization;
using System.Security.Cryptography;
using LabRunner.Hardware.Faults;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Bench.Hosting.Leases;

/// <summary>
/// Who has which slot of this machine's benches: one run or one person at a time, across processes and users. A run's lease ends with its
/// program, whatever ended that; a person's at its time. Thread safe.
/// </summary>
/// <param name="folder">Where leases stand.</param>
/// <param name="owner">Who asks; null: LABRUNNER_OWNER, else the account's name. A reservation lets its own owner in.</param>
/// <param name="clock">Machine time; a test's own clock.</param>
public sealed class LeaseBook(LeaseFolder folder, string? owner = null, TimeProvider? clock = null)
{
    /// <summary>Tells people apart who share an account.</summary>
    public const string OwnerVariable = "LABRUNNER_OWNER";

    /// <summary>Longest reservation.</summary>
    public static readonly TimeSpan LongestReservation = TimeSpan.FromDays(31);

    /// <summary>A run that has given no sign of life for so long (machine time) has lost its lease, though it may still stand there.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);

    /// <summary>A run whose lease is broken has so long to make its slots safe.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    // A guard gives up after a minute.
    private static readonly TimeSpan GuardLimit = TimeSpan.FromSeconds(65);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    /// <summary>Who asks.</summary>
    public string Owner { get; } = OwnerOr(owner);

    /// <summary>Where leases stand.</summary>
    public LeaseFolder Folder => folder;

    /// <summary>Time of the machine's monotonic clock.</summary>
    internal static TimeSpan Monotonic(TimeProvider clock) => clock.GetElapsedTime(0);

    /// <summary>All leases, oldest first.</summary>
    /// <exception cref="BenchFaultException">The folder cannot be used.</exception>
    public async Task<IReadOnlyList<LeaseEntry>> ListAsync(CancellationToken cancellationToken)
    {
        using IDisposable gate = await folder.EnterAsync(cancellationToken).ConfigureAwait(false);
        return Scan();
    }

    /// <summary>
    /// Takes a lease for a run of this process; it renews itself until it is disposed. Where the holder has died and only its guard still
    /// switches off, that is waited for: it is a matter of seconds.
    /// </summary>
    /// <exception cref="BenchFaultException">Kind Lease: somebody else has a part of it; the message says who, what for, until when and what to do.</exception>
    public async Task<Lease> TakeAsync(LeaseRequest request, CancellationToken cancellationToken)
    {
        long began = TimeProvider.System.GetTimestamp();
        Lease? lease;
        while ((lease = await TryTakeAsync(request, TimeProvider.System.GetElapsedTime(began) < GuardLimit, cancellationToken).ConfigureAwait(false)) is null)
        {
            await Task.Delay(Look, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        return lease;
    }

    /// <returns>Null: a guard still has it, and <paramref name="patient"/>.</returns>
    private async Task<Lease?> TryTakeAsync(LeaseRequest request, bool patient, CancellationToken cancellationToken)
    {
        using IDisposable gate = await folder.EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Refuse(request, Scan(), reservation: false, patient))
        {
            return null;
        }

        LeaseRecord record = New(request, LeaseKind.Run) with { Process = Environment.ProcessId, Beat = Monotonic(_clock).TotalSeconds };
        string name = $"{LeaseFolder.User}-{record.Id}.run.json";
        SafeFileHandle? live = null;
        folder.Guard(() => live = LeaseFolder.Live(folder.At(LeaseScan.LockOf(name)), make: true));
        try
        {
            folder.Write(name, LeaseScan.ToText(record));
            return new Lease(this, name, record, live!, _clock);
        }
        catch
        {
            live!.Dispose();
            folder.Remove(LeaseScan.LockOf(name));
            throw;
        }
    }

    /// <summary>Reserves for the owner, across programs. Reserving again sets a new time.</summary>
    /// <param name="request">What.</param>
    /// <param name="length">How long from now, above 0 and at most <see cref="LongestReservation"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchFaultException">Kind Lease: somebody else has a part of it.</exception>
    public async Task<LeaseRecord> ReserveAsync(LeaseRequest request, TimeSpan length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(length, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, LongestReservation);
        using IDisposable gate = await folder.EnterAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<LeaseEntry> all = Scan();
        Refuse(request, all, reservation: true, patient: false);
        LeaseRecord record = New(request, LeaseKind.Reservation) with { Expires = _clock.GetUtcNow() + length };
        folder.Write($"{LeaseFolder.User}-{record.Id}.hold.json", LeaseScan.ToText(record));
        folder.Remove(all.Where(l => IsMine(l) && l.Record!.Slots.All(request.Slots.Contains) && l.Record.Bench == request.Bench).Select(l => Path.GetFileName(l.File)));
        return record;
    }

    /// <summary>Gives reservations of the owner back.</summary>
    /// <param name="wanted">Which.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was given back.</returns>
    public async Task<IReadOnlyList<LeaseEntry>> ReleaseAsync(Func<LeaseEntry, bool> wanted, CancellationToken cancellationToken)
    {
        using IDisposable gate = await folder.EnterAsync(cancellationToken).ConfigureAwait(false);
        LeaseEntry[] mine = [.. Scan().Where(l => IsMine(l) && wanted(l))];
        folder.Remove(mine.Select(l => Path.GetFileName(l.File)));
        return mine;
    }

    /// <summary>
    /// Takes a lease back from whoever has it. A reservation ends at once; a run is told, makes its slots safe and ends, and has
    /// <see cref="Grace"/> for it.
    /// </summary>
    /// <param name="id">Which.</param>
    /// <param name="why">Told to its holder.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task BreakAsync(string id, string why, CancellationToken cancellationToken)
    {
        using IDisposable gate = await folder.EnterAsync(cancellationToken).ConfigureAwait(false);
        folder.Write($"{LeaseFolder.User}-{id}.break.json", LeaseScan.ToText(new LeaseScan.BreakMark(Owner, why, _clock.GetUtcNow())));
    }

    /// <summary>A run's sign of life.</summary>
    /// <returns>Why the run must end: its lease is not its own any more; null while it is.</returns>
    internal async Task<string?> RenewAsync(string name, LeaseRecord record)
    {
        using IDisposable gate = await folder.EnterAsync(CancellationToken.None).ConfigureAwait(false);

        // Looked at before it is renewed: a program that was stopped for too long must not come back to what is another's now.
        LeaseEntry? mine = Scan().FirstOrDefault(l => l.Id == record.Id);
        if (mine is not { State: LeaseState.InForce })
        {
            return mine?.Why ?? "its file is gone";
        }

        folder.Write(name, LeaseScan.ToText(record with { Beat = Monotonic(_clock).TotalSeconds }));
        return null;
    }

    /// <summary>A run's end. Where a guard still has the lease's lock, its files stay until that has done its work.</summary>
    internal async Task EndAsync(string name, SafeFileHandle live)
    {
        using IDisposable gate = await folder.EnterAsync(CancellationToken.None).ConfigureAwait(false);
        live.Dispose();
        if (!folder.IsLive(LeaseScan.LockOf(name)))
        {
            folder.Remove(name, LeaseScan.LockOf(name));
        }
    }

    private static string OwnerOr(string? owner)
    {
        // An account without a name in the user list has none here either.
        string?[] names = [owner, Environment.GetEnvironmentVariable(OwnerVariable), Environment.UserName];
        return LeaseScan.Clean(names.FirstOrDefault(n => !string.IsNullOrWhiteSpace(n)) ?? $"user {LeaseFolder.User}");
    }

    private IReadOnlyList<LeaseEntry> Scan() => new LeaseScan(folder, _clock).All();

    private bool IsMine(LeaseEntry lease) =>
        lease is { Record: { Kind: LeaseKind.Reservation } record, Keeps: true } && lease.User == LeaseFolder.User && record.Owner == Owner;

    private LeaseRecord New(LeaseRequest request, LeaseKind kind) => new()
    {
        Id = RandomNumberGenerator.GetHexString(16, lowercase: true),
        Kind = kind,
        Owner = Owner,
        Purpose = request.Purpose,
        Bench = request.Bench,
        Slots = request.Slots,
        Parts = request.Parts,
        Taken = _clock.GetUtcNow(),
    };

    /// <returns>True: what stands in the way is a guard at the end of its work, and <paramref name="patient"/>. Any other throws.</returns>
    private bool Refuse(LeaseRequest request, IReadOnlyList<LeaseEntry> all, bool reservation, bool patient)
    {
        bool wait = false;
        foreach (LeaseEntry lease in all.Where(l => l.Keeps && !IsMine(l)))
        {
            if (lease.Record is not { } record)
            {
                if (request.Private)
                {
                    continue;
                }

                throw new BenchFaultException(
                    FaultKind.Lease, lease.File, $"a lease of user {lease.User} cannot be told: {lease.Why}", "Ask that user to end what runs, or remove the file");
            }

            // The slot itself tells a person more than one of its lines.
            if (record.Parts.Intersect(request.Parts).OrderBy(p => !p.StartsWith("slot ", StringComparison.Ordinal)).FirstOrDefault() is { } part)
            {
                if (!patient || record.Kind != LeaseKind.Run || Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{record.Process}")))
                {
                    throw Taken(request, lease, record, part, reservation);
                }

                wait = true;
            }
        }

        return wait;
    }

    private BenchFaultException Taken(LeaseRequest request, LeaseEntry lease, LeaseRecord record, string part, bool reservation)
    {
        string? slot = request.Slots.FirstOrDefault(s => part.StartsWith("slot ", StringComparison.Ordinal) && part.EndsWith("/" + s, StringComparison.Ordinal));
        string place = slot is null
            ? $"{LeaseScan.Clean(part)}, which bench '{request.Bench}' and bench '{record.Bench}' ({string.Join(", ", record.Slots)}) share"
            : $"slot {slot} of bench '{request.Bench}'";
        string holder = record.Owner == Owner ? "you" : record.Owner;
        string since = Time(record.Taken);
        string what = record.Kind == LeaseKind.Reservation
            ? $"{holder} reserved it for '{record.Purpose}' until {Time(record.Expires ?? record.Taken)}"
            : $"{(holder == "you" ? "another program of yours" : holder)} uses it for {record.Purpose} (process {record.Process}, since {since}) until that ends{(lease.State == LeaseState.Broken ? ", which it has been told to" : "")}";
        string remedy = lease.State == LeaseState.Broken
            ? "Wait a moment and try again"
            : $"{(reservation || record.Kind == LeaseKind.Run ? "Wait for it or take another slot" : "Take another slot or ask for it")}; './lab lease break {lease.Id}' takes it back";
        return new BenchFaultException(FaultKind.Lease, place, what, remedy);
    }

    internal static string Time(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
