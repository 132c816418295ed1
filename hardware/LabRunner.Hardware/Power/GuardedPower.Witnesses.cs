using System.Globalization;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Power;

/// <content>An off is confirmed by what else sees the supply.</content>
public sealed partial class GuardedPower
{
    private static readonly TimeSpan WitnessEvery = TimeSpan.FromMilliseconds(100);

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        TimeSpan end = _clock.Elapsed + _limits.Drain;
        while (true)
        {
            bool late = _clock.Elapsed >= end;
            PowerWitness? live = await LiveAsync(cancellationToken).ConfigureAwait(false);
            if (live is null)
            {
                return;
            }

            if (late)
            {
                BenchFaultException stuck = new(
                    FaultKind.Power, _place,
                    string.Create(CultureInfo.InvariantCulture, $"the supply is off by command, but {live.Name} still sees power {_limits.Drain.TotalSeconds:0.###} s later: its contact is stuck"),
                    "Cut the mains by hand and change the relay");
                Stuck = stuck;

                // A contact that is welded is made worse by every switching. Off may still be asked for.
                Interlocked.CompareExchange(ref _locked, "Its contact is stuck: change the relay", null);
                FoundStuck?.Invoke(stuck);
                throw stuck;
            }

            await Task.Delay(WitnessEvery, _clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<PowerWitness?> LiveAsync(CancellationToken cancellationToken)
    {
        foreach (PowerWitness witness in _witnesses)
        {
            try
            {
                if (await WithinAsync($"asking {witness.Name}", witness.IsLiveAsync, cancellationToken).ConfigureAwait(false))
                {
                    return witness;
                }
            }
            catch (BenchFaultException)
            {
                // A witness that cannot be heard says nothing; whoever reads it gets its fault.
            }
        }

        return null;
    }
}
