using System.Globalization;
using LabRunner.Bench.Hosting.Discovery.Survey;

namespace LabRunner.Bench.Hosting.Discovery.Doctor.Checks;

/// <summary>Supply voltage and throttling as a Raspberry Pi's firmware tells (documentation of vcgencmd get_throttled).</summary>
internal sealed class SupplyCheck : IDoctorCheck
{
    public int Order => 51;

    public string Name => "supply";

    public async Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        if (!visit.RaspberryPi)
        {
            return [new(Name, CheckState.NotApplicable, "no Raspberry Pi")];
        }

        if (await HostHealth.ThrottlingAsync(visit.Machine, cancellationToken).ConfigureAwait(false) is not { } bits)
        {
            return [new(Name, CheckState.Warn, "the firmware does not tell about under-voltage", "sudo apt-get install --yes raspi-utils, and add this user to the group video")];
        }

        string[] told = [.. HostHealth.Meanings.Where(meaning => (bits >> meaning.Bit & 1) != 0).Select(meaning => meaning.Meaning)];
        return told.Length == 0
            ? [new(Name, CheckState.Ok, "no under-voltage and no throttling since the start")]
            : [new(
                Name, CheckState.Warn, string.Join(", ", told),
                (bits & 0x10001) != 0 ? "use the maker's 5 V supply and a short cable, and feed USB devices from a powered hub" : "cool it: a heat sink, a fan, or a place with air")];
    }
}

/// <summary>CPU temperature.</summary>
internal sealed class TemperatureCheck : IDoctorCheck
{
    // A Raspberry Pi slows down from 80 °C on (documentation, frequency management and thermal control).
    private const double Hot = 75;

    public int Order => 52;

    public string Name => "temperature";

    public Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        IReadOnlyList<(string Sensor, double Celsius)> zones = HostHealth.Temperatures(visit.Files);
        Finding finding = zones.Count == 0 ? new(Name, CheckState.NotApplicable, "this machine shows no CPU temperature")
            : zones.MaxBy(zone => zone.Celsius) is var (name, celsius) && celsius >= Hot
                ? new(Name, CheckState.Warn, string.Create(CultureInfo.InvariantCulture, $"{name} is at {celsius:0.0} °C; from 80 °C on a Raspberry Pi slows down"), "cool it: a heat sink, a fan, or a place with air")
                : new(Name, CheckState.Ok, string.Create(CultureInfo.InvariantCulture, $"{zones.Max(zone => zone.Celsius):0.0} °C"));
        return Task.FromResult<IReadOnlyList<Finding>>([finding]);
    }
}

/// <summary>Room and right in the folder of runs.</summary>
internal sealed class DiskCheck : IDoctorCheck
{
    private const long Least = 100L << 20;
    private const long Comfortable = 1L << 30;
    private const long LeastInodes = 10_000;

    public int Order => 53;

    public string Name => "disk";

    public Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        string folder = visit.RunFolder;
        while (!visit.Files.Exists(folder) && Path.GetDirectoryName(folder) is { } parent)
        {
            folder = parent;
        }

        string where = folder == visit.RunFolder ? folder : $"{folder} (where {visit.RunFolder} would be made)";
        const string Elsewhere = "start the night elsewhere, or with --out FOLDER";
        if (visit.Machine.Room(folder) is not { } room)
        {
            return Task.FromResult<IReadOnlyList<Finding>>([new(Name, CheckState.NotApplicable, $"the system does not tell the room in {where}")]);
        }

