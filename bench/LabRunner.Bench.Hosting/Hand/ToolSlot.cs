using LabRunner.Bench.Inventory;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Drivers.Flashing;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>A slot whose port a tool may have: held by nobody when it opens, and taken back from the tool at the end.</summary>
internal sealed class ToolSlot : IAsyncDisposable
{
    private static readonly TimeSpan PortLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly IFlashPlace _bench;
    private readonly FileStream _log;

    private ToolSlot(IFlashPlace bench, FlasherDefinition flasher, string program, string node, FileStream log)
    {
        (_bench, _log, Node) = (bench, log, node);
        SlotHardware slot = bench.Slot;
        Tool = new ToolFlasher(
            flasher, program, new ToolWiring(slot.Entry.Name, slot.Entry.Board.Description.Chip, node, slot.BootStrap, slot.Reset, slot.Power, bench.Clock), log, bench.SetTool);
    }

    public string Node { get; }

    public ToolFlasher Tool { get; }

    public string? Version { get; private set; }

    public static async Task<ToolSlot> OpenAsync(IFlashPlace bench, FlasherDefinition flasher, Action<string> say, CancellationToken cancellationToken)
    {
        SlotEntry entry = bench.Slot.Entry;
        bench.Interlocks.Demand(entry, SlotAction.Flash);
        string node = entry.Drivers.TryGetValue(Hardware.Catalogue.Contracts.Console, out DriverEntry? console) && console.Options is ConsoleOptions options
            ? ToolFlasher.Node($"slot {entry.Name}", options.Path)
            : throw new UsageException($"slot {entry.Name} has no console that is a tty of this machine: {flasher.Flasher} needs the path of one for {{port}}. A terminal server it cannot use: flash with --flasher {FlasherLoader.BuiltIn} where that knows the chip, or from the machine that has the adapter.");
        string program = ToolFlasher.Find(flasher, Environment.GetEnvironmentVariable("PATH"))
            ?? throw new BenchFaultException(
                FaultKind.Machine, flasher.Flasher, $"no {string.Join(" or ", flasher.Programs)} is in PATH", $"It is had at {flasher.Had}; ./lab doctor --bench checks it");

        // Nobody else has the port now, and the tool finds it free.
        await (await bench.Slot.Console!.OpenAsync(cancellationToken).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        FileStream log = new(Path.Combine(bench.Folder, "flash-tool.txt"), FileMode.Append, FileAccess.Write, FileShare.Read);
        ToolSlot slot = new(bench, flasher, program, node, log);
        try
        {
            slot.Tool.CheckWiring();
            slot.Version = await slot.Tool.VersionAsync(cancellationToken).ConfigureAwait(false);
            say($"{program}, version {slot.Version ?? "not told"}; all it says goes to {log.Name}.");
            return slot;
        }
        catch
        {
            await slot.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The port is this program's again: what a tool left behind must not talk into the proof.</summary>
    /// <exception cref="BenchFaultException">Somebody still holds it after 10 s.</exception>
    public async Task TakePortBackAsync(CancellationToken cancellationToken)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                ISerialPort port = await _bench.Slot.Console!.OpenAsync(cancellationToken).ConfigureAwait(false);
                await port.DisposeAsync().ConfigureAwait(false);
                return;
            }
            catch (BenchFaultException) when (TimeProvider.System.GetElapsedTime(began) < PortLimit)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();
}
