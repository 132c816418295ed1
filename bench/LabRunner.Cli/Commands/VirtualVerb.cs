using System.CommandLine;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Hardware.Time;

namespace LabRunner.Cli.Commands;

/// <summary><c>virtual</c>: runs the virtual plugs alone and prints where they are.</summary>
internal sealed class VirtualVerb : IVerb
{
    private readonly Option<string> _bench = new("--bench") { Description = "Inventory with a virtual section.", DefaultValueFactory = _ => "virtual" };
    private readonly Option<long> _seed = new("--seed") { Description = "Seed of all randomness.", DefaultValueFactory = _ => 1 };
    private readonly Option<double> _scale = new("--time-scale") { Description = "Plug seconds per second, 0.01 to 100.", DefaultValueFactory = _ => 1 };

    public Command Build()
    {
        Command command = new("virtual", "Run the virtual bench alone, print its addresses as JSON, end it with Ctrl-C. Example: ./lab virtual --time-scale 10") { _bench, _seed, _scale };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        BenchFiles files = BenchFiles.Load(new BenchOwnerOptions { Bench = parsed.GetValue(_bench)!, TimeScale = parsed.GetValue(_scale) });
        if (files.Inventory.Virtual is null)
        {
            throw new UsageException($"--bench: '{files.Inventory.Name}' has no virtual section. Name one that has, such as virtual.");
        }

        LabClock clock = LabClock.Start(files.TimeScale);
        await using VirtualBench bench = await VirtualBench.StartAsync(files.Inventory, clock, parsed.GetValue(_seed), cancellationToken).ConfigureAwait(false);
        using IDisposable held = bench.StayConnected();
        Console.WriteLine(bench.ToJson());
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
}
