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
    private readonly JsonRpc _rpc;
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private BenchClient(JsonRpc rpc, IBenchApi api)
    {
        _rpc = rpc;
        Api = api;
        rpc.Disconnected += (_, ended) =>
        {
            if (ended.Reason != DisconnectedReason.LocallyDisposed)
            {
                _gone.TrySetResult();
            }
        };
    }

    /// <summary>The bench.</summary>
    public IBenchApi Api { get; }

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

        return Start(RpcWire.Handler(socket));
    }

    /// <summary>The bench over a connection that is open.</summary>
    /// <param name="socket">The connection; disposed with the client.</param>
    public static BenchClient Over(WebSocket socket) => Start(RpcWire.Handler(socket));

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _rpc.Dispose();
        return ValueTask.CompletedTask;
    }

    private static BenchClient Start(IJsonRpcMessageHandler handler)
    {
        FaultReadingRpc rpc = new(handler);
        IBenchApi remote = rpc.Attach<IBenchApi>();
        rpc.StartListening();
        return new BenchClient(rpc, RemoteBench.Around(remote));
    }

    private class RemoteBench : ForwardingProxy<IBenchApi>
    {
        public static IBenchApi Around(IBenchApi remote)
        {
            IBenchApi proxy = Create<IBenchApi, RemoteBench>();
            ((RemoteBench)proxy).Target = remote;
            return proxy;
        }

        protected override Exception Failed(Exception failure) => failure switch
        {
            RemoteInvocationException { DeserializedErrorData: RpcFault told } remote => told.Rebuild(remote),
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
