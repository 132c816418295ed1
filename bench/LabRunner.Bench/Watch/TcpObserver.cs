using System.Net.Sockets;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Bench.Watch;

/// <summary>T: TCP connect to the web port, closed at once. Dead when 3 in a row fail.</summary>
internal sealed class TcpObserver(IWatchedSlot slot, string host, int port, DialPlug? dial, TimeSpan every)
    : ProbeObserver(ObserverKeys.Tcp, slot, every, ConnectLimit, bad: 3, window: 3)
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    protected override async Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource timer = new(Limit, Slot.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            if (dial is not null)
            {
                using IPlugLink link = await dial(either.Token).ConfigureAwait(false);
                return new ProbeResult(true, null);
            }

            using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(host, port, either.Token).ConfigureAwait(false);
            return new ProbeResult(true, null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ProbeResult(false, "connect timed out");
        }
    }
}
