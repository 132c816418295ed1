using System.Globalization;
using System.Net.Sockets;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Hosting;

/// <summary>
/// What must be there before a night starts: later, a lost console or broker is survived and noted, but a night that begins without one
/// the inventory names would be blind all along.
/// </summary>
internal static class Preflight
{
    private static readonly TimeSpan BrokerLimit = TimeSpan.FromSeconds(5);

    /// <summary>Opens every console once and connects to the broker.</summary>
    /// <exception cref="BenchFaultException">One of them is not to be had.</exception>
    public static async Task CheckAsync(BenchInventory inventory, IReadOnlyList<SlotHardware> slots, CancellationToken cancellationToken)
    {
        foreach (IConsolePort console in slots.Select(s => s.Console).OfType<IConsolePort>())
        {
            ISerialPort port = await console.OpenAsync(cancellationToken).ConfigureAwait(false);
            await port.DisposeAsync().ConfigureAwait(false);
        }

        if (inventory.Mqtt is { } broker)
        {
            await ReachAsync(broker, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task ReachAsync(MqttSection broker, CancellationToken cancellationToken)
    {
        // Machine time: the broker is a real server on a real network, whatever the time scale.
        using CancellationTokenSource limit = new(BrokerLimit, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using TcpClient client = new();
        try
        {
            await client.ConnectAsync(broker.Host, broker.Port, either.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is SocketException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new BenchFaultException(
                FaultKind.Network,
                string.Create(CultureInfo.InvariantCulture, $"MQTT broker {broker.Host}:{broker.Port}"),
                $"nothing answers there ({(failure as SocketException)?.SocketErrorCode.ToString() ?? "no answer in 5 s"})",
                "Start the broker, or correct mqtt.broker in the inventory", failure);
        }
    }
}
