using System.Net.Sockets;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>Accepts clients on the harness's Unix socket. Thread safe.</summary>
internal sealed class HarnessServer : IAsyncDisposable
{
    private readonly HarnessBoard _board;
    private readonly Action<Action> _post;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _sessions = [];
    private readonly Task _accepting;
    private long _idleSince = TimeProvider.System.GetTimestamp();

    /// <param name="path">Socket path; it must not exist.</param>
    /// <param name="board">State, touched through <paramref name="post"/> only.</param>
    /// <param name="post">Runs an action on the engine's thread.</param>
    /// <exception cref="SocketException">The path cannot be bound.</exception>
    public HarnessServer(string path, HarnessBoard board, Action<Action> post)
    {
        _board = board;
        _post = post;
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(64);
        _accepting = AcceptAsync();
    }

    /// <summary>Machine time for which nobody has been connected; zero while somebody is.</summary>
    public TimeSpan Idle
    {
        get
        {
            lock (_gate)
            {
                return _sessions.Count > 0 ? TimeSpan.Zero : TimeProvider.System.GetElapsedTime(_idleSince);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] sessions;
        lock (_gate)
        {
            sessions = [.. _sessions];
        }

        await Task.WhenAll(sessions).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                HarnessSession session = new(socket, _board, _post);
                lock (_gate)
                {
                    Task running = session.RunAsync(_stop.Token);
                    _sessions.Add(running);
                    _ = running.ContinueWith(Left, TaskScheduler.Default);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (_stop.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }

    private void Left(Task session)
    {
        lock (_gate)
        {
            _sessions.Remove(session);
            _idleSince = TimeProvider.System.GetTimestamp();
        }
    }
}
