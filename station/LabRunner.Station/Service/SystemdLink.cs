using System.Globalization;
using LabRunner.Station.Benches;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace LabRunner.Station.Service;

/// <summary>
/// Tells systemd (sd_notify(3)) that the station is ready, what it does, and that it ends; and feeds its watchdog as long as the keeper of the bench is
/// alive. Without NOTIFY_SOCKET it says nothing.
/// </summary>
internal sealed class SystemdLink(ISystemdNotifier notifier, SystemdWatchdog watchdog, IKeeperSight keeper, IHostApplicationLifetime life, TimeProvider clock, ILogger<SystemdLink> log)
    : BackgroundService
{
    private static readonly TimeSpan StatusEvery = TimeSpan.FromSeconds(5);
    private const int LongestStatus = 200;

    private string? _told;
    private bool _dead;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!notifier.IsEnabled)
        {
            return;
        }

        using CancellationTokenRegistration ready = life.ApplicationStarted.Register(() => notifier.Notify(ServiceState.Ready));
        using CancellationTokenRegistration stopping = life.ApplicationStopping.Register(() => notifier.Notify(ServiceState.Stopping));
        while (!stoppingToken.IsCancellationRequested)
        {
            Tell();
            TimeSpan every = watchdog.FeedEvery is { } feed && feed < StatusEvery ? feed : StatusEvery;
            await Task.Delay(every, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Says what is new, and that the keeper is alive where it is.</summary>
    internal void Tell()
    {
        string status = keeper.Status;
        if (status != _told)
        {
            notifier.Notify(new ServiceState("STATUS=" + Line(status)));
            _told = status;
        }

        string? why = keeper.WhyDead();
        if (why is null)
        {
            notifier.Notify(new ServiceState("WATCHDOG=1"));
        }
        else if (!_dead)
        {
            log.LogError("The bench's keeper hangs: {Why}. systemd is told no more that this station is alive.", why);
        }

        _dead = why is not null;
    }

    private static string Line(string text) => text.ReplaceLineEndings(" ") is var line && line.Length > LongestStatus ? line[..LongestStatus] + "…" : line;
}

/// <summary>How often systemd wants to hear of this process (sd_watchdog_enabled(3)).</summary>
/// <param name="FeedEvery">A third of its limit; null: it asks for no watchdog.</param>
internal sealed record SystemdWatchdog(TimeSpan? FeedEvery)
{
    /// <summary>As the environment of this process says.</summary>
    public static SystemdWatchdog Here() => From(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), Environment.GetEnvironmentVariable("WATCHDOG_PID"), Environment.ProcessId);

    /// <summary>As variables say.</summary>
    internal static SystemdWatchdog From(string? microseconds, string? process, int self) => new(
        long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) && limit > 0
        && (string.IsNullOrEmpty(process) || process == self.ToString(CultureInfo.InvariantCulture))
            ? TimeSpan.FromMicroseconds(limit / 3.0) : null);
}
