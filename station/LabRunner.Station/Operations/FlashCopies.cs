using System.Globalization;
using System.Security.Cryptography;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Access;

namespace LabRunner.Station.Operations;

/// <summary>How a copy was asked for.</summary>
internal enum CopyAnswer
{
    /// <summary>It is handed out.</summary>
    Lent,

    /// <summary>There is none any more, or not yet.</summary>
    None,

    /// <summary>It is being handed out just now.</summary>
    Busy,

    /// <summary>It is somebody else's.</summary>
    SomebodyElses,
}

/// <summary>
/// Copies of flash on their way from a chip to who ordered them. They may hold a plug's Wi-Fi password: they are in this process's memory and nowhere
/// else, each is handed out once, and forgotten when it was, when it has waited for <see cref="KeptFor"/>, and when the station ends. Thread safe.
/// </summary>
/// <param name="clock">Wall clock of the machine.</param>
internal sealed class FlashCopies(TimeProvider clock) : IDisposable
{
    /// <summary>All copies together, those that are being read included.</summary>
    public const long MostBytes = 4L * FlashReadWork.MostBytes;

    /// <summary>How long a copy waits for who ordered it.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Copy> _copies = new(StringComparer.Ordinal);
    private long _taken;

    /// <summary>Refuses a copy for which there is no room now.</summary>
    /// <param name="bytes">How large it becomes at most.</param>
    /// <exception cref="BenchFaultException">Kind Machine: the others must be fetched first.</exception>
    public void Demand(long bytes)
    {
        lock (_gate)
        {
            if (_taken + bytes > MostBytes)
            {
                throw new BenchFaultException(
                    FaultKind.Machine, "the station's memory", string.Create(CultureInfo.InvariantCulture, $"copies of flash that are read or wait to be fetched fill the {MostBytes >> 20} MiB it has for them"),
                    string.Create(CultureInfo.InvariantCulture, $"Fetch them, read less with --length, or wait: each is forgotten after {KeptFor.TotalMinutes:0} minutes"));
            }
        }
    }

    /// <summary>Takes room for a copy before the chip is asked. Disposing it gives back what no copy was put into.</summary>
    /// <param name="bytes">How large it becomes at most.</param>
    /// <exception cref="BenchFaultException">As <see cref="Demand"/>.</exception>
    public Room Take(long bytes)
    {
        lock (_gate)
        {
            Demand(bytes);
            _taken += bytes;
            return new Room(this, bytes);
        }
    }

    /// <summary>Hands a copy out, once: whoever gets it says by <see cref="Loan.Done"/> that it has arrived; without that it waits again.</summary>
    /// <param name="operation">Id of the operation that read it.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="loan">The copy where it is handed out; else null.</param>
    public CopyAnswer Lend(string operation, Caller caller, out Loan? loan)
    {
        loan = null;
        lock (_gate)
        {
            if (!_copies.TryGetValue(operation, out Copy? copy))
            {
                return CopyAnswer.None;
            }

            // By the account or token too: on this machine people give themselves their names.
            if ((copy.Name, copy.Owner) != (caller.Name, caller.Owner) && !caller.May(Role.Administer))
            {
                return CopyAnswer.SomebodyElses;
            }

            if (copy.IsLent)
            {
                return CopyAnswer.Busy;
            }

            copy.IsLent = true;
            loan = new Loan(this, operation, copy);
            return CopyAnswer.Lent;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (string operation in _copies.Keys.ToList())
            {
                Forget(operation);
            }
        }
    }

    private void Keep(string operation, Caller caller, byte[] bytes)
    {
        lock (_gate)
        {
            _copies[operation] = new Copy(caller.Name, caller.Owner, bytes, clock.CreateTimer(_ => Expire(operation), null, KeptFor, Timeout.InfiniteTimeSpan));
        }
    }

    private void Expire(string operation)
    {
        lock (_gate)
        {
            if (_copies.TryGetValue(operation, out Copy? copy))
            {
                copy.IsOver = true;
                if (!copy.IsLent)
                {
                    Forget(operation);
                }
            }
        }
    }

    private void Return(string operation, Copy copy, bool arrived)
    {
        lock (_gate)
        {
            copy.IsLent = false;
            if (arrived || copy.IsOver)
            {
                Forget(operation);
            }
        }
    }

    private void Forget(string operation)
    {
        if (_copies.Remove(operation, out Copy? copy))
        {
            copy.Timer.Dispose();
            _taken -= copy.Bytes.Length;
            CryptographicOperations.ZeroMemory(copy.Bytes);
        }
    }

    /// <summary>A copy.</summary>
    internal sealed record Copy(string Name, string Owner, byte[] Bytes, ITimer Timer)
    {
        public bool IsLent { get; set; }

        public bool IsOver { get; set; }
    }

    /// <summary>Room for a copy that is being read.</summary>
    internal sealed class Room(FlashCopies copies, long bytes) : IDisposable
    {
        private long _left = bytes;

        /// <summary>Puts the copy into it.</summary>
        /// <param name="operation">Id of the operation that read it.</param>
        /// <param name="caller">Who may fetch it.</param>
        /// <param name="copy">It; at most as large as the room, and nobody else's from now on.</param>
        public void Keep(string operation, Caller caller, byte[] copy)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(copy.Length, _left);
            _left -= copy.Length;
            copies.Keep(operation, caller, copy);
        }

        public void Dispose()
        {
            lock (copies._gate)
            {
                copies._taken -= _left;
                _left = 0;
            }
        }
    }

    /// <summary>A copy that is handed out.</summary>
    internal sealed class Loan(FlashCopies copies, string operation, Copy copy) : IDisposable
    {
        private bool _arrived;

        /// <summary>The bytes, until this is disposed of.</summary>
        public ReadOnlyMemory<byte> Bytes => copy.Bytes;

        /// <summary>It has arrived, and is forgotten.</summary>
        public void Done() => _arrived = true;

        public void Dispose() => copies.Return(operation, copy, _arrived);
    }
}
