namespace LabRunner.Bench.Rpc;

/// <summary>
/// What a program on another machine needs beside the bench: it shares neither the owner's clock nor its disk. Over the same connection. Thread safe.
/// </summary>
public interface IFarBench
{
    /// <summary>Most bytes of a part of a file: 256 KiB.</summary>
    const int LargestPart = 256 * 1024;

    /// <summary>Most bytes of a file that is sent: 64 MiB.</summary>
    const long LargestFile = 64L * 1024 * 1024;

    /// <summary>Most bytes of all files of a loan: 1 GiB.</summary>
    const long LargestLoan = 1024L * 1024 * 1024;

    /// <summary>Run time at the owner, now.</summary>
    Task<TimeSpan> GetTimeAsync(CancellationToken cancellationToken);

    /// <summary>Tells the owner how far away the caller is, for the records.</summary>
    /// <param name="roundTrip">The shortest of several round trips, machine time.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task TellRoundTripAsync(TimeSpan roundTrip, CancellationToken cancellationToken);

    /// <summary>A part of an OTA image of the bench.</summary>
    /// <param name="key">Key of <see cref="Api.BenchDescription.Firmware"/>.</param>
    /// <param name="offset">From this byte on.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>At most <see cref="LargestPart"/> bytes; none: the image has no more.</returns>
    /// <exception cref="ArgumentException">There is no image of this key, or the offset is below 0.</exception>
    /// <exception cref="Hardware.Faults.BenchFaultException">Kind Storage: it cannot be read.</exception>
    Task<byte[]> ReadFirmwareAsync(string key, long offset, CancellationToken cancellationToken);

    /// <summary>Sends a part of a file that <see cref="Api.IBenchApi.RecordArtefactAsync"/> is to take.</summary>
    /// <param name="file">What the part before was answered; null: it is the first one.</param>
    /// <param name="part">At most <see cref="LargestPart"/> bytes.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>What stands for the file in place of its path.</returns>
    /// <exception cref="ArgumentException">There is no such file, or it or all of them together would be too large.</exception>
    /// <exception cref="Hardware.Faults.BenchFaultException">Kind Storage: it cannot be kept.</exception>
    Task<string> SendFileAsync(string? file, byte[] part, CancellationToken cancellationToken);
}
