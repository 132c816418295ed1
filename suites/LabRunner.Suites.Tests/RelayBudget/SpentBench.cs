using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using LabRunner.Bench.Api;
using LabRunner.Hardware.Network;

namespace LabRunner.Suites.Tests.RelayBudget;

/// <summary>A bench whose one slot has every part, an open relay, and no closing of it left in this night. It writes down what it is asked to do.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives from it at run time.")]
internal class SpentBench : DispatchProxy
{
    public const string Slot = "p1";
    private const int Budget = 3;

    private static readonly string[] Parts =
    [
        "power", "bootStrap", "reset", "button", "console", "relaySense", "pulses", "rail", "ping", "http", "mqtt", "network", "supplyDip", "chromium",
    ];

    private readonly ConcurrentQueue<string> _asked = new();
    private string _http = "";
    private PlannedSuite[] _suites = [];
    private long _ids;

    /// <summary>A bench that asks these suites of a plug at this address.</summary>
    public static IBenchApi Around(string http, PlannedSuite[] suites, out ConcurrentQueue<string> asked)
    {
        IBenchApi bench = Create<IBenchApi, SpentBench>();
        SpentBench self = (SpentBench)bench;
        (self._http, self._suites, asked) = (http, suites, self._asked);
        return bench;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        string name = targetMethod!.Name;
        _asked.Enqueue($"{name} {string.Join(' ', args!.Where(a => a is not CancellationToken).Select(a => Convert.ToString(a, CultureInfo.InvariantCulture)))}");
        if (targetMethod.ReturnType == typeof(Task))
        {
            return Task.CompletedTask;
        }

        Type type = targetMethod.ReturnType.GetGenericArguments()[0];
        object? answer = name switch
        {
            nameof(IBenchApi.DescribeAsync) => Description(),
            nameof(IBenchApi.GetStatusAsync) or nameof(IBenchApi.WaitReadyAsync) => new SlotStatus(Slot, TimeSpan.Zero, true, 1000, 100_000, false, null, false, null, []) { RelayOperations = Budget },
            nameof(IBenchApi.GatherAsync) => new Gathered([Slot], TimeSpan.Zero),
            _ when type == typeof(long) => Interlocked.Increment(ref _ids),
            _ when type == typeof(string) => "held",
            _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) => Array.CreateInstance(type.GetGenericArguments()[0], 0),
            _ when type.IsValueType => Activator.CreateInstance(type),
            _ => null,
        };
        return typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(type).Invoke(null, [answer]);
    }

    private BenchDescription Description()
    {
        BoardDescription board = new("board", "Board", "BL602", new Dictionary<string, string> { ["2"] = "Rel;1" }, 17, 2, 0.1325, 0.01186, 1.5);
        return new BenchDescription(
            "spent", "relay-budget", 1, Path.GetTempPath(), [new SlotDescription(Slot, board, Parts, _http, "obk_p1", false, TimeSpan.FromMilliseconds(1))], _suites,
            new Dictionary<string, FirmwareDescription>(), TimeSpan.FromSeconds(30))
        {
            NetworkEffects = Enum.GetValues<NetworkEffect>(),
            RelayBudget = Budget,
        };
    }
}
