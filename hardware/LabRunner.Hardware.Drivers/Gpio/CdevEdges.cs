using System.Runtime.InteropServices;
using LabRunner.Hardware.Drivers.Native;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>
/// The one thread that waits for the edges of all lines of a chip. It closes descriptors itself: closed by another thread while it polls
/// them, their numbers could be other files' a moment later.
/// </summary>
internal sealed unsafe class CdevEdges : IDisposable
{
    public const int EventsPerRead = 64;

    private readonly WakeEvent _wake = new();
    private readonly Lock _gate = new();
    private readonly List<(int Descriptor, TaskCompletionSource Closed)> _retired = [];
    private readonly string _name;
    private CdevLine[] _watched = [];
    private Thread? _thread;
    private volatile bool _stop;

    public CdevEdges(string name) => _name = name;

    /// <summary>The lines to wait for from now on; the thread starts with the first.</summary>
    public void Watch(CdevLine[] lines)
    {
        lock (_gate)
        {
            _watched = lines;
            if (_thread is null && lines.Length > 0)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "gpio " + _name };
                _thread.Start();
            }
        }

        _wake.Set();
    }

    /// <summary>
    /// Closes a line's descriptor and waits until it is, so that the line is free at once; a callback that closes its own line does not wait.
    /// The caller holds no lock that a callback could want.
    /// </summary>
    public void Close(int descriptor)
    {
        TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_thread is null || _stop)
            {
                _ = Libc.Close(descriptor);
                return;
            }

            _retired.Add((descriptor, closed));
        }

        _wake.Set();
        if (Thread.CurrentThread != _thread)
        {
            closed.Task.Wait();
        }
    }

    public void Dispose()
    {
        _stop = true;
        _wake.Set();
        _thread?.Join();
        lock (_gate)
        {
            CloseRetired();
        }

        _wake.Dispose();
    }

    private void Run()
    {
        byte* events = stackalloc byte[GpioUapi.EventSize * EventsPerRead];
        while (!_stop)
        {
            _wake.Clear();
            CdevLine[] watched = Watched();
            Libc.PollEntry[] entries =
            [
                new() { Descriptor = _wake.Descriptor, Events = Libc.PollIn },
                .. watched.Select(line => new Libc.PollEntry { Descriptor = line.Descriptor, Events = Libc.PollIn }),
            ];
            while (!_stop && entries[0].Returned == 0)
            {
                fixed (Libc.PollEntry* set = entries)
                {
                    if (Libc.Poll(set, (nuint)entries.Length, -1) < 0)
                    {
                        if (Marshal.GetLastPInvokeError() == Libc.EINTR)
                        {
                            continue;
                        }

                        return;
                    }
                }

                for (int i = 0; i < watched.Length; i++)
                {
                    if ((entries[i + 1].Returned & Libc.PollIn) != 0)
                    {
                        nint count = Libc.Read(entries[i + 1].Descriptor, events, GpioUapi.EventSize * EventsPerRead);
                        watched[i].Deliver(new ReadOnlySpan<byte>(events, (int)Math.Max(0, count)));
                    }
                    else if (entries[i + 1].Returned != 0)
                    {
                        // The chip is gone (a USB expander was pulled): a read of the line tells it to whoever uses it.
                        entries[i + 1].Descriptor = -1;
                    }
                }
            }
        }
    }

    private CdevLine[] Watched()
    {
        lock (_gate)
        {
            CloseRetired();
            return _watched;
        }
    }

    private void CloseRetired()
    {
        foreach ((int descriptor, TaskCompletionSource closed) in _retired)
        {
            _ = Libc.Close(descriptor);
            closed.SetResult();
        }

        _retired.Clear();
    }
}
