using System.CommandLine;
using System.Text.Json;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Discovery;
using LabRunner.Bench.Hosting.Discovery.Doctor;
using LabRunner.Bench.Inventory;

namespace LabRunner.Cli.Commands;

/// <summary><c>doctor</c>: what is wrong with this machine, and how to mend it.</summary>
internal sealed class DoctorVerb : IVerb
{
    private readonly Option<string?> _bench = new("--bench") { Description = "Also check what this inventory needs: a name of bench/inventory or a file." };
    private readonly Option<string> _runs = new("--runs") { Description = "Folder that runs will be written to.", DefaultValueFactory = _ => "runs" };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };

    public Command Build()
    {
        Command command = new(
            "doctor",
            "Say what is wrong with this machine for a bench, and how to mend it. Changes nothing. Exit code 0 when all that is needed works, 3 when not. "
            + "Example: ./lab doctor --bench my-lab")
        {
            _bench, _runs, _json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        BenchNeeds needs = parsed.GetValue(_bench) is { } bench ? Needs(bench) : BenchNeeds.None;
        IReadOnlyList<Finding> findings = await MachineDoctor.VisitAsync(
            new LinuxMachine(), needs, Path.GetFullPath(parsed.GetValue(_runs)!), cancellationToken).ConfigureAwait(false);
        ExitCode code = findings.Any(finding => finding.State == CheckState.Wrong) ? ExitCode.BenchFault : ExitCode.Pass;
        if (parsed.GetValue(_json))
        {
            var checks = findings.Select(finding => new { finding.Check, State = finding.StateText, finding.Found, finding.Remedy });
            Console.WriteLine(JsonSerializer.Serialize(new { needs.Bench, ExitCode = (int)code, Checks = checks }, JsonSerializerOptions.Web));
            return (int)code;
        }

        foreach (Finding finding in findings)
        {
            Console.WriteLine($"{finding.StateText,-14}  {finding.Check,-12}  {finding.Found}.{(finding.Remedy is { } remedy ? $" Remedy: {remedy}." : "")}");
        }

        int wrong = findings.Count(finding => finding.State == CheckState.Wrong);
        int warned = findings.Count(finding => finding.State == CheckState.Warn);
        Console.WriteLine(wrong > 0 ? $"{wrong} wrong, {Warnings(warned)}: {(needs.Bench is { } name ? $"bench '{name}'" : "a night")} cannot run well before the wrong ones are mended."
            : warned > 0 ? $"{Warnings(warned)}; nothing that is needed is wrong."
            : "Nothing is wrong.");
        return (int)code;
    }

    private static string Warnings(int count) => count == 1 ? "1 warning" : $"{count} warnings";

    private static BenchNeeds Needs(string nameOrPath)
    {
        BenchFolders folders = BenchFolders.Find();
        return BenchNeeds.Of(InventoryLoader.Load(folders.InventoryFile(nameOrPath), new DriverCatalogue(), null, folders.Boards));
    }
}