        string free = string.Create(CultureInfo.InvariantCulture, $"{room.FreeBytes / (double)(1L << 30):0.0} GiB free{(room.FreeInodes is { } inodes ? $", room for {inodes} files" : "")} in {where}");
        Finding finding = room.ReadOnly ? new(Name, CheckState.Wrong, $"{where} is on a read-only file system: no run can be written", Elsewhere)
            : visit.Machine.Owner(folder) is { } owner && !visit.User.MayWrite(owner) ? new(Name, CheckState.Wrong, $"this user may not write in {where}", Elsewhere)
            : room.FreeBytes < Least ? new(Name, CheckState.Wrong, $"{free}: a night needs 100 MiB at least", $"delete old runs, or {Elsewhere}")
            : room.FreeBytes < Comfortable ? new(Name, CheckState.Warn, $"{free}: a weekend of eight slots writes about as much", $"delete old runs, or {Elsewhere}")
            : room.FreeInodes < LeastInodes ? new(Name, CheckState.Warn, $"{free}: few files more can be made", $"delete old runs, or {Elsewhere}")
            : new(Name, CheckState.Ok, free);
        return Task.FromResult<IReadOnlyList<Finding>>([finding, .. Wear(visit.Files, room.Device)]);
    }

    /// <summary>eMMC tells its wear in tenths (JEDEC eMMC 5.0, DEVICE_LIFE_TIME_EST); an SD card tells nothing.</summary>
    private static IEnumerable<Finding> Wear(MachineFiles files, string device)
    {
        string? disk = files.Resolve($"/sys/dev/block/{device}");
        string? card = disk?.Split('/').FirstOrDefault(part => part.StartsWith("mmcblk", StringComparison.Ordinal) && !part.Contains('p', StringComparison.Ordinal));
        if (card is null)
        {
            yield break;
        }

        string? life = files.Text($"/sys/block/{card}/device/life_time");
        int worst = (life ?? "").Split(' ').Select(word => int.TryParse(word.Replace("0x", "", StringComparison.Ordinal), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int tenths) ? tenths : 0).Max();
        yield return worst switch
        {
            0 => new("wear", CheckState.Warn, $"{card} is a card that does not tell its wear, and a journal writes every second", "keep runs on a USB disk or a network folder with --out, or change the card each year"),
            >= 8 => new("wear", CheckState.Warn, string.Create(CultureInfo.InvariantCulture, $"{card} has used up {(worst - 1) * 10} to {worst * 10} % of its life"), "replace it"),
            _ => new("wear", CheckState.Ok, string.Create(CultureInfo.InvariantCulture, $"{card} has used up at most {worst * 10} % of its life")),
        };
    }
}

/// <summary>Cores and memory.</summary>
internal sealed class MemoryCheck : IDoctorCheck
{
    private const long Browser = 1L << 30;
    private const long Least = 300L << 20;

    public int Order => 55;

    public string Name => "memory";

    public Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        int cores = visit.Files.Lines("/proc/cpuinfo").Count(line => line.StartsWith("processor", StringComparison.Ordinal));
        if (Kibibytes(visit.Files, "MemAvailable") is not { } available)
        {
            return Task.FromResult<IReadOnlyList<Finding>>([new(Name, CheckState.NotApplicable, "the system does not tell its memory")]);
        }

        string text = string.Create(CultureInfo.InvariantCulture, $"{cores} cores, {available / 1048576.0:0.0} of {(Kibibytes(visit.Files, "MemTotal") ?? 0) / 1048576.0:0.0} GiB of memory available");
        Finding finding = available << 10 < Least ? new(Name, CheckState.Warn, $"{text}: a night of a few slots takes about 300 MiB", "end other programs")
            : available << 10 < Browser ? new(Name, CheckState.Warn, $"{text}: the browser of suite S18 takes about 1 GiB", "end other programs, or leave S18 out of the plan")
            : new(Name, CheckState.Ok, text);
        return Task.FromResult<IReadOnlyList<Finding>>([finding]);
    }

    private static long? Kibibytes(MachineFiles files, string key)
    {
        string? word = files.Lines("/proc/meminfo").FirstOrDefault(line => line.StartsWith(key + ":", StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1);
        return long.TryParse(word, CultureInfo.InvariantCulture, out long kibibytes) ? kibibytes : null;
    }
}
