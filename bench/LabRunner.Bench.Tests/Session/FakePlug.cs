using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Session;

/// <summary>A plug in memory: boots when powered, beats, answers, and freezes or resets when told to.</summary>
internal sealed class FakePlug(LabClock clock) : IPowerSwitch, IEchoProbe, IPlug, IButton, IRelaySense
{
    public TimeSpan Resolution => TimeSpan.Zero;

    private readonly Lock _gate = new();
    private CancellationTokenSource? _life;
    private TimeSpan _bootedAt;
    private TcpListener? _listener;

    // Bound all along: while nobody listens, another connection of the machine might get it.
    private readonly Socket _port = Bound();
    private volatile bool _serving;
    private volatile bool _closed;
    private string _reason = "BL_RST_POWER_OFF";

    public event Action<ContactEdge>? Edge;

    public FakeConsole Console { get; } = new();

    /// <summary>What a boot says first.</summary>
    public string Banner { get; set; } = "Starting bl602 now....\r\nBooting BL602 Chip...\r\n";

    public bool NetworkFrozen { get; private set; }

    public volatile bool Pushed;

    public PowerState State { get; private set; } = PowerState.Off;

    /// <summary>A real port, so that the TCP observer has something to knock at.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_port.LocalEndPoint!).Port}/");

    /// <summary>The network stack stops; the heartbeat goes on.</summary>
    public void FreezeNetwork()
    {
        NetworkFrozen = true;
        Deafen();
    }

    /// <summary>The network stack goes on.</summary>
    public void ThawNetwork()
    {
        NetworkFrozen = false;
        Listen();
    }

    /// <summary>What was switched and asked, in order.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Log { get; } = [];

    /// <summary>Thrown when the supply is switched on.</summary>
    public Exception? OnFails { get; set; }

    /// <summary>Thrown when the supply is switched off; the supply stays as it is.</summary>
    public Exception? OffFails { get; set; }

    /// <summary>Its flash holds nothing that boots.</summary>
    public bool Bricked { get; set; }

    /// <summary>What it says its MAC is.</summary>
    public string Mac { get; set; } = "00";

    /// <summary>HTTP takes questions and never answers.</summary>
    public bool Mute { get; set; }

    public Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
    {
        Log.Enqueue(state == PowerState.On ? "on" : "off");
        if (state == PowerState.On && OnFails is { } failure)
        {
            return Task.FromException(failure);
        }

        if (state == PowerState.Off && OffFails is { } stuck)
        {
            return Task.FromException(stuck);
        }

        State = state;
        Stop();
        if (state == PowerState.On && !Bricked)
        {
            _reason = "BL_RST_POWER_OFF";
            Start();
        }

        return Task.CompletedTask;
    }

    public Task<PowerState> ReadStateAsync(CancellationToken cancellationToken) => Task.FromResult(State);

    /// <summary>The watchdog bites after 3 s of silence.</summary>
    public Task HangAsync() => ResetAfterAsync(TimeSpan.FromSeconds(3));

    /// <summary>It resets after a time of silence.</summary>
    public async Task ResetAfterAsync(TimeSpan silence)
    {
        Stop();
        await Task.Delay(silence, clock);
        _reason = "BL_RST_SOFTWARE_WATCHDOG";
        Start();
    }

    public Task<TimeSpan?> EchoAsync(TimeSpan limit, CancellationToken cancellationToken) =>
        Task.FromResult<TimeSpan?>(_serving && !NetworkFrozen ? TimeSpan.FromMilliseconds(3) : null);

    public async Task<PlugInfo> GetInfoAsync(CancellationToken cancellationToken)
    {
        Log.Enqueue("info");
        if (Mute)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellationToken);
        }

        return await Answer(() => new PlugInfo(
            (long)(clock.Elapsed - _bootedAt).TotalSeconds, "Built on x version 1", "127.0.0.1", Mac, "", "obk", "BL602", "fake", ""));
    }

    public Task<PlugPageState> GetPageStateAsync(CancellationToken cancellationToken) => Answer(() => new PlugPageState(
        "<b>", _closed, null, null, null, null, _reason, 1, 0, 1, -50, null, false, null));

    public Task<(int Status, string Body)> GetAsync(string path, CancellationToken cancellationToken) => Answer(() => (200, "<html></html>"));

    public Task<ButtonEdge> SetAsync(bool pressed, CancellationToken cancellationToken)
    {
        Pushed = pressed;
        if (!pressed && _serving)
        {
            _closed = !_closed;
            Edge?.Invoke(new ContactEdge(clock.Elapsed, _closed));
        }

        return Task.FromResult(new ButtonEdge(clock.Elapsed, pressed, TimeSpan.Zero));
    }

    Task<bool?> IButton.ReadAsync(CancellationToken cancellationToken) => Task.FromResult<bool?>(Pushed);

    /// <summary>Thrown when the contact is looked at.</summary>
    public Exception? SenseFails { get; set; }

    Task<bool> IRelaySense.ReadAsync(CancellationToken cancellationToken) => SenseFails is { } blind ? Task.FromException<bool>(blind) : Task.FromResult(_closed);

    public Task<CommandReply> CommandAsync(string line, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<PlugStatus> GetStatusAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<PlugPins> GetPinsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task SetPinsAsync(PlugPins pins, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RebootAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<OtaUploadReply> UploadOtaAsync(ReadOnlyMemory<byte> image, OtaSending sending, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync()
    {
        Stop();
        return ValueTask.CompletedTask;
    }

    private Task<T> Answer<T>(Func<T> answer) =>
        _serving && !NetworkFrozen ? Task.FromResult(answer()) : Task.FromException<T>(new PlugUnreachableException("no answer"));

    private void Stop()
    {
        lock (_gate)
        {
            _life?.Cancel();
            (_life, _serving) = (null, false);
        }

        Deafen();
    }

    private static Socket Bound()
    {
        Socket port = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        port.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        port.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return port;
    }

    private void Listen()
    {
        lock (_gate)
        {
            _listener ??= new TcpListener(IPAddress.Loopback, Address.Port);
            _listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            _listener.Start();
        }
    }

    private void Deafen()
    {
        lock (_gate)
        {
            _listener?.Dispose();
            _listener = null;
        }
    }

    private void Start()
    {
        lock (_gate)
        {
            NetworkFrozen = false;
            _bootedAt = clock.Elapsed;
            _life = new CancellationTokenSource();
            _ = LiveAsync(_life.Token);
        }
    }

    private async Task LiveAsync(CancellationToken token)
    {
        try
        {
            await Console.SayAsync(Banner);
            for (int uptime = 0; ; uptime++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), clock, token);
                if (!_serving)
                {
                    _serving = true;
                    Listen();
                }

                await Console.SayAsync($"Info:MAIN:Time {uptime}, idle 0/s, free 100000, MQTT 0(0), bWifi 1, secondsWithNoPing -1, socks 2/21 \r\n");
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
