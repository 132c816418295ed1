using LabRunner.Bench.Api;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting;

/// <summary>A process's way to the bench, held for as long as suites run in it.</summary>
public interface IBenchLink : IAsyncDisposable
{
    /// <summary>The bench.</summary>
    IBenchApi Api { get; }

    /// <summary>The clock all processes of the run share.</summary>
    LabClock Clock { get; }

    /// <summary>The HTTP face of a slot's DUT, null where the slot has no address.</summary>
    IPlug? Plug(string slot);
}

/// <summary>Where suites get their bench from: the owner's socket in a night, a bench of their own under <c>dotnet test</c> or an IDE.</summary>
public static class BenchConnection
{
    /// <summary>Names the Unix socket of the bench's owner.</summary>
    public const string SocketVariable = "LABRUNNER_BENCH_SOCKET";

    /// <summary>Comma-separated slots of the run; all of the inventory where it is not set.</summary>
    public const string SlotsVariable = "LABRUNNER_SLOTS";

    /// <summary>
    /// Connects to the owner named by <see cref="SocketVariable"/>; where it is not set, opens the bench in this process from the
    /// test parameters <c>bench</c> (file or name), <c>plan</c> (file or name), <c>slots</c> (comma-separated) and <c>seed</c>.
    /// </summary>
    /// <param name="parameters">Test parameters by name; unused where there is an owner.</param>
    /// <param name="cancellationToken">Ends the attempt; what was opened is closed.</param>
    /// <exception cref="BenchFaultException">The owner does not answer, or a part of the bench cannot be opened.</exception>
    public static Task<IBenchLink> OpenAsync(IReadOnlyDictionary<string, string> parameters, CancellationToken cancellationToken) =>
        throw NotConnected();

    /// <summary>Slots that suites will run on, for discovery: reads <see cref="SlotsVariable"/> and the inventory, and touches no hardware.</summary>
    /// <param name="parameters">Test parameters by name (<c>bench</c>, <c>slots</c>).</param>
    /// <exception cref="BenchFaultException">The inventory cannot be read.</exception>
    public static IReadOnlyList<string> PlannedSlots(IReadOnlyDictionary<string, string> parameters) => throw NotConnected();

    private static BenchFaultException NotConnected() =>
        new(FaultKind.Process, "bench", "no bench is connected", "Start the suites from ./lab night");
}
