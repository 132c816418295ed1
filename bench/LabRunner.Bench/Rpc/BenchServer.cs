using System.Net.Sockets;
using System.Net.WebSockets;
using System.Reflection;
using System.Text.Json;
using LabRunner.Bench.Api;
using LabRunner.Hardware.Faults;
using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace LabRunner.Bench.Rpc;

/// <summary>
/// Serves an <see cref="IBenchApi"/> on a Unix socket that only this user can open. Suite hosts connect to it; what a connection
/// acquired and did not release is released when it ends. Thread safe.
/// </summary>
public sealed class BenchServer : IAsyncDisposable
{
    /// <summary>Environment variable with the socket's path, for suite hosts.</summary>
    public const string SocketVariable = "LABRUNNER_BENCH_SOCKET";

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly IBenchApi _bench;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly HashSet<JsonRpc> _connections = [];
    private readonly string _folder;
    private readonly Task _accepting;

    private BenchServer(IBenchApi bench, string folder)
    {
        _bench = bench;
        _folder = folder;
        Path = System.IO.Path.Combine(folder, "bench.sock");
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen(16);
        _accepting = AcceptAsync();
    }

    /// <summary>Path of the socket.</summary>
    public string Path { get; }

    /// <summary>Starts serving on a fresh socket in a private temporary folder (a run folder's path may be too long for a socket).</summary>
    public static BenchServer Start(IBenchApi bench) => new(bench, Directory.CreateTempSubdirectory("labrunner-").FullName);

    /// <summary>Serves one connection that somebody else has opened, until it ends or is told to end.</summary>
    /// <param name="bench">The bench.</param>
    /// <param name="far">What serves a program on another machine beside it; null: it is on this one.</param>
    /// <param name="socket">The connection; disposed at the end.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task ServeAsync(IBenchApi bench, FarOwner? far, WebSocket socket, CancellationToken cancellationToken)
    {
        IBenchApi target = ServedBench.Around(far?.Guarded ?? bench, out ServedBench served);

        // What nobody waits for any more is ended: a button is let go, a dip of the supply is over.
        using FaultTellingRpc rpc = new(RpcWire.Handler(far is null ? socket : new BoundedSocket(socket))) { CancelLocallyInvokedMethodsWhenConnectionIsClosed = true };
        rpc.AddLocalRpcTarget(target, null);
        if (far is not null)
        {
            rpc.AddLocalRpcTarget<IFarBench>(far, null);
        }

        rpc.StartListening();

        // How it ended is no matter: what it held is released.
        await rpc.Completion.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await served.ReleaseAllAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        JsonRpc[] open;
        lock (_gate)
        {
            open = [.. _connections];
        }

        foreach (JsonRpc connection in open)
        {
            connection.Dispose();
        }

        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                Serve(socket);
            }
            catch (Exception stopped) when (stopped is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private void Serve(Socket socket)
    {
        IBenchApi target = ServedBench.Around(_bench, out ServedBench served);
        FaultTellingRpc rpc = new(RpcWire.Handler(socket));
        rpc.AddLocalRpcTarget(target, null);
        lock (_gate)
        {
            _connections.Add(rpc);
        }

        rpc.Disconnected += (_, _) =>
        {
            lock (_gate)
            {
                _connections.Remove(rpc);
            }

            _ = served.ReleaseAllAsync();
        };
        rpc.StartListening();
    }

    /// <summary>One connection's view of the bench: remembers what it holds.</summary>
    private class ServedBench : ForwardingProxy<IBenchApi>
    {
        private readonly HashSet<string> _held = [];
        private bool _gone;

        public static IBenchApi Around(IBenchApi bench, out ServedBench served)
        {
            IBenchApi proxy = Create<IBenchApi, ServedBench>();
            served = (ServedBench)proxy;
            served.Target = bench;
            return proxy;
        }

        public async Task ReleaseAllAsync()
        {
            string[] held;
            lock (_held)
            {
                _gone = true;
                held = [.. _held];
                _held.Clear();
            }

            foreach (string token in held)
            {
                await Target.ReleaseAsync(token, CancellationToken.None).ConfigureAwait(false);
            }
        }

        protected override void Returned(MethodInfo method, object?[] arguments, object? result)
        {
            lock (_held)
            {
                if (method.Name == nameof(IBenchApi.AcquireAsync) && result is string token)
                {
                    // A client that died while it waited for the part must not keep it from the others.
                    _ = _gone ? Target.ReleaseAsync(token, CancellationToken.None) : Task.FromResult(_held.Add(token));
                }
                else if (method.Name == nameof(IBenchApi.ReleaseAsync) && arguments[0] is string released)
                {
                    _held.Remove(released);
                }
            }
        }
    }

    private sealed class FaultTellingRpc(IJsonRpcMessageHandler handler) : JsonRpc(handler)
    {
        protected override JsonRpcError.ErrorDetail CreateErrorDetails(JsonRpcRequest request, Exception exception) =>
            new()
            {
                Code = JsonRpcErrorCode.InvocationError,
                Message = exception.Message,
                Data = RpcFault.From(exception),
            };
    }
}

/// <summary>A failure as it crosses the socket.</summary>
internal sealed record RpcFault(string Type, FaultKind? Kind, string? Place, string? Problem, string? Remedy, string Message)
{
    public static RpcFault From(Exception failure) => failure is BenchFaultException fault
        ? new(nameof(BenchFaultException), fault.Kind, fault.Place, fault.Problem, fault.Remedy, fault.Message)
        : new(failure.GetType().Name, null, null, null, null, failure.Message);

    public Exception Rebuild(Exception cause) => Type switch
    {
        nameof(BenchFaultException) => new BenchFaultException(Kind!.Value, Place!, Problem!, Remedy!, cause),
        nameof(ArgumentException) => new ArgumentException(Message, cause),
        nameof(ArgumentOutOfRangeException) => new ArgumentOutOfRangeException(Message, cause),
        nameof(InvalidOperationException) => new InvalidOperationException(Message, cause),
        _ => cause,
    };
}

/// <summary>How messages are put on the socket, the same on both ends.</summary>
internal static class RpcWire
{
    public static IJsonRpcMessageHandler Handler(Socket socket)
    {
        NetworkStream stream = new(socket, ownsSocket: true);
        return new LengthHeaderMessageHandler(stream, stream, Formatter());
    }

    public static IJsonRpcMessageHandler Handler(WebSocket socket) => new WebSocketMessageHandler(socket, Formatter());

    private static SystemTextJsonFormatter Formatter() => new() { JsonSerializerOptions = new JsonSerializerOptions(JsonSerializerDefaults.Web) };
}
