using System.Globalization;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Hosting.Discovery.Survey;

/// <summary>
/// What a run should know of its machine when it is read next morning: whether its clock was in step, and whether its supply held. A fact that the
/// machine does not tell is not known, and no fault.
/// </summary>
/// <param name="Synchronised">A time service keeps the clock in step.</param>
/// <param name="OffsetMs">Distance of the clock from the service's, ms, at least 0.</param>
/// <param name="RaspberryPi">True on a Raspberry Pi, the only machine that tells of its supply.</param>
/// <param name="Throttling">Its bits (<see cref="HostHealth.Throttling"/>).</param>
internal sealed record HostState(bool? Synchronised, double? OffsetMs, bool RaspberryPi, uint? Throttling)
{
    // chronyc -c tracking: reference, its name, stratum, reference time, system time's offset in s, ...
    private const int ChronyOffset = 4;

    /// <summary>Asks the machine; takes 30 s at most, where its programs hang.</summary>
    internal static async Task<HostState> ReadAsync(IMachine machine, CancellationToken cancellationToken)
    {
        bool pi = HostHealth.IsRaspberryPi(machine.Files);
        bool? inStep = machine.ClockSynchronised();
        return new HostState(
            inStep, inStep == true ? await OffsetAsync(machine, cancellationToken).ConfigureAwait(false) : null, pi,
            pi ? await HostHealth.ThrottlingAsync(machine, cancellationToken).ConfigureAwait(false) : null);
    }

    /// <summary>As a person reads it, without final full stop.</summary>
    internal string Sentence
    {
        get
        {
            string clock = Synchronised switch
            {
                true => "the clock is kept in step by a time service" + (OffsetMs is { } offset ? string.Create(CultureInfo.InvariantCulture, $", {offset:0.###} ms from it") : ", how far from it is not known"),
                false => "no time service keeps the clock in step",
                null => "whether the clock is in step is not known",
            };
            string[] told = [.. HostHealth.Meanings.Where(m => (Throttling >> m.Bit & 1) == 1).Select(m => m.Meaning)];
            string supply = !RaspberryPi ? "supply and throttling are not known: no Raspberry Pi"
                : Throttling is null ? "supply and throttling are not known: the firmware does not tell"
                : told.Length == 0 ? "no under-voltage and no throttling since the machine's start"
                : string.Join(", ", told);
            return $"{clock}; {supply}";
        }
    }

    /// <summary>For the journal.</summary>
    internal IReadOnlyDictionary<string, string> Facts
    {
        get
        {
            Dictionary<string, string> facts = [];
            if (Synchronised is { } inStep)
            {
                facts[HostFacts.Synchronised] = inStep ? "yes" : "no";
            }

            if (OffsetMs is { } offset)
            {
                facts[HostFacts.OffsetMs] = offset.ToString("0.###", CultureInfo.InvariantCulture);
            }

            if (Throttling is { } bits)
            {
                facts[HostFacts.Throttling] = bits.ToString("x", CultureInfo.InvariantCulture);
            }

            return facts;
        }
    }

    private static async Task<double?> OffsetAsync(IMachine machine, CancellationToken cancellationToken)
    {
        if (await machine.RunAsync("chronyc", ["-c", "tracking"], cancellationToken).ConfigureAwait(false) is { ExitCode: 0 } chrony)
        {
            return double.TryParse(chrony.Output.Split(',').ElementAtOrDefault(ChronyOffset), CultureInfo.InvariantCulture, out double seconds) && double.IsFinite(seconds) ? Math.Abs(seconds) * 1000 : null;
        }

        return await machine.RunAsync("timedatectl", ["timesync-status"], cancellationToken).ConfigureAwait(false) is { ExitCode: 0 } timesync
            && timesync.Output.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith("Offset:", StringComparison.Ordinal)) is { } told
            ? Milliseconds(told["Offset:".Length..].Trim())
            : null;
    }

    // systemd writes a time span in one unit or more: -1.234ms, 1min 2.5s.
    private static double? Milliseconds(string span)
    {
        double sum = 0;
        foreach (string part in span.TrimStart('+', '-').Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string number = part.TrimEnd([.. "abcdefghijklmnopqrstuvwxyzµμ"]);
            double? unit = part[number.Length..] switch { "us" or "µs" or "μs" => 0.001, "ms" => 1, "s" => 1000, "min" => 60_000, "h" => 3_600_000, _ => null };
            if (unit is null || !double.TryParse(number, CultureInfo.InvariantCulture, out double value))
            {
                return null;
            }

            sum += value * unit.Value;
        }

        return span.Length > 0 ? sum : null;
    }
}
