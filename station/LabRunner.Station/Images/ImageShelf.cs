using System.Text.Json;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Images;
using LabRunner.Station.Api;

namespace LabRunner.Station.Images;

/// <summary>
/// Firmware files that callers have sent, each under its own hash: what they call it is a word for people. The oldest go when there are too
/// many or they are too large together. Thread safe.
/// </summary>
internal sealed class ImageShelf
{
    private const int MostKept = 64;
    private const long MostBytes = 256L * 1024 * 1024;
    private const int LongestName = 200;

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, ImageView> _images = new(StringComparer.Ordinal);

    /// <param name="stateFolder">State folder of the station.</param>
    /// <param name="clock">Wall clock of the machine.</param>
    public ImageShelf(string stateFolder, TimeProvider clock)
    {
        (_folder, _clock) = (Path.Combine(stateFolder, "images"), clock);
        StateFile.MakeFolder(_folder);
        foreach (string file in Directory.EnumerateFiles(_folder, "*.json"))
        {
            if (Read(file) is { } image && File.Exists(FileOf(image.Sha256)))
            {
                _images[image.Sha256] = image;
            }
        }
    }

    /// <summary>All, newest first.</summary>
    public IReadOnlyList<ImageView> All()
    {
        lock (_gate)
        {
            return [.. _images.Values.OrderByDescending(i => i.At)];
        }
    }

    /// <summary>One by its hash; null: it is not here.</summary>
    public ImageView? Find(string sha256)
    {
        lock (_gate)
        {
            return _images.GetValueOrDefault(sha256);
        }
    }

    /// <summary>Its bytes, recognised; null: it is not here any more.</summary>
    public FirmwareImage? Open(string sha256)
    {
        lock (_gate)
        {
            // Only a hash that is known: a word from outside is never a path.
            return _images.ContainsKey(sha256) ? FirmwareImage.Recognise(File.ReadAllBytes(FileOf(sha256))) : null;
        }
    }

    /// <summary>What a caller calls a file, made fit to be shown; never used as a path.</summary>
    public static string Name(string? name)
    {
        string clean = string.Concat((name ?? "").Where(c => !char.IsControl(c) && c is not (>= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069'))).Trim();
        return clean.Length == 0 ? "firmware" : clean[..Math.Min(clean.Length, LongestName)];
    }

    /// <summary>Keeps a file.</summary>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">Kind Storage: it cannot be written.</exception>
    public ImageView Add(FirmwareImage image, string name, string by)
    {
        string called = Name(name);
        ImageView view = new(
            image.Sha256, called, image.File.Length, image.Kind, image.KindText, image.Model.Text(), OtaWork.BuildOf(image, called), image.Problems, _clock.GetUtcNow(), by);
        lock (_gate)
        {
            StateFile.Write(FileOf(view.Sha256), image.File);
            StateFile.Write(FactsOf(view.Sha256), JsonSerializer.Serialize(view, Document.Json));
            _images[view.Sha256] = view;
            long bytes = 0;
            int count = 0;
            foreach (ImageView old in _images.Values.OrderByDescending(i => i.At).ToList())
            {
                bytes += old.Bytes;
                if (++count > MostKept || bytes > MostBytes)
                {
                    _images.Remove(old.Sha256);
                    File.Delete(FactsOf(old.Sha256));
                    File.Delete(FileOf(old.Sha256));
                }
            }
        }

        return view;
    }

    private string FileOf(string sha256) => Path.Combine(_folder, sha256 + ".bin");

    private string FactsOf(string sha256) => Path.Combine(_folder, sha256 + ".json");

    private static ImageView? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<ImageView>(File.ReadAllText(file), Document.Json);
        }
        catch (Exception failure) when (failure is JsonException or IOException)
        {
            // A file that is no description stays where it is; the others count.
            return null;
        }
    }
}
