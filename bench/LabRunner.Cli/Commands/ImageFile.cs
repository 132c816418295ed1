using LabRunner.Bench.Hosting;
using LabRunner.Hardware.Images;

namespace LabRunner.Cli.Commands;

/// <summary>Firmware files on disk, whatever a path may be.</summary>
internal static class ImageFile
{
    // A pipe that nobody writes to never opens.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="UsageException">It cannot be read, is larger than any flash, or delivers nothing.</exception>
    public static byte[] Read(string path)
    {
        if (Directory.Exists(path))
        {
            throw new UsageException($"{path} is a folder. Name a firmware file in it.");
        }

        try
        {
            return Task.Run(() => ReadBounded(path)).WaitAsync(Limit, TimeProvider.System).GetAwaiter().GetResult();
        }
        catch (TimeoutException)
        {
            throw new UsageException($"{path} did not deliver its bytes within {Limit.TotalSeconds:0} s: is it a pipe that nobody writes to, or on a disk that hangs?");
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"Cannot read {path}: {cannot.Message}");
        }
    }

    /// <summary>Writes a file.</summary>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public static void Write(string path, byte[] bytes)
    {
        try
        {
            File.WriteAllBytes(path, bytes);
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"Cannot write {path}: {cannot.Message}");
        }
    }

    private static byte[] ReadBounded(string path)
    {
        // Read with a bound and not by the stated length: a device file states none and never ends.
        using FileStream stream = File.OpenRead(path);
        using MemoryStream bytes = new();
        byte[] piece = new byte[65536];
        int count;
        while ((count = stream.Read(piece)) > 0)
        {
            bytes.Write(piece, 0, count);
            if (bytes.Length > FirmwareImage.MostBytes)
            {
                throw new UsageException($"{path} has more than {FirmwareImage.MostBytes:N0} bytes, the largest flash of these chips.");
            }
        }

        return bytes.ToArray();
    }
}
