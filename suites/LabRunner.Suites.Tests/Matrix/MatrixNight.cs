using System.Diagnostics;
using System.Globalization;
using System.Text;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix;

/// <summary>One night that plays several rows side by side, each on a slot of its own, beside a sentinel that no suite touches.</summary>
/// <param name="rows">Rows of one weather.</param>
internal sealed class MatrixNight(IReadOnlyList<MatrixRow> rows)
{
    private const string Sentinel = "sentinel";
    private const int LinesOfASlot = 8;
    private const int ChannelsOfASlot = 3;
    private const int FirstAddress = 0x40;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    private readonly Lock _gate = new();
    private Task<RunRecord>? _played;

    /// <summary>Rows it plays.</summary>
    public IReadOnlyList<MatrixRow> Rows => rows;

    /// <summary>Folder of its files and its run; kept when a row fails.</summary>
    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"labrunner-matrix-{Guid.NewGuid():N}");

    /// <summary>Run folder.</summary>
    public string RunFolder => Path.Combine(Folder, "run");

    /// <summary>Packs rows into nights of at most <paramref name="most"/>: a bench has two cores here, and a suite host a process for each slot.</summary>
    public static IReadOnlyList<MatrixNight> Pack(IReadOnlyList<MatrixRow> rows, int most) =>
    [
        .. rows.Where(r => r.Row.Together).GroupBy(r => r.Suite.Suite).Select(group => new MatrixNight([.. group])),
        .. rows.Where(r => !r.Row.Alone && !r.Row.Together).GroupBy(r => (r.Row.Weather, r.Row.TimeScale)).SelectMany(group => group.Chunk(most)).Select(chunk => new MatrixNight(chunk)),
        .. rows.Where(r => r.Row.Alone).Select(row => new MatrixNight([row])),
    ];

    /// <summary>Plays it once and reads what it left.</summary>
    public Task<RunRecord> PlayAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _played ??= Task.Run(() => PlayOnceAsync(cancellationToken), cancellationToken);
        }
    }

    /// <summary>The inventory.</summary>
    public string Inventory()
    {
        StringBuilder text = new();
        text.Append("""
            bench: suite-matrix
            mqtt: { broker: "${virtual.mqtt}" }
            resources:
              harness:     { kind: gpio, driver: harness, socket: "${virtual.harness}" }
              harness-pwm: { kind: pwm, driver: harness, socket: "${virtual.harness}" }
              harness-i2c: { kind: i2c, driver: harness, socket: "${virtual.harness}" }
            network: { driver: harness, socket: "${virtual.harness}" }
            accessPoint: { hostapd: "${virtual.hostapd}", dnsmasq: "${virtual.dnsmasq}" }
            firmware:
              a: { image: "${virtual.imageA}", version: "${virtual.versionA}" }
              b: { image: "${virtual.imageB}", version: "${virtual.versionB}" }
            slots:

            """);
        WriteSlot(text, Sentinel, 0, new SuiteRow(SuiteRow.Healthy) { SlotKeys = ["sentinel: true"], Console = "" });
        for (int i = 0; i < rows.Count; i++)
        {
            WriteSlot(text, rows[i].Slot, i + 1, rows[i].Row);
        }

        text.Append("virtual:\n  maxTimeScale: 100\n");
        if (rows[0].Row.Weather is { Length: > 0 } weather)
        {
            text.Append("  weather: [ ").Append(weather).Append(" ]\n");
        }

        text.Append("  plugs:\n    ").Append(Sentinel).Append(": { version: \"1.18.158\" }\n");
        foreach (MatrixRow row in rows)
        {
            string template = row.Row.Claimed is { } claimed ? $", template: {claimed}" : "";
            string faults = row.Row.Faults.Length == 0 ? "" : $", faults: [ {row.Row.Faults} ]";
            text.Append($"    {row.Slot}: {{ board: {row.Row.Board}{template}, version: \"{row.Row.Version}\"{faults}{(row.Row.PlugKeys.Length == 0 ? "" : ", " + row.Row.PlugKeys)} }}\n");
        }

        return text.ToString();
    }

    /// <summary>The plan.</summary>
    public string Plan()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $$"""
            plan: suite-matrix
            timeScale: {{rows[0].Row.TimeScale}}
            baseline: 10s
            testLimit: 30m
            watch: { selfHeal: 30s, mqttEvery: 30s }
            leak: { skip: 60s, block: 30s }
            {{(rows[0].Row.Alone ? rows[0].Row.PlanKeys : "")}}
            suites:

            """);
        foreach (string entry in rows.Select(row =>
            $"  - {row.Suite.Suite}: {{ {(row.Row.Together ? "together: true" : $"slots: [{row.Slot}]")}{(row.Parameters.Length == 0 ? "" : ", " + row.Parameters)} }}\n").Distinct())
        {
            text.Append(entry);
        }

        return text.ToString();
    }

    /// <summary>Throws the files away.</summary>
    public void Clean()
    {
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private async Task<RunRecord> PlayOnceAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Folder);
        string inventory = Path.Combine(Folder, "bench.yaml");
        string plan = Path.Combine(Folder, "plan.yaml");
        await File.WriteAllTextAsync(inventory, Inventory(), cancellationToken);
        await File.WriteAllTextAsync(plan, Plan(), cancellationToken);
        using CancellationTokenSource late = new(Limit, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        ProcessStartInfo start = new(SisterProgram.Find("LabRunner.Cli", "labrunner")) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["night", "--bench", inventory, "--plan", plan, "--out", RunFolder, "--seed", "1"])
        {
            start.ArgumentList.Add(argument);
        }

        using Process night = Process.Start(start)!;
        Task<string> output = night.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = night.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await night.WaitForExitAsync(either.Token);
        }
        finally
        {
            if (!night.HasExited)
            {
                night.Kill(entireProcessTree: true);
            }
        }

        string said = await output + await errors;
        Assert.That(Path.Combine(RunFolder, RunReader.JournalName), Does.Exist, $"The night did not begin (exit code {night.ExitCode}): {said}");
        return RunReader.Read(RunFolder);
    }

    private static void WriteSlot(StringBuilder text, string name, int index, SuiteRow row)
    {
        int line = index * LinesOfASlot;
        int channel = index * ChannelsOfASlot;
        string slot = $$"""
              {{name}}:
                board: {{row.Claimed ?? row.Board}}
                supply: isolated-3v3
                relayOn: declared
                power:      { driver: gpio, chip: harness, line: {{line}} }
                bootStrap:  { driver: gpio, chip: harness, line: {{line + 1}} }
                reset:      { driver: gpio, chip: harness, line: {{line + 2}} }
                button:     { driver: gpio, chip: harness, line: {{line + 3}} }
                relaySense: { driver: gpio, chip: harness, line: {{line + 4}} }
                pulses:     { driver: pwm, chip: harness-pwm, cf: {{channel}}, cf1Voltage: {{channel + 1}}, cf1Current: {{channel + 2}}, followsSel: true }
                rail:       { driver: ina219, bus: harness-i2c, address: 0x{{FirstAddress + index:x}} }
                ping:       { driver: udp-echo, address: "${virtual.{{name}}.echo}" }
                http: "${virtual.{{name}}.http}"
                mqtt: obk_{{name.Replace('-', '_')}}

            """;
        foreach (string part in slot.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(part => !row.Without.Contains(part.Trim().Split(':')[0])))
        {
            text.Append(part).Append('\n');
        }

        if (row.Console != "")
        {
            text.Append($"    console:    {{ driver: tty, path: \"{row.Console ?? $"${{virtual.{name}.tty}}"}\" }}\n");
        }

        foreach (string key in row.SlotKeys)
        {
            text.Append("    ").Append(key.Replace("{plug}", $"{index}", StringComparison.Ordinal)).Append('\n');
        }
    }
}
