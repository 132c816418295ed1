namespace LabRunner.Reports.Notify;

/// <summary>One way to tell a night. To add one, add a file with a class, its kind in <see cref="NotifyFile"/> and a line in <see cref="Notifier"/>.</summary>
internal interface IChannel
{
    /// <summary>Tells it once.</summary>
    /// <exception cref="HttpRequestException">The other side refused or was not there.</exception>
    /// <exception cref="IOException">As above.</exception>
    Task TellAsync(NightNews news, CancellationToken cancellationToken);
}
