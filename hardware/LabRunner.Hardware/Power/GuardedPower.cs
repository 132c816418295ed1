using System.Globalization;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Power;

/// <summary>
/// A power switch with the rules that hold for every switch: times off and on, a longest time on, a time limit for each call to the device,
/// every switching read back, an off confirmed by what else sees the supply, and an on that fails followed by an off. Thread safe.
/// </summary>
public sealed partial class GuardedPower : IPowerSwitch
{
    private readonly IPowerSwitch _inner;
    private readonly PowerLimits _limits;
    private readonly string _place;
    private readonly LabClock _clock;
    private readonly IReadOnlyList<PowerWitness> _witnesses;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Lock _state = new();
    private readonly ITimer _longest;
    private CancellationTokenSource _cut = new();
    private string? _locked;
    private TimeSpan _changed;
    private bool _on;
    private bool _disposed;

    /// <param name="inner">The device; owned from now on.</param>
    /// <param name="limits">The rules of the inventory.</param>
    /// <param name="place">Slot, for messages.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="witnesses">What sees the supply besides the switch; not owned.</param>
    /// <exception cref="BenchFaultException">Kind Configuration: a time is below 0, or the longest time on is not above the shortest.</exception>
    public GuardedPower(IPowerSwitch inner, PowerLimits limits, string place, LabClock clock, params IReadOnlyList<PowerWitness> witnesses)
    {
        if (new[] { limits.MinOff, limits.MinOn, limits.Settle, limits.Drain }.Any(time => time < TimeSpan.Zero) || limits.Limit <= TimeSpan.Zero
            || limits.MaxOn <= limits.MinOn)
        {
            throw new BenchFaultException(
                FaultKind.Configuration, place, "minOff, minOn, settle or drain is below 0, limit is not above 0, or maxOn is not above minOn", "Write them like 2s or 10ms");
        }

        (_inner, _limits, _place, _clock, _witnesses) = (inner, limits, place, clock, witnesses);
        _changed = clock.Elapsed;
        _longest = clock.CreateTimer(_ => _ = TripAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Raised after the bench itself switched off because the longest time on was over.</summary>
    public event Action<PowerTrip>? Tripped;

    /// <summary>Raised when power is still seen after an off: the contact is stuck, and the supply is locked from then on.</summary>
    public event Action<BenchFaultException>? FoundStuck;

    /// <summary>Why the supply is taken for stuck on; null while it is not.</summary>
    public BenchFaultException? Stuck { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="BenchFaultException">
    /// Kind Power: the device did not follow, or power is still seen after an off (a stuck contact); kind Timeout: it did not answer; kind Safety:
    /// the supply is locked.
    /// </exception>
    public async Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
    {
        bool on = state switch
        {
            PowerState.On => true,
            PowerState.Off => false,
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, "A supply is switched on or off."),
        };
        CancellationTokenSource cut = Volatile.Read(ref _cut);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cut.Token, cancellationToken);
        try
        {
            await _gate.WaitAsync(either.Token).ConfigureAwait(false);
            try
            {
                await RestAsync(on, either.Token).ConfigureAwait(false);
                await ActAsync(on, either.Token).ConfigureAwait(false);
            }
            finally
            {
                _gate.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchFaultException(
                FaultKind.Safety, _place, $"switching {Word(on)} was given up because the supply was cut", Volatile.Read(ref _locked) ?? "Switch again when the bench is safe");
        }
    }

    /// <summary>
    /// Off now: whatever waits or is under way is given up, and the shortest time on does not hold. With <paramref name="lockReason"/> the
    /// supply stays off for the rest of this object's life.
    /// </summary>
    /// <param name="lockReason">Why nothing may switch on again; null: it may.</param>
    /// <param name="cancellationToken">Gives up; the output is then unknown.</param>
    /// <exception cref="BenchFaultException">As <see cref="SwitchAsync"/>.</exception>
    public async Task CutAsync(string? lockReason, CancellationToken cancellationToken)
    {
        if (lockReason is not null)
        {
            Interlocked.CompareExchange(ref _locked, lockReason, null);
        }

        CancellationTokenSource before = Interlocked.Exchange(ref _cut, new CancellationTokenSource());
        await before.CancelAsync().ConfigureAwait(false);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await ActAsync(false, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    /// <exception cref="BenchFaultException">Kind Timeout: the device did not answer.</exception>
    public Task<PowerState> ReadStateAsync(CancellationToken cancellationToken) =>
        WithinAsync("reading the supply", _inner.ReadStateAsync, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_state)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        await _longest.DisposeAsync().ConfigureAwait(false);
        await _inner.DisposeAsync().ConfigureAwait(false);
    }

    private static string Word(bool on) => on ? "on" : "off";

    /// <summary>Waits for the shortest time in the present state. What the device says counts: another hand may have switched it.</summary>
    private async Task RestAsync(bool on, CancellationToken cancellationToken)
    {
        TimeSpan least = on ? _limits.MinOff : _limits.MinOn;
        if (least > TimeSpan.Zero && await ReadStateAsync(cancellationToken).ConfigureAwait(false) != (on ? PowerState.On : PowerState.Off)
            && _changed + least - _clock.Elapsed is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, _clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ActAsync(bool on, CancellationToken cancellationToken)
    {
        if (on && Volatile.Read(ref _locked) is { } reason)
        {
            throw new BenchFaultException(FaultKind.Safety, _place, "switching on is refused: the supply is locked", reason);
        }

        PowerState wanted = on ? PowerState.On : PowerState.Off;
        try
        {
            await WithinAsync($"switching {Word(on)}", async token =>
            {
                await _inner.SwitchAsync(wanted, token).ConfigureAwait(false);
                return true;
            }, cancellationToken).ConfigureAwait(false);
            Changed(on);

            // Not cancellable: what was switched is also confirmed.
            await Task.Delay(_limits.Settle, _clock, CancellationToken.None).ConfigureAwait(false);
            PowerState read = await ReadStateAsync(CancellationToken.None).ConfigureAwait(false);
            if (read != wanted)
            {
                throw new BenchFaultException(
                    FaultKind.Power, _place, $"the supply did not switch {Word(on)}: the device took the order and says {read.ToString().ToLowerInvariant()}",
                    "Cut the mains by hand, then look for a wrong line or a second master of the device");
            }
        }
        catch (Exception) when (on)
        {
            await GiveUpAsync().ConfigureAwait(false);
            throw;
        }

        if (!on)
        {
            await DrainAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>An on that failed may have worked: it is taken back.</summary>
    private async Task GiveUpAsync()
    {
        try
        {
            await WithinAsync("switching off after a failed on", async token =>
            {
                await _inner.SwitchAsync(PowerState.Off, token).ConfigureAwait(false);
                return true;
            }, CancellationToken.None).ConfigureAwait(false);
            Changed(false);
        }
        catch (Exception failure) when (failure is BenchFaultException or OperationCanceledException)
        {
            // The failure of the on is already on its way to the caller and says what to look at.
        }
    }

    private void Changed(bool on)
    {
        lock (_state)
        {
            if (on != _on)
            {
                (_on, _changed) = (on, _clock.Elapsed);
                if (!_disposed)
                {
                    _longest.Change(on ? _limits.MaxOn ?? Timeout.InfiniteTimeSpan : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                }
            }
        }
    }

    private async Task TripAsync()
    {
        TimeSpan at = _clock.Elapsed;
        string reason = string.Create(CultureInfo.InvariantCulture, $"the supply was on for {_limits.MaxOn?.TotalSeconds:0.###} s, its longest time on, and was switched off");
        BenchFaultException? failure = null;
        try
        {
            await CutAsync(null, CancellationToken.None).ConfigureAwait(false);
        }
        catch (BenchFaultException fault)
        {
            failure = fault;
        }

        Tripped?.Invoke(new PowerTrip(at, reason, failure));
    }

    private async Task<T> WithinAsync<T>(string doing, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken, TimeSpan? most = null)
    {
        TimeSpan longest = most ?? _limits.Limit;
        using CancellationTokenSource limit = new(longest, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // Waited for from outside: a driver that ignores its token must not hold up a cut.
            return await call(either.Token).WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchFaultException(
                FaultKind.Timeout, _place, string.Create(CultureInfo.InvariantCulture, $"{doing} took longer than {longest.TotalSeconds:0.###} s and was given up"),
                "Cut the mains by hand, then see whether the device answers at all; raise limit: if it is merely slow");
        }
    }
}
