namespace LabRunner.Bench.Hosting.Discovery.Doctor.Checks;

/// <summary>The station as a service: its account's rights are what counts for it, not those of whoever asks.</summary>
internal sealed class StationCheck : IDoctorCheck
{
    private const string Unit = "labrunner-station";
    private const string Account = "labrunner";

    private static readonly (string Group, string What)[] Groups = [("dialout", "serial ports"), ("gpio", "GPIO and PWM"), ("i2c", "I2C"), ("video", "what the firmware tells of the supply")];

    public int Order => 31;

    public string Name => "station";

    public async Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        if (!new[] { "/usr/lib/systemd/system/", "/lib/systemd/system/", "/etc/systemd/system/" }.Any(folder => visit.Files.Exists($"{folder}{Unit}.service")))
        {
            return [new(Name, CheckState.NotApplicable, "no station is installed as a service; './lab install' does it")];
        }

        (string Group, string What)[] missing = [.. Groups.Where(g => Members(visit.Files, g.Group) is { } members && !members.Contains(Account))];
        if (missing.Length > 0)
        {
            return
            [
                new(
                    Name, CheckState.Warn, $"the account {Account} is not in {string.Join(", ", missing.Select(m => $"{m.Group} ({m.What})"))}",
                    $"sudo usermod -aG {string.Join(',', missing.Select(m => m.Group))} {Account}, then sudo systemctl restart {Unit}"),
            ];
        }

        ProgramAnswer? answer = await visit.Machine.RunAsync("systemctl", ["is-active", Unit], cancellationToken).ConfigureAwait(false);
        return answer?.Output.Trim() switch
        {
            null or "" => [new(Name, CheckState.NotApplicable, "systemd does not tell how the station is")],
            "active" => [new(Name, CheckState.Ok, "the station runs as a service")],
            var state => [new(Name, CheckState.Warn, $"the station is installed and '{state}'", $"sudo systemctl start {Unit}, and look at 'journalctl -u {Unit}'")],
        };
    }

    /// <summary>Members of a group; null: there is no such group.</summary>
    private static string[]? Members(MachineFiles files, string group) =>
        files.Lines("/etc/group").Select(line => line.Split(':')).FirstOrDefault(parts => parts.Length == 4 && parts[0] == group)?[3].Split(',');
}
