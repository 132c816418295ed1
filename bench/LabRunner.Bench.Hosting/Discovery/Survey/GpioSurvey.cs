using System.Globalization;

namespace LabRunner.Bench.Hosting.Discovery.Survey;

/// <summary>Finds GPIO chips by their nodes; a node that is a link is another name of a chip (gpiochip4 on a Raspberry Pi 5).</summary>
internal static class GpioSurvey
{
    public static IReadOnlyList<FoundGpioChip> Read(IMachine machine)
    {
        List<FoundGpioChip> chips = [];
        foreach (string name in machine.Files.Names("/dev", "gpiochip").Where(name => !machine.Files.IsLink("/dev/" + name)))
        {
            string path = "/dev/" + name;
            try
            {
                GpioChipAnswer facts = machine.AskGpioChip(path);
                chips.Add(new(path, facts.Label, facts.Lines.Count, facts.Lines, null));
            }
            catch (IOException failure)
            {
                (string? label, int? lines) = FromClass(machine.Files, name);
                chips.Add(new(path, label, lines, [], failure.Message.TrimEnd('.')));
            }
        }

        return chips;
    }

    /// <summary>/sys/class/gpio tells label and size also to those who may not open the node; base numbers differ, the device is the same.</summary>
    private static (string? Label, int? Lines) FromClass(MachineFiles files, string name)
    {
        string? device = files.Resolve("/sys/bus/gpio/devices/" + name) is { } chip ? Path.GetDirectoryName(chip) : null;
        string? entry = files.Names("/sys/class/gpio", "gpiochip").Select(entry => "/sys/class/gpio/" + entry)
            .FirstOrDefault(entry => device is not null && files.Resolve(entry + "/device") == device);
        return entry is null
            ? (null, null)
            : (files.Text(entry + "/label"), int.TryParse(files.Text(entry + "/ngpio"), CultureInfo.InvariantCulture, out int lines) ? lines : null);
    }
}
