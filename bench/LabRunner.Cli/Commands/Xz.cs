using System.ComponentModel;
using System.Diagnostics;
using LabRunner.Bench.Hosting;

namespace LabRunner.Cli.Commands;

/// <summary>Packs as boot2 unpacks: LZMA2 with a 32 KiB dictionary and CRC32 (OpenBL602 image_conf/flash_build.py).</summary>
internal static class Xz
{
    private static readonly string[] Arguments = ["--format=xz", "--check=crc32", "--lzma2=dict=32KiB", "--stdout"];

    /// <exception cref="UsageException">The program xz is missing or failed.</exception>
    public static byte[] Pack(byte[] bytes)
    {
        ProcessStartInfo start = new("xz", Arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process xz = Process.Start(start)!;
            Task<string> words = xz.StandardError.ReadToEndAsync();
            Task feeding = FeedAsync(xz, bytes);
            using MemoryStream packed = new();
            xz.StandardOutput.BaseStream.CopyTo(packed);
            xz.WaitForExit();
            feeding.GetAwaiter().GetResult();
            return xz.ExitCode == 0
                ? packed.ToArray()
                : throw new UsageException($"xz ended with code {xz.ExitCode}: {words.GetAwaiter().GetResult().Trim()}");
        }
        catch (Win32Exception)
        {
            throw new UsageException("The program xz is missing; it packs OTA bodies as boot2 unpacks them. Install it: sudo apt-get install --yes xz-utils");
        }
        catch (IOException broken)
        {
            throw new UsageException($"xz did not take its input: {broken.Message}");
        }
    }

    private static async Task FeedAsync(Process xz, byte[] bytes)
    {
        await xz.StandardInput.BaseStream.WriteAsync(bytes).ConfigureAwait(false);
        xz.StandardInput.Close();
    }
}
