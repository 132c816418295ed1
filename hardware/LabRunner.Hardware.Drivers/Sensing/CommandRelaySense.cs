// Inventory:
//   relaySense: { driver: command, read: "meter --output 2", closedMatches: "on" }     # every: 1s, limit: 10s
using System.ComponentModel;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Commands;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Hardware.Drivers.Sensing;

/// <summary>Options of <see cref="CommandRelaySense"/>.</summary>
public sealed record CommandRelaySenseOptions
{
    /// <summary>Shell command that prints the state of the contact.</summary>
    [Description("Shell command that prints the state of the contact.")]
    public required string Read { get; init; }

    /// <summary>Regular expression that the output matches while closed.</summary>
    [Description("Regular expression that the output matches while the contact is closed. Default: the word on, closed, 1 or true.")]
    public string ClosedMatches { get; init; } = @"(?i)\b(on|closed|1|true)\b";

    /// <summary>Polling cadence, run time. Default 1 s.</summary>
    [Description("How often it is asked. Default 1s.")]
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time limit of the command, machine time. Default 10 s.</summary>
    [Description("Time limit of the command. Default 10s.")]
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// Relay contact sense by a shell command. Polled from the first subscription to <see cref="Edge"/> on; an edge carries the time at which
/// the answer came, up to <see cref="CommandRelaySenseOptions.Every"/> late.
/// </summary>
[Driver(Contracts.RelaySense, "command")]
[Driver(Contracts.Led, "command")]
public sealed class CommandRelaySense : IRelaySense
{
    private readonly IDriverContext _context;
    private readonly TimeSpan _every;
    private readonly YesNoCommand _read;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private Action<ContactEdge>? _edge;
    private Task? _polling;
    private bool _disposed;

    /// <exception cref="BenchFaultException">Kind Configuration: unknown placeholder, wrong expression, or a cadence of 0.</exception>
    public CommandRelaySense(CommandRelaySenseOptions options, IDriverContext context)
    {
        if (options.Every <= TimeSpan.Zero)
        {
            throw new BenchFaultException(FaultKind.Configuration, context.Place, "'every' is not above 0", "Write it like 1s");
        }

        (_context, _every) = (context, options.Every);
        _read = new YesNoCommand(context, "read", options.Read, "closedMatches", options.ClosedMatches, options.Limit);
    }

    /// <inheritdoc/>
    public TimeSpan Resolution => _every;

    /// <inheritdoc/>
    public event Action<ContactEdge>? Edge
    {
        add
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                _edge += value;
                _polling ??= PollAsync(_stop.Token);
            }
        }

        remove
        {
            lock (_gate)
            {
                _edge -= value;
            }
        }
    }

    /// <inheritdoc/>
    public Task<bool> ReadAsync(CancellationToken cancellationToken) => _read.AskAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task? polling;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            polling = _polling;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await (polling ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task PollAsync(CancellationToken cancellationToken)
    {
        bool? last = null;
        using PeriodicTimer timer = new(_every, _context.Clock);
        do
        {
            try
            {
                bool closed = await _read.AskAsync(cancellationToken).ConfigureAwait(false);
                if (last is not null && last != closed)
                {
                    _edge?.Invoke(new ContactEdge(_context.Clock.Elapsed, closed));
                }

                last = closed;
            }
            catch (BenchFaultException)
            {
                // An event has no way to tell it; whoever calls ReadAsync gets the same fault. Polling goes on for when the device is back.
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
    }
}
