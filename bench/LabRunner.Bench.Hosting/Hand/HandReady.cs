using System.Globalization;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Power;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>Gives a slot its power by hand and waits for the DUT.</summary>
public static class HandReady
{
    /// <summary>A double click in this time after a boot clears OpenBeken's Wi-Fi credentials.</summary>
    public static readonly TimeSpan AfterBoot = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan UpLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Switches on where it is off; then the DUT has been up for <see cref="AfterBoot"/>, as far as it tells.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">The supply failed, or giving power is refused.</exception>
    public static async Task EnsureUpAsync(IHandSlot bench, Action<string> say, CancellationToken cancellationToken)
    {
        if (bench.Slot.Power is not { } power || await power.ReadStateAsync(cancellationToken).ConfigureAwait(false) == PowerState.On)
        {
            return;
        }

        say($"{bench.Slot.Entry.Name}: power on, waiting for the DUT.");
        await bench.SwitchAsync(true, cancellationToken).ConfigureAwait(false);
        TimeSpan on = bench.Clock.Elapsed;
        if (bench.Slot.Plug is { } plug && await UptimeAsync(bench, plug, on, cancellationToken).ConfigureAwait(false) is { } uptime)
        {
            on = bench.Clock.Elapsed - uptime;
        }
        else
        {
            say(bench.Slot.Plug is null
                ? "The slot has no network address: whether the DUT is up is not known."
                : string.Create(CultureInfo.InvariantCulture, $"The DUT did not answer over HTTP within {UpLimit.TotalSeconds:0} s; going on without it."));
        }

        if (on + AfterBoot - bench.Clock.Elapsed is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, bench.Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<TimeSpan?> UptimeAsync(IHandSlot bench, IPlug plug, TimeSpan on, CancellationToken cancellationToken)
    {
        while (bench.Clock.Elapsed - on < UpLimit)
        {
            try
            {
                PlugInfo info = await plug.GetInfoAsync(cancellationToken).ConfigureAwait(false);
                return TimeSpan.FromSeconds(info.UptimeSeconds);
            }
            catch (PlugUnreachableException)
            {
                await Task.Delay(Pause, bench.Clock, cancellationToken).ConfigureAwait(false);
            }
        }

        return null;
    }
}
