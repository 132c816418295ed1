using System.Globalization;
using System.Reflection;
using LabRunner.Bench.Api;
using LabRunner.Bench.Journal;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Rpc;

/// <summary>
/// The owner's side of a connection from another machine: its clock, its images, and files that come over the connection, since a path of
/// the other machine means nothing here and must open nothing here. Thread safe.
/// </summary>
/// <param name="bench">The bench.</param>
/// <param name="clock">The run's clock.</param>
/// <param name="told">Told each round trip that the caller tells.</param>
public sealed class FarOwner(IBenchApi bench, LabClock clock, Action<TimeSpan> told) : IFarBench, IDisposable
{
    // Files that are being sent, or were sent and not yet taken: twice as many as a caller sends at a time, so that the oldest is one that was given up.
    private const int MostFiles = 2 * FilesAtATime;

    /// <summary>Files that a caller sends at a time; more wait for their turn.</summary>
    public const int FilesAtATime = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _files = [];
    private string? _folder;
    private long _all;
    private int _next;

    /// <summary>The bench, but that files are named by what <see cref="SendFileAsync"/> answered.</summary>
    public IBenchApi Guarded => GuardedBench.Around(bench, this);

    /// <inheritdoc/>
    public Task<TimeSpan> GetTimeAsync(CancellationToken cancellationToken) => Task.FromResult(clock.Elapsed);

    /// <inheritdoc/>
    public Task TellRoundTripAsync(TimeSpan roundTrip, CancellationToken cancellationToken)
    {
        told(roundTrip);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<byte[]> ReadFirmwareAsync(string key, long offset, CancellationToken cancellationToken)
    {
        BenchDescription description = await bench.DescribeAsync(cancellationToken).ConfigureAwait(false);
        if (!description.Firmware.TryGetValue(key, out FirmwareDescription? image) || offset < 0)
        {
            throw new ArgumentException($"There is no firmware '{key}' from byte {offset} on; the bench has {string.Join(", ", description.Firmware.Keys)}.");
        }

        try
        {
            await using FileStream file = File.OpenRead(image.Path);
            file.Position = Math.Min(offset, file.Length);
            byte[] part = new byte[Math.Min(IFarBench.LargestPart, file.Length - file.Position)];
            await file.ReadExactlyAsync(part, cancellationToken).ConfigureAwait(false);
            return part;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Storage, image.Path, $"the firmware image cannot be read ({failure.Message.TrimEnd('.')})", "Correct firmware: in the inventory", failure);
        }
    }

    /// <inheritdoc/>
    public async Task<string> SendFileAsync(string? file, byte[] part, CancellationToken cancellationToken)
    {
        string run = (await bench.DescribeAsync(cancellationToken).ConfigureAwait(false)).RunFolder;
        lock (_gate)
        {
            string handle = file ?? Begin(run);
            if (!_files.TryGetValue(handle, out string? path))
            {
                throw new ArgumentException($"There is no file '{file}' that is being sent.");
            }

            try
            {
                using FileStream kept = new(path, FileMode.Append, FileAccess.Write);
                if (part.Length > IFarBench.LargestPart || kept.Length + part.Length > IFarBench.LargestFile || _all + part.Length > IFarBench.LargestLoan)
                {
                    Drop(handle);
                    throw new ArgumentException(string.Create(
                        CultureInfo.InvariantCulture, $"A part has at most {IFarBench.LargestPart >> 10} KiB, a file {IFarBench.LargestFile >> 20} MiB, and all of a loan {IFarBench.LargestLoan >> 20} MiB."));
                }

                kept.Write(part);
                _all += part.Length;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new BenchFaultException(FaultKind.Storage, path, $"what was sent cannot be kept ({failure.Message.TrimEnd('.')})", StorageRemedy.Text, failure);
            }

            return handle;
        }
    }

    /// <summary>Removes what was sent and not taken.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _files.Clear();
            if (_folder is not null && Directory.Exists(_folder))
            {
                Directory.Delete(_folder, recursive: true);
            }
        }
    }

    // No name from outside: numbers, in a folder of the run's own disk.
    private string Begin(string run)
    {
        if (_files.Count == MostFiles)
        {
            Drop(_files.Keys.MinBy(Number)!);
        }

        _folder ??= Directory.CreateDirectory(Path.Combine(run, "incoming")).FullName;
        string handle = string.Create(CultureInfo.InvariantCulture, $"sent-{++_next}");
        _files[handle] = Path.Combine(_folder, handle);
        return handle;
    }

    private void Drop(string handle)
    {
        _files.Remove(handle, out string? path);
        File.Delete(path!);
    }

    private static int Number(string handle) => int.Parse(handle.AsSpan(handle.IndexOf('-') + 1), CultureInfo.InvariantCulture);

    private string Take(string handle)
    {
        lock (_gate)
        {
            return _files.Remove(handle, out string? path) ? path : throw new ArgumentException($"'{handle}' is no file that was sent; a program on another machine sends what it keeps with the run.");
        }
    }

    private class GuardedBench : ForwardingProxy<IBenchApi>
    {
        private FarOwner _owner = null!;

        public static IBenchApi Around(IBenchApi bench, FarOwner owner)
        {
            IBenchApi proxy = Create<IBenchApi, GuardedBench>();
            GuardedBench guarded = (GuardedBench)proxy;
            (guarded.Target, guarded._owner) = (bench, owner);
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod?.Name == nameof(IBenchApi.RecordArtefactAsync) ? TakeAsync(args!) : base.Invoke(targetMethod, args);

        private async Task TakeAsync(object?[] args)
        {
            string path = _owner.Take((string)args[5]!);
            try
            {
                await Target.RecordArtefactAsync((string)args[0]!, (string)args[1]!, (string?)args[2], (string)args[3]!, (string)args[4]!, path, (CancellationToken)args[6]!).ConfigureAwait(false);
            }
            finally
            {
                File.Delete(path);
            }
        }
    }
}
