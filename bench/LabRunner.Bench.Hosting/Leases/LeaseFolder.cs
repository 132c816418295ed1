using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Faults;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Bench.Hosting.Leases;

/// <summary>
/// The folder in which all users of a machine see each other's leases. Everybody writes files of their own and reads those of others; one
/// lock on one file makes decisions one at a time. Thread safe.
/// </summary>
/// <remarks>
/// Files: <c>gate</c>, locked while somebody decides; <c>USER-ID.run.json</c> or <c>USER-ID.hold.json</c>, a lease; <c>USER-ID.run.lock</c>,
/// which the holder of a run keeps locked (flock), so that the kernel itself tells when it is gone; <c>USER-ID.break.json</c>, a user's word
/// that a lease is broken. The folder is sticky and world-writable as /tmp is: leases keep honest users apart, they are no wall against others.
/// </remarks>
public sealed partial class LeaseFolder
{
    /// <summary>Names another folder.</summary>
    public const string Variable = "LABRUNNER_LEASES";

    private const string SystemFolder = "/run/labrunner";
    private const string SharedFolder = "/tmp/labrunner-leases";
    private const long LargestFile = 1 << 20;

    private const UnixFileMode Sticky = UnixFileMode.StickyBit
        | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static readonly TimeSpan GateLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan GateEvery = TimeSpan.FromMilliseconds(2);

    private LeaseFolder(string path) => Path = path;

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>Number of this process's account.</summary>
    public static uint User { get; } = EffectiveUser();

    /// <summary>Opens the machine's folder: <see cref="Variable"/>, else /run/labrunner where an administrator made it, else /tmp/labrunner-leases.</summary>
    /// <exception cref="BenchFaultException">It cannot be had.</exception>
    public static LeaseFolder Open() =>
        Open(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : Directory.Exists(SystemFolder) ? SystemFolder : SharedFolder);

    /// <summary>Opens a folder and makes it where it is missing.</summary>
    /// <exception cref="BenchFaultException">It cannot be made, is no folder, or may not be written.</exception>
    public static LeaseFolder Open(string path)
    {
        LeaseFolder folder = new(System.IO.Path.GetFullPath(path));
        folder.Guard(() =>
        {
            DirectoryInfo info = new(folder.Path);
            if (!info.Exists)
            {
                Directory.CreateDirectory(folder.Path);
                SetMode(folder.Path, Sticky);
            }
            else if (info.LinkTarget is not null)
            {
                // Another user may have put it there to have our files elsewhere.
                throw new IOException("it is a link");
            }

            string gate = folder.At("gate");
            if (!File.Exists(gate))
            {
                Make(gate);
            }
        });
        return folder;
    }

    /// <summary>Waits until nobody else decides. Dispose it soon.</summary>
    /// <exception cref="BenchFaultException">Somebody kept it for 10 s.</exception>
    internal async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        long began = TimeProvider.System.GetTimestamp();
        if (IsPipe(At("gate")))
        {
            throw new BenchFaultException(FaultKind.Lease, At("gate"), "it is a pipe, and to lock it would be to wait for who writes to it", "Remove it; the file is made again by itself");
        }

