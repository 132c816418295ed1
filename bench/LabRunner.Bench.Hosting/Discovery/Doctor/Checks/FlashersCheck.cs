using System.Text.RegularExpressions;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Bench.Hosting.Discovery.Doctor.Checks;

/// <summary>Flashing programs of others that slots of the inventory name.</summary>
internal sealed class FlashersCheck : IDoctorCheck
{
    public int Order => 13;

    public string Name => "flashers";

    public async Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        List<Finding> findings = [];
        foreach (IGrouping<string, FlasherNeed> tool in visit.Needs.Flashers.GroupBy(need => need.Flasher.Flasher))
        {
            findings.Add(await LookAsync(visit, tool.First().Flasher, string.Join(", ", tool.Select(need => need.Slot)), cancellationToken).ConfigureAwait(false));
        }

        return findings.Count > 0 ? findings : [new(Name, CheckState.NotApplicable, "no slot that was asked for is flashed by a program of others")];
    }

    private async Task<Finding> LookAsync(DoctorVisit visit, FlasherDefinition flasher, string slots, CancellationToken cancellationToken)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        string? program = flasher.Programs
            .SelectMany(name => Path.IsPathRooted(name) ? [name] : folders.Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(visit.Files.Exists);
        if (program is null)
        {
            return new(
                Name, CheckState.Wrong, $"{string.Join(" or ", flasher.Programs)} is missing, which flashes slot {slots} ({flasher.Title})", $"It is had at {flasher.Had}; put it into PATH");
        }

        if (flasher.Version is not { } version)
        {
            return new(Name, CheckState.Ok, $"{program} is there for slot {slots}");
        }

        ProgramAnswer? answer = await visit.Machine.RunAsync(program, version.Arguments, cancellationToken).ConfigureAwait(false);
        Match match = new Regex(version.Matches, ToolPattern.Options).Match($"{answer?.Output}\n{answer?.Error}");
        return match.Success
            ? new(Name, CheckState.Ok, $"{flasher.Flasher} {match.Groups["version"].Value} at {program} for slot {slots}")
            : new(
                Name, CheckState.Wrong, $"{program} does not say its version ({(answer is null ? "no answer in 10 s" : $"exit code {answer.ExitCode}")}), and flashes slot {slots}",
                $"Run it by hand: {program} {string.Join(' ', version.Arguments)}");
    }
}
