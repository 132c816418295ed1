using System.CommandLine;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Hardware.Time;

namespace LabRunner.Cli.Commands;

/// <summary><c>virtual</c>: runs the virtual plugs alone and prints where they are.</summary>
internal sealed class VirtualVerb : IVerb
{
    private readonly Option<string> _bench = new("--bench") { Description = "Inventory with a virtual section.", DefaultValueFactory = _ => "virtual" };
    private readonly Option<long> _seed = new("--seed") { Description = "Seed of all randomness.", DefaultValueFactory = _ => 1 };
    private readonly Option<double> _scale = new("--time-scale") { Description = "Plug seconds per second, 0.01 to 100.", DefaultValueFactory = _ => 1 };

    private readonly Option<bool> _faults = new("--faults") { Description = "List the failure modes F01 to F64 and how a virtual plug shows each, then end." };
    private readonly Option<bool> _json = new("--json") { Description = "With --faults: print JSON." };
    private readonly Option<string> _on = new("--on") { Description = "Slots, separated by commas, whose firmware is to run; the others have no power.", DefaultValueFactory = _ => "" };
    private readonly Option<string> _boot = new("--boot") { Description = "Slots, separated by commas, that are to wait in the boot ROM behind their tty, for any flasher.", DefaultValueFactory = _ => "" };

    public Command Build()
    {
        Command command = new("virtual", "Run the virtual bench alone, print its addresses as JSON, end it with Ctrl-C. Example: ./lab virtual --on p1 --boot p2 --time-scale 4") { _bench, _seed, _scale, _on, _boot, _faults, _json };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_faults))
        {
            List(parsed.GetValue(_json));
            return (int)ExitCode.Pass;
        }

        BenchFiles files = BenchFiles.Load(new BenchOwnerOptions { Bench = parsed.GetValue(_bench)!, TimeScale = parsed.GetValue(_scale) });
        if (files.Inventory.Virtual is null)
        {
            throw new UsageException($"--bench: '{files.Inventory.Name}' has no virtual section. Name one that has, such as virtual.");
        }

        LabClock clock = LabClock.Start(files.TimeScale);
        await using VirtualBench bench = await VirtualBench.StartAsync(files.Inventory, clock, parsed.GetValue(_seed), cancellationToken).ConfigureAwait(false);
        await using VirtualSlots slots = await VirtualSlots.SwitchOnAsync(files, bench, clock, Names(parsed.GetValue(_on)), Names(parsed.GetValue(_boot)), cancellationToken).ConfigureAwait(false);
        using IDisposable held = bench.StayConnected();
        Console.WriteLine(bench.ToJson());
        await Console.Error.WriteLineAsync("The virtual plugs run until Ctrl-C; ./lab press p1 --attach uses them from another terminal.").ConfigureAwait(false);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is how this verb ends.
        }

        return (int)ExitCode.Pass;
    }

    private static void List(bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(VirtualModes.All, JsonSerializerOptions.Web));
            return;
        }

        foreach (VirtualMode mode in VirtualModes.All)
        {
            Console.WriteLine($"{mode.Id}  {mode.Layer,-8}  {mode.Shown,-9}  {mode.What}");
            foreach ((string name, string meaning) in mode.Parameters)
            {
                Console.WriteLine($"       {name}: {meaning}");
            }
        }
    }

    private static string[] Names(string? text) => (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
