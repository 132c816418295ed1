using LabRunner.Bench.Slots;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>
/// E-stop and lid while a slot is held by hand: open, they refuse every action, and take the slot's power off at once when they open. And the bench's
/// heartbeat. Thread safe.
/// </summary>
internal sealed class HandSafety : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<SafetyInput> _inputs;
    private readonly Interlocks _interlocks;
    private readonly IHeartbeat? _heartbeat;
    private readonly IPowerSwitch? _power;
    private readonly List<(SafetyInput Input, Action<ContactEdge> Handler)> _watched = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<BenchFaultException> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;
    private HeartbeatKeeper? _heart;

    /// <param name="inputs">E-stop and lid; not owned.</param>
    /// <param name="interlocks">Stopped when one of them opens.</param>
    /// <param name="power">Cut then, also where the slot keeps its power; null: none.</param>
    /// <param name="heartbeat">Kept going from the start to the disposal; null: none. Not owned.</param>
    public HandSafety(IReadOnlyList<SafetyInput> inputs, Interlocks interlocks, IPowerSwitch? power, IHeartbeat? heartbeat) =>
        (_inputs, _interlocks, _power, _heartbeat) = (inputs, interlocks, power, heartbeat);

    /// <summary>Ends when one of them opened; the power is off by then, or the fault says what failed.</summary>
    public Task<BenchFaultException> Stopped => _stopped.Task;

    /// <summary>Begins to watch; where one is open already, every action is refused from now on and nothing else happens: looking is allowed.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (SafetyInput input in _inputs)
        {
            void OnEdge(ContactEdge edge)
            {
                if (!edge.Closed)
                {
                    Stop(input.Name, "opened");
                }
            }

            input.Chain.Edge += OnEdge;
            _watched.Add((input, OnEdge));
            if (!await input.Chain.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                _interlocks.Stop($"{Name(input.Name)} is open");
            }
        }

        if (_inputs.Count > 0 && _interlocks.Stopped is null)
        {
            // Read too, in case an edge or the line itself is lost.
            _reading = Task.Run(ReadAsync, CancellationToken.None);
        }

        _heart = _heartbeat is null ? null : new HeartbeatKeeper(_heartbeat, _interlocks, TimeProvider.System, why => Stop(Contracts.Heartbeat, $"fell silent ({why})"));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach ((SafetyInput input, Action<ContactEdge> handler) in _watched)
        {
            input.Chain.Edge -= handler;
        }

        if (_heart is not null)
        {
            await _heart.DisposeAsync().ConfigureAwait(false);
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        while (_interlocks.Stopped is null)
        {
            await Task.Delay(Every, TimeProvider.System, _stop.Token).ConfigureAwait(false);
            foreach (SafetyInput input in _inputs)
            {
                try
                {
                    if (!await input.Chain.ReadAsync(_stop.Token).ConfigureAwait(false))
                    {
                        Stop(input.Name, "is open");
                    }
                }
                catch (BenchFaultException fault)
                {
                    Stop(input.Name, $"cannot be read ({fault.Problem})");
                }
            }
        }
    }

    /// <summary>Returns at once: it may be called on a chip's thread.</summary>
    private void Stop(string part, string what)
    {
        string reason = $"{Name(part)} {what}";
        if (!_interlocks.Stop(reason))
        {
            return;
        }

        _ = Task.Run(async () =>
        {
            try
            {
                await (_power?.CutAsync(reason, CancellationToken.None) ?? Task.CompletedTask).ConfigureAwait(false);
                _stopped.TrySetResult(new BenchFaultException(
                    FaultKind.Safety, Name(part), $"it {what}; the slot's power is off", "Make the bench safe, close the chain and start again"));
            }
            catch (Exception failure)
            {
                _stopped.TrySetResult(new BenchFaultException(
                    FaultKind.Safety, Name(part), $"it {what}, and the slot's power could not be switched off ({failure.Message})", "Cut the mains by hand", failure));
            }
        });
    }

    private static string Name(string part) => part switch { Contracts.Lid => "the lid", Contracts.Heartbeat => "the heartbeat", _ => "the E-stop" };
}