        while (true)
        {
            try
            {
                return File.OpenHandle(At("gate"), FileMode.Open, FileAccess.Read, FileShare.None);
            }
            catch (FileNotFoundException)
            {
                Guard(() => Make(At("gate")));
            }
            catch (DirectoryNotFoundException gone)
            {
                throw Cannot(gone);
            }
            catch (IOException busy) when (TimeProvider.System.GetElapsedTime(began) > GateLimit)
            {
                throw new BenchFaultException(
                    FaultKind.Lease, At("gate"), $"another program has kept it locked for {GateLimit.TotalSeconds:0} s", "Look for it with 'fuser', end it, then try again", busy);
            }
            catch (IOException)
            {
                await Task.Delay(GateEvery, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
            catch (UnauthorizedAccessException denied)
            {
                throw Cannot(denied);
            }
        }
    }

    /// <summary>Takes a lock that tells others that this process lives; a guard takes the same one beside its owner.</summary>
    internal static SafeFileHandle Live(string file, bool make)
    {
        SafeFileHandle handle = File.OpenHandle(file, make ? FileMode.CreateNew : FileMode.Open, make ? FileAccess.ReadWrite : FileAccess.Read, FileShare.Read);
        if (make)
        {
            SetMode(file, Readable);

            // Not empty: what has no length may be a pipe, which is never opened.
            RandomAccess.Write(handle, "held by flock\n"u8, 0);
        }

        return handle;
    }

    /// <summary>True: some process holds the lock of a run's lease. A lock file that cannot be looked at is taken for held.</summary>
    internal bool IsLive(string name)
    {
        try
        {
            if (!IsPlain(At(name)))
            {
                return false;
            }

            File.OpenHandle(At(name), FileMode.Open, FileAccess.Read, FileShare.None).Dispose();
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception held) when (held is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>Files that look like ours: user, id and kind ("run", "hold", "break").</summary>
    internal IReadOnlyList<(uint User, string Id, string Kind, string Name)> Files()
    {
        List<(uint, string, string, string)> files = [];
        Guard(() =>
        {
            foreach (string path in Directory.EnumerateFiles(Path, "*.json"))
            {
                if (FileName().Match(System.IO.Path.GetFileName(path)) is { Success: true } match
                    && uint.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out uint user))
                {
                    files.Add((user, match.Groups[2].Value, match.Groups[3].Value, match.Value));
                }
            }
        });
        return files;
    }

    /// <summary>Text of a file; null with the reason where it has none that can be read.</summary>
    internal (byte[]? Text, string? Problem) Read(string name)
    {
        try
        {
            return IsPlain(At(name)) ? (File.ReadAllBytes(At(name)), null) : (null, "it is empty, too large or no regular file");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, failure is UnauthorizedAccessException ? "permission denied" : failure.Message.TrimEnd('.'));
        }
    }

    /// <summary>Writes a file of one's own as a whole: a reader sees the one before or the new one.</summary>
    internal void Write(string name, byte[] text) => Guard(() =>
    {
        string temporary = At($".{name}.new");
        File.WriteAllBytes(temporary, text);
        SetMode(temporary, Readable);
        File.Move(temporary, At(name), overwrite: true);
    });

    /// <summary>Removes files as far as they may be removed; another user's stay.</summary>
    internal void Remove(params IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            try
            {
                File.Delete(At(name));
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // It counts for nothing any more, whether it is there or not.
            }
        }
    }

    /// <summary>Full path of a file.</summary>
    internal string At(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Runs something that touches the folder.</summary>
    internal void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Cannot(failure);
        }
    }

    private static void Make(string file)
    {
        try
        {
            File.OpenHandle(file, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite).Dispose();
            SetMode(file, Readable);
        }
        catch (IOException) when (File.Exists(file))
        {
            // Another was quicker.
        }
    }

    // Whatever the account's umask says: others must be able to read.
    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    private static bool IsPlain(string path)
    {
        FileInfo file = new(path);
        return file.LinkTarget is null && file.Length is > 0 and <= LargestFile;
    }

    private static bool IsPipe(string path)
    {
        // Opened like this, no pipe waits for anybody.
        const int ReadOnly = 0, NonBlocking = 0x800, CloseOnExec = 0x80000;
        using SafeFileHandle handle = new(OpenFile(path, ReadOnly | NonBlocking | CloseOnExec), ownsHandle: true);
        try
        {
            return !handle.IsInvalid && RandomAccess.GetLength(handle) < 0;
        }
        catch (NotSupportedException)
        {
            // It has no length: no file.
            return true;
        }
    }

    private BenchFaultException Cannot(Exception failure) => new(
        FaultKind.Lease, Path, $"the folder of leases cannot be used: {failure.Message.TrimEnd('.')}",
        IsFull(failure) ? "Free space on its disk" : $"Have it made for all users with 'sudo install -d -m 1777 {Path}', or name another with {Variable} (the same for all who share the bench)", failure);

    // No space left, or the user's share of it is used up.
    private static bool IsFull(Exception failure) => failure is IOException { HResult: 28 or 122 };

    [GeneratedRegex(@"\A(\d{1,10})-([0-9a-f]{16})\.(run|hold|break)\.json\z", RegexOptions.CultureInvariant)]
    private static partial Regex FileName();

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
