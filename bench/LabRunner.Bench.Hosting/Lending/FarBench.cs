using System.Globalization;
using System.Reflection;
using LabRunner.Bench.Api;
using LabRunner.Bench.Rpc;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Hosting.Lending;

/// <summary>
/// A bench of another machine as suites here see it: its firmware images are files of this machine, and what is kept with the run goes over
/// the connection. Thread safe.
/// </summary>
internal class FarBench : ForwardingProxy<IBenchApi>
{
    // What says of a file that it stayed here has its room too.
    private const long LeftForNotes = 16 * 1024 * 1024;

    // Suites run on all slots side by side, and end together where they are asked to. A process borrows one bench.
    private static readonly SemaphoreSlim Turns = new(FarOwner.FilesAtATime);

    private long _sent;
    private IFarBench _far = null!;
    private string _folder = null!;
    private Dictionary<string, FirmwareDescription> _firmware = [];

    /// <summary>Brings its images here.</summary>
    /// <param name="bench">The bench over the connection.</param>
    /// <param name="far">What its owner has for a program on another machine.</param>
    /// <param name="folder">Folder for the images.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchFaultException">The connection ended, or the images cannot be kept.</exception>
    public static async Task<IBenchApi> OpenAsync(IBenchApi bench, IFarBench far, string folder, CancellationToken cancellationToken)
    {
        IBenchApi proxy = Create<IBenchApi, FarBench>();
        FarBench self = (FarBench)proxy;
        (self.Target, self._far, self._folder) = (bench, far, folder);
        foreach ((string key, FirmwareDescription there) in (await bench.DescribeAsync(cancellationToken).ConfigureAwait(false)).Firmware)
        {
            self._firmware[key] = there with { Path = await self.BringAsync(key, there, cancellationToken).ConfigureAwait(false) };
        }

        return proxy;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod?.Name switch
    {
        nameof(IBenchApi.DescribeAsync) => DescribeAsync((CancellationToken)args![0]!),
        nameof(IBenchApi.RecordArtefactAsync) => SendAsync((string)args![0]!, (string)args[1]!, (string?)args[2], (string)args[3]!, (string)args[4]!, (string)args[5]!, (CancellationToken)args[6]!),
        _ => base.Invoke(targetMethod, args),
    };

    private async Task<BenchDescription> DescribeAsync(CancellationToken cancellationToken) =>
        await Target.DescribeAsync(cancellationToken).ConfigureAwait(false) with { Firmware = _firmware };

    private async Task<string> BringAsync(string key, FirmwareDescription there, CancellationToken cancellationToken)
    {
        // A key is a word of the inventory there, and no path here.
        string path = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"firmware-{_firmware.Count + 1}.ota"));
        try
        {
            await using FileStream file = File.Create(path);
            while (file.Length < IFarBench.LargestFile && await _far.ReadFirmwareAsync(key, file.Length, cancellationToken).ConfigureAwait(false) is { Length: > 0 } part)
            {
                await file.WriteAsync(part, cancellationToken).ConfigureAwait(false);
            }

            return path;
        }
        catch (BenchFaultException fault) when (fault.Kind == FaultKind.Storage)
        {
            // Only a suite that updates needs it; that one says what is wrong with it.
            File.Delete(path);
            return there.Path;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Storage, path, $"the bench's firmware cannot be kept here ({failure.Message.TrimEnd('.')})", "Check free disk space", failure);
        }
    }

    private async Task SendAsync(string slot, string suite, string? test, string name, string mime, string path, CancellationToken cancellationToken)
    {
        await Turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            long length = new FileInfo(path).Length;
            if (length > IFarBench.LargestFile || Interlocked.Add(ref _sent, length) > IFarBench.LargestLoan - LeftForNotes)
            {
                (name, mime, path) = ($"{Path.GetFileName(name)}.elsewhere.txt", "text/plain", await KeepHereAsync(name, path, cancellationToken).ConfigureAwait(false));
            }

            await using (FileStream file = File.OpenRead(path))
            {
                byte[] buffer = new byte[IFarBench.LargestPart];
                string? sent = null;
                int read;
                do
                {
                    read = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                    sent = await _far.SendFileAsync(sent, buffer[..read], cancellationToken).ConfigureAwait(false);
                }
                while (read == buffer.Length);
                await Target.RecordArtefactAsync(slot, suite, test, name, mime, sent, cancellationToken).ConfigureAwait(false);
            }

            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Storage, path, $"the file cannot be sent ({failure.Message})", "Check the path and free disk space", failure);
        }
        finally
        {
            Turns.Release();
        }
    }

    /// <summary>A file that is too large, or one too many, stays on this machine.</summary>
    /// <returns>A file that says so in its place.</returns>
    private async Task<string> KeepHereAsync(string name, string path, CancellationToken cancellationToken)
    {
        string kept = Path.Combine(Directory.CreateTempSubdirectory("labrunner-kept-").FullName, Path.GetFileName(name));
        File.Move(path, kept);
        string note = Path.Combine(_folder, $"{Guid.NewGuid():N}.txt");
        await File.WriteAllTextAsync(
            note,
            string.Create(CultureInfo.InvariantCulture, $"{name} has {new FileInfo(kept).Length} bytes; a file that goes to the station has at most {IFarBench.LargestFile}, and all of them together {IFarBench.LargestLoan}. It stays on {Environment.MachineName}: {kept}\n"),
            cancellationToken).ConfigureAwait(false);
        return note;
    }
}
