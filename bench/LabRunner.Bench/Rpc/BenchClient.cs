using System.Net.Sockets;
using System.Net.WebSockets;
using LabRunner.Bench.Api;
using LabRunner.Hardware.Faults;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace LabRunner.Bench.Rpc;

/// <summary>The bench over its owner's socket. Failures of the owner come back as the exceptions they were.</summary>
public sealed class BenchClient : IAsyncDisposable
{
    private static readonly TimeSpan GoodbyeLimit = TimeSpan.FromSeconds(5);

    private readonly JsonRpc _rpc;
    private readonly WebSocket? _socket;
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _leaving;

    private BenchClient(JsonRpc rpc, IBenchApi api, IFarBench far, WebSocket? socket)
    {
        (_rpc, Api, Far, _socket) = (rpc, api, far, socket);
        rpc.Disconnected += (_, ended) =>
        {
            if (ended.Reason != DisconnectedReason.LocallyDisposed && !_leaving)
            {
                _gone.TrySetResult();
            }
        };
    }

    /// <summary>The bench.</summary>
    public IBenchApi Api { get; }

    /// <summary>What the owner has for a program on another machine; on its own it serves none of it.</summary>
    public IFarBench Far { get; }

    /// <summary>Ends when the connection ended and this side did not end it.</summary>
    public Task Gone => _gone.Task;

    /// <summary>Connects.</summary>
    /// <param name="path">Socket path, from <see cref="BenchServer.SocketVariable"/>.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="BenchFaultException">Nobody listens there.</exception>
    public static async Task<BenchClient> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            throw new BenchFaultException(
                FaultKind.Process, path, "no bench owner listens on this socket", "Start the run again with ./lab night", refused);
        }

        return Start(RpcWire.Handler(socket), null, null);
    }

    /// <summary>The bench over a connection that is open.</summary>
    /// <param name="socket">The connection; disposed with the client.</param>
    /// <param name="station">What the station is called that has it, where it is on another machine.</param>
    public static BenchClient Over(WebSocket socket, string? station) => Start(RpcWire.Handler(socket), socket, station);

    /// <summary>Leaves the bench, and says so: an owner that hears nothing takes it that this side died.</summary>
    public async ValueTask DisposeAsync()
    {
        _leaving = true;
        if (_socket is not null)
        {
            using CancellationTokenSource limit = new(GoodbyeLimit, TimeProvider.System);
            try
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", limit.Token).ConfigureAwait(false);
                await _rpc.Completion.WaitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception gone) when (gone is WebSocketException or InvalidOperationException or OperationCanceledException or IOException)
            {
                // It has ended already, or in the middle of a word.
            }
        }

        _rpc.Dispose();
    }

    private static BenchClient Start(IJsonRpcMessageHandler handler, WebSocket? socket, string? station)
    {
        FaultReadingRpc rpc = new(handler);
        (IBenchApi bench, IFarBench far) = (Remote<IBenchApi>.Around(rpc.Attach<IBenchApi>(), station), Remote<IFarBench>.Around(rpc.Attach<IFarBench>(), station));
        rpc.StartListening();
        return new BenchClient(rpc, bench, far, socket);
    }

    private class Remote<T> : ForwardingProxy<T>
        where T : class
    {
        private string? _station;

        public static T Around(T remote, string? station)
        {
            T proxy = Create<T, Remote<T>>();
            Remote<T> self = (Remote<T>)(object)proxy;
            (self.Target, self._station) = (remote, station);
            return proxy;
        }

        protected override Exception Failed(Exception failure) => failure switch
        {
            RemoteInvocationException { DeserializedErrorData: RpcFault told } remote => told.Rebuild(remote),
            ConnectionLostException lost when _station is { } station => new BenchFaultException(
                FaultKind.Process, station, "the connection ended while it lent the bench", "Look at its log and at the network between; it makes its outputs safe where a connection ends", lost),
            ConnectionLostException lost => new BenchFaultException(
                FaultKind.Process, "bench owner", "the connection to the process that owns the bench ended", "Look at the end of its log; outputs were made safe by its guard", lost),
            _ => failure,
        };
    }

    private sealed class FaultReadingRpc(IJsonRpcMessageHandler handler) : JsonRpc(handler)
    {
        protected override Type? GetErrorDetailsDataType(JsonRpcError error) => typeof(RpcFault);
    }
}
