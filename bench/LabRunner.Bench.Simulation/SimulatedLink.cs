using System.Net.Sockets;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Bench.Simulation;

/// <summary>A TCP connection to a plug without a network: what is lost in the air arrives later, what a dead plug would send never does.</summary>
internal sealed class SimulatedLink(SimulatedPlug plug, LabClock clock) : IPlugLink, IConnectionOutside
{
    // Linux sends again after 200 ms at the earliest.
    private static readonly TimeSpan SendAgain = TimeSpan.FromMilliseconds(250);

    private readonly Queue<ReadOnlyMemory<byte>> _arrived = new();
    private Signal? _waiting;
    private TimeSpan _clear;
    private bool _closed;
    private bool _reset;
    private bool _gone;

    /// <summary>The firmware's end.</summary>
    public IPlugConnection? Server { get; set; }

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        byte[] copy = bytes.ToArray();
        Arrive(() => Server?.Received(copy));
        return ValueTask.CompletedTask;
    }

    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_arrived.TryDequeue(out ReadOnlyMemory<byte> part))
            {
                int count = Math.Min(part.Length, buffer.Length);
                part[..count].CopyTo(buffer);
                if (count < part.Length)
                {
                    ReadOnlyMemory<byte>[] rest = [part[count..], .. _arrived];
                    _arrived.Clear();
                    Array.ForEach(rest, _arrived.Enqueue);
                }

                return count;
            }

            if (_closed)
            {
                return _reset ? throw new SocketException((int)SocketError.ConnectionReset) : 0;
            }

            _waiting = new Signal(clock);
            using CancellationTokenRegistration end = cancellationToken.UnsafeRegister(static s => ((Signal)s!).End(), _waiting);
            await _waiting.Task.ConfigureAwait(false);
        }
    }

    public void Send(ReadOnlyMemory<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        Arrive(() =>
        {
            _arrived.Enqueue(copy);
            _waiting?.Give();
        });
    }

    // Nobody vanishes here without a word to the firmware.
    public void WhenAcknowledged(int allBut, Action then) => then();

    public void Close(bool reset) => Arrive(() =>
    {
        (_closed, _reset) = (true, reset);
        _waiting?.Give();
    });

    public void Consumed(int bytes)
    {
        // Nothing here sends more than one segment at a time.
    }

    public void Dispose()
    {
        if (!_gone)
        {
            _gone = true;
            Server?.PeerClosed();
        }
    }

    // In order, each packet as late as the radio makes it.
    private void Arrive(Action action)
    {
        TimeSpan delay = plug.Radio.Flight;
        for (TimeSpan again = SendAgain; plug.Radio.Loses() && delay < TimeSpan.FromSeconds(20); again *= 2)
        {
            delay += again;
        }

        TimeSpan due = clock.Elapsed + delay;
        _clear = due > _clear ? due : _clear;
        clock.Events!.Schedule(_clear, () =>
        {
            if (plug.Model.Reachable && !_gone)
            {
                action();
            }
        });
    }
}
