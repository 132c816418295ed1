namespace LabRunner.Bench.Hosting.Discovery.Survey;

/// <summary>A line of a Raspberry Pi's config.txt that holds for this model.</summary>
/// <param name="Key">dtparam, dtoverlay, …</param>
/// <param name="Name">Overlay or parameter name.</param>
/// <param name="Parameters">Parameters of an overlay, or the parameter itself, by name.</param>
public sealed record BootSetting(string Key, string Name, IReadOnlyDictionary<string, string> Parameters);

/// <summary>
/// config.txt of a Raspberry Pi (www.raspberrypi.com/documentation/computers/config_txt.html): /boot/firmware since Bookworm, /boot before.
/// </summary>
/// <param name="Path">The file; null on other machines.</param>
/// <param name="Settings">dtparam and dtoverlay lines that hold for this model, in file order.</param>
public sealed record BootConfig(string? Path, IReadOnlyList<BootSetting> Settings)
{
    /// <summary>Reads it; empty on other machines.</summary>
    public static BootConfig Read(MachineFiles files)
    {
        string[] places = ["/boot/firmware/config.txt", "/boot/config.txt"];
        string? path = places.FirstOrDefault(place => files.Text(place) is not null);
        if (path is null)
        {
            return new(null, []);
        }

        string model = files.Text("/proc/device-tree/model") ?? "";
        List<BootSetting> settings = [];
        bool holds = true;
        foreach (string line in files.Lines(path).Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0))
        {
            if (line.StartsWith('['))
            {
                holds = Holds(line.Trim('[', ']'), model);
            }
            else if (holds && line.Split('=', 2) is [var key, var value] && key is "dtparam" or "dtoverlay")
            {
                Add(settings, key, value);
            }
        }

        return new(path, settings);
    }

    /// <summary>The last word on a parameter: its value, "on" where it is given without one; null where it is not given.</summary>
    public string? Parameter(string name) =>
        Settings.Where(setting => setting.Key == "dtparam").Select(setting => setting.Parameters.GetValueOrDefault(name)).LastOrDefault(value => value is not null);

    private static void Add(List<BootSetting> settings, string key, string value)
    {
        string[] words = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, string> parameters = [];
        foreach (string word in key == "dtoverlay" ? words.Skip(1) : words)
        {
            string[] parts = word.Split('=', 2);
            parameters[parts[0]] = parts.Length == 2 ? parts[1] : "on";
        }

        if (words.Length > 0)
        {
            settings.Add(new(key, words[0].Split('=')[0], parameters));
        }
    }

    /// <summary>Sections name models ([pi4], [cm5]) or other conditions, which are taken as not met.</summary>
    private static bool Holds(string section, string model) => section switch
    {
        "all" => true,
        "pi3" or "pi3+" => model.Contains("Pi 3", StringComparison.Ordinal),
        "pi4" => model.Contains("Pi 4", StringComparison.Ordinal) || model.Contains("Module 4", StringComparison.Ordinal),
        "pi5" => model.Contains("Pi 5", StringComparison.Ordinal) || model.Contains("Module 5", StringComparison.Ordinal),
        "cm4" => model.Contains("Module 4", StringComparison.Ordinal),
        "cm5" => model.Contains("Module 5", StringComparison.Ordinal),
        "pi02" => model.Contains("Zero 2", StringComparison.Ordinal),
        _ => false,
    };
}
