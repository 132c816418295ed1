using System.Globalization;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Plugs;

/// <summary>Waiting for a plug, derived from what every plug can do. Thread safe.</summary>
public static class PlugWaits
{
    /// <summary>FullBootTime of a device that tells none, s (new_cfg.c).</summary>
    public const int UsualFullBootSeconds = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Uptime at which a boot counts as complete, s: the firmware marks it a second after FullBootTime (user_main.c), and it tells whole seconds. Reset sooner, five boots add up to safe mode.</summary>
    /// <param name="fullBootSeconds">FullBootTime, s.</param>
    public static int CompleteUptime(int fullBootSeconds) => fullBootSeconds + 2;

    /// <summary>FullBootTime as the page of the flags tells it, s, 1 or more; null where it does not.</summary>
    /// <exception cref="PlugUnreachableException">The device does not answer.</exception>
    public static async Task<int?> FullBootSecondsAsync(this IPlug plug, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plug);
        (int status, string body) = await plug.GetAsync(PlugSettings.FlagsPath, cancellationToken).ConfigureAwait(false);
        string? told = status == 200 ? PlugForm.Fields(body).Where(f => f.Name == PlugSettings.FullBootTimeField).Select(f => f.Value).FirstOrDefault() : null;
        return int.TryParse(told, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds > 0 ? seconds : null;
    }

    /// <summary>Asks once a second until the device answers as wanted.</summary>
    /// <param name="plug">The device.</param>
    /// <param name="clock">Clock of the limit.</param>
    /// <param name="limit">Longest wait, run time; it is asked at least once.</param>
    /// <param name="wanted">What its answer must fulfil.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="PlugUnreachableException">Not within the limit; the message holds the last that was seen.</exception>
    public static async Task<PlugInfo> WaitForAsync(this IPlug plug, LabClock clock, TimeSpan limit, Func<PlugInfo, bool> wanted, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plug);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(wanted);
        TimeSpan end = clock.Elapsed + limit;
        string last;
        do
        {
            try
            {
                PlugInfo info = await plug.GetInfoAsync(cancellationToken).ConfigureAwait(false);
                if (wanted(info))
                {
                    return info;
                }

                last = $"it answers, up {info.UptimeSeconds} s, {info.Build}";
            }
            catch (PlugUnreachableException silent)
            {
                last = silent.Message;
            }

            await Task.Delay(Pause, clock, cancellationToken).ConfigureAwait(false);
        }
        while (clock.Elapsed < end);
        throw new PlugUnreachableException($"not as wanted within {limit.TotalSeconds:0} s ({last.TrimEnd('.')})");
    }

    /// <summary>Reboots and waits for the new boot: the old firmware goes on answering for some seconds after the command.</summary>
    /// <exception cref="PlugUnreachableException">The command was not taken, or no new boot answered within the limit.</exception>
    public static async Task<PlugInfo> RebootAndWaitAsync(this IPlug plug, LabClock clock, TimeSpan limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plug);
        ArgumentNullException.ThrowIfNull(clock);
        TimeSpan asked = clock.Elapsed;
        await plug.RebootAsync(cancellationToken).ConfigureAwait(false);

        // Only an uptime shorter than the time since the command is the new boot's.
        return await plug.WaitForAsync(clock, limit, info => TimeSpan.FromSeconds(info.UptimeSeconds) < clock.Elapsed - asked, cancellationToken).ConfigureAwait(false);
    }
}
