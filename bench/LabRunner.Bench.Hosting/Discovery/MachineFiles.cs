namespace LabRunner.Bench.Hosting.Discovery;

/// <summary>
/// The machine's /sys, /proc, /dev and /boot below a root folder, so that the same questions can be asked of a copied tree. Nothing is ever
/// written. What is missing or may not be read is absent, not an error. Thread safe.
/// </summary>
/// <param name="root">Folder that stands for /.</param>
public sealed class MachineFiles(string root)
{
    private const int MostLinks = 40;

    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>Where a path of the machine really is.</summary>
    public string Real(string path) => _root == "/" ? path : _root + path;

    /// <summary>Text of a file without white space and zero bytes at its ends; null where there is none or it may not be read.</summary>
    public string? Text(string path)
    {
        try
        {
            return Resolve(path) is { } resolved && File.Exists(Real(resolved)) ? File.ReadAllText(Real(resolved)).Trim(' ', '\t', '\r', '\n', '\0') : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Lines of a file; none where there is none or it may not be read.</summary>
    public IReadOnlyList<string> Lines(string path) => Text(path) is { Length: > 0 } text ? text.Split('\n', StringSplitOptions.TrimEntries) : [];

    /// <summary>Names in a folder that begin with a prefix, numbers in them by value; none where there is no such folder.</summary>
    public IReadOnlyList<string> Names(string folder, string prefix = "")
    {
        try
        {
            return Resolve(folder) is { } resolved && Directory.Exists(Real(resolved))
                ? [.. new DirectoryInfo(Real(resolved)).EnumerateFileSystemInfos().Select(entry => entry.Name)
                    .Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(NumberedNames)]
                : [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Whether a path leads to anything.</summary>
    public bool Exists(string path) => Resolve(path) is { } resolved && Path.Exists(Real(resolved));

    /// <summary>Whether a path itself is a link.</summary>
    public bool IsLink(string path) => Target(path) is not null;

    /// <summary>Where a link leads, as it is written; null where it is none or may not be read.</summary>
    public string? Target(string path)
    {
        try
        {
            return new FileInfo(Real(path)).LinkTarget;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The path without links; null where a part of it is missing or may not be read.</summary>
    public string? Resolve(string path)
    {
        List<string> done = [];
        Stack<string> open = new(Parts(path).Reverse());
        int links = 0;
        while (open.TryPop(out string? part))
        {
            if (part == "..")
            {
                if (done.Count > 0)
                {
                    done.RemoveAt(done.Count - 1);
                }

                continue;
            }

            string here = "/" + string.Join('/', done.Append(part));
            if (Target(here) is { } target)
            {
                if (++links > MostLinks)
                {
                    return null;
                }

                if (target.StartsWith('/'))
                {
                    done.Clear();
                }

                foreach (string step in Parts(target).Reverse())
                {
                    open.Push(step);
                }
            }
            else if (Path.Exists(Real(here)))
            {
                done.Add(part);
            }
            else
            {
                return null;
            }
        }

        return "/" + string.Join('/', done);
    }

    /// <summary>Orders ttyUSB2 before ttyUSB10.</summary>
    internal static Comparer<string> NumberedNames { get; } = Comparer<string>.Create((a, b) =>
    {
        (string letters, int number) left = Numbered(a);
        (string letters, int number) right = Numbered(b);
        int byName = string.CompareOrdinal(left.letters, right.letters);
        return byName != 0 ? byName : left.number != right.number ? left.number.CompareTo(right.number) : string.CompareOrdinal(a, b);
    });

    private static (string Letters, int Number) Numbered(string name)
    {
        string letters = name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
        return int.TryParse(name.AsSpan(letters.Length), out int number) ? (letters, number) : (name, -1);
    }

    private static IEnumerable<string> Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");
}
