using System.Text.Json;
using LabRunner.Hardware.Faults;

namespace LabRunner.Station;

/// <summary>Files of the station's own folder: whole or not there, and for nobody else's eyes.</summary>
internal static class StateFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes a file whole, whatever ends the process meanwhile.</summary>
    /// <exception cref="BenchFaultException">Kind Storage: it cannot be written.</exception>
    public static void Write(string file, string text) => Write(file, System.Text.Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="Write(string, string)"/>
    public static void Write(string file, ReadOnlyMemory<byte> bytes) => Try(file, () =>
    {
        MakeFolder(Path.GetDirectoryName(file)!);
        string half = file + ".new";
        try
        {
            using (FileStream stream = new(half, Options(FileMode.Create)))
            {
                stream.Write(bytes.Span);
                stream.Flush(flushToDisk: true);
            }

            File.Move(half, file, overwrite: true);
        }
        catch (IOException)
        {
            // Half of it would take from a full disk what is left.
            File.Delete(half);
            throw;
        }
    });

    /// <summary>What a file of the station's own holds, as JSON; null: there is none, or it is none of ours, since ours are whole or not there.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static T? Read<T>(string file)
        where T : class => File.Exists(file) ? Parse<T>(File.ReadAllText(file)) : null;

    /// <summary>What a file holds whose lines are JSON; a line that is none is left out, since a station that was killed may have left half of one.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IEnumerable<T> ReadLines<T>(string file)
        where T : class => (File.Exists(file) ? File.ReadLines(file) : []).Select(line => line.Length > 0 ? Parse<T>(line) : null).OfType<T>();

    /// <summary>Opens a file to append to.</summary>
    /// <exception cref="BenchFaultException">Kind Storage: it cannot be opened.</exception>
    public static FileStream Append(string file)
    {
        FileStream? stream = null;
        Try(file, () =>
        {
            MakeFolder(Path.GetDirectoryName(file)!);
            stream = new FileStream(file, Options(FileMode.OpenOrCreate));
            stream.Seek(0, SeekOrigin.End);
        });
        return stream!;
    }

    /// <summary>Makes a folder that only this account may enter.</summary>
    public static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }

        Directory.CreateDirectory(folder, Private | UnixFileMode.UserExecute);
    }

    /// <summary>Lets the account's group at a file too.</summary>
    public static void ForGroup(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, Private | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        }
    }

    private static T? Parse<T>(string text)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static FileStreamOptions Options(FileMode mode)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Private;
        }

        return options;
    }

    private static void Try(string file, Action act)
    {
        try
        {
            act();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(
                FaultKind.Storage, file, $"the station's file cannot be written ({failure.Message.TrimEnd('.')})", "Free space, or choose another folder with --state", failure);
        }
    }
}
