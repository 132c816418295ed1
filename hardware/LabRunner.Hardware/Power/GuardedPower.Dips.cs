using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Power;

/// <content>Dips of the voltage, where the supply can make them.</content>
public sealed partial class GuardedPower
{
    /// <summary>True: it can lower its voltage for a while.</summary>
    public bool CanDip => _inner is IVoltageDip;

    /// <summary>Lowers the voltage for a while; see <see cref="IVoltageDip.DipAsync"/>. A cut ends it.</summary>
    /// <exception cref="BenchFaultException">
    /// Kind Configuration: the supply cannot; kind Power: it did not follow; kind Timeout: it did not answer; kind Safety: the supply was cut.
    /// </exception>
    public async Task<TimeSpan> DipAsync(Volts voltage, TimeSpan duration, TimeSpan ramp, CancellationToken cancellationToken)
    {
        IVoltageDip dip = _inner as IVoltageDip
            ?? throw new BenchFaultException(FaultKind.Configuration, _place, "this supply cannot lower its voltage", "Use a bench supply (driver scpi)");
        CancellationTokenSource cut = Volatile.Read(ref _cut);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cut.Token, cancellationToken);
        try
        {
            await _gate.WaitAsync(either.Token).ConfigureAwait(false);
            try
            {
                // The limit of a call is for the device; the dip itself takes as long as it is asked to.
                return await WithinAsync("a dip of the supply", token => dip.DipAsync(voltage, duration, ramp, token), either.Token, _limits.Limit + _clock.ToMachine(duration + (2 * ramp))).ConfigureAwait(false);
            }
            finally
            {
                _gate.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchFaultException(FaultKind.Safety, _place, "a dip was given up because the supply was cut", Volatile.Read(ref _locked) ?? "Switch again when the bench is safe");
        }
    }
}
