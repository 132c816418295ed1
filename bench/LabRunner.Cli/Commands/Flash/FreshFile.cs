using LabRunner.Bench.Hosting;
using LabRunner.Hardware.Faults;

namespace LabRunner.Cli.Commands.Flash;

/// <summary>
/// A file for what is read from a chip. That it can be written is known before the chip is touched, what stood there is never overwritten, and
/// it gets its name only when it is whole.
/// </summary>
internal sealed class FreshFile : IDisposable
{
    private readonly string _partial;
    private bool _done;

    private FreshFile(string path) => (Path, _partial) = (path, path + ".partial");

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Opens it.</summary>
    /// <param name="option">What it was asked by, for messages.</param>
    /// <param name="path">Path.</param>
    /// <exception cref="UsageException">There is something already, or it cannot be written.</exception>
    public static FreshFile Open(string option, string path)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            throw new UsageException($"{option}: the name of a file is missing.");
        }

        FreshFile file = new(System.IO.Path.GetFullPath(path));
        if (Directory.Exists(file.Path))
        {
            throw new UsageException($"{option}: {path} is a folder; name a file in it.");
        }

        if (File.Exists(file.Path))
        {
            throw new UsageException($"{option}: there is a file {path} already, and a copy of a chip's flash may be the only one. Name another, or leave the option out if this is the copy of a session that broke.");
        }

        try
        {
            using FileStream probe = new(file._partial, FileMode.Create, FileAccess.Write);
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"{option}: {path} cannot be written: {cannot.Message}");
        }

        return file;
    }

    /// <summary>Writes it whole.</summary>
    /// <exception cref="BenchFaultException">The disk is full or gone, or somebody made the file meanwhile.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllBytesAsync(_partial, bytes, cancellationToken).ConfigureAwait(false);
            File.Move(_partial, Path);
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            // Not passed on as it is: where the port is used, an IOException means the port.
            throw new BenchFaultException(
                FaultKind.Storage, Path, $"the copy of the flash cannot be written: {cannot.Message.TrimEnd('.')}", "Make room, or name a file on another disk; the flash is as it was", cannot);
        }

        _done = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_done)
        {
            File.Delete(_partial);
        }
    }
}
