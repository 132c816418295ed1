using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace LabRunner.Hardware.Drivers.Native;

/// <summary>A tty that <see cref="TtyLoop"/> serves. All calls come from the loop's thread.</summary>
internal interface IPolledTty
{
    /// <summary>Descriptor to poll, open until <see cref="Left"/>.</summary>
    int Descriptor { get; }

    /// <summary>What to wait for now; 0: only for the end of the port.</summary>
    short Wanted { get; }

    /// <summary>Something happened.</summary>
    /// <returns>False: the port is gone and wants no more calls but <see cref="Left"/>.</returns>
    bool Serve(short happened);

    /// <summary>The loop no longer uses the descriptor.</summary>
    void Left();
}

/// <summary>
/// One thread that waits in poll(2) for all open ttys of the process: an idle port costs nothing, and many ports cost one thread. It only moves
/// bytes between the kernel and pipes; whoever reads those runs elsewhere. Thread safe.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Lives as long as the process.")]
internal sealed unsafe class TtyLoop
{
    private readonly Lock _gate = new();
    private readonly WakeEvent _wake = new();
    private readonly List<IPolledTty> _ports = [];
    private readonly List<IPolledTty> _leaving = [];
    private IPolledTty[] _served = [];
    private Libc.PollEntry[] _entries = new Libc.PollEntry[1];
    private Thread? _thread;
    private bool _changed;

    /// <summary>The loop of this process.</summary>
    public static TtyLoop Shared { get; } = new();

    /// <summary>Serves a port from now on.</summary>
    public void Add(IPolledTty port)
    {
        lock (_gate)
        {
            _ports.Add(port);
            _changed = true;
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "ttys" };
                _thread.Start();
            }
        }

        _wake.Set();
    }

    /// <summary>Serves a port no longer; its <see cref="IPolledTty.Left"/> follows. Does nothing for a port that left already.</summary>
    public void Remove(IPolledTty port)
    {
        bool served;
        lock (_gate)
        {
            served = _ports.Remove(port);
            if (served)
            {
                _leaving.Add(port);
                _changed = true;
            }
        }

        if (served)
        {
            _wake.Set();
        }
    }

    /// <summary>A port wants something else than before.</summary>
    public void Reconsider() => _wake.Set();

    private void Run()
    {
        while (true)
        {
            TakeChanges();
            IPolledTty[] served = _served;
            Libc.PollEntry[] entries = _entries;
            entries[0] = new() { Descriptor = _wake.Descriptor, Events = Libc.PollIn };
            for (int i = 0; i < served.Length; i++)
            {
                entries[i + 1] = new() { Descriptor = served[i].Descriptor, Events = served[i].Wanted };
            }

            fixed (Libc.PollEntry* set = entries)
            {
                if (Libc.Poll(set, (nuint)served.Length + 1, -1) < 0)
                {
                    if (Marshal.GetLastPInvokeError() == Libc.EINTR)
                    {
                        continue;
                    }

                    throw Libc.Error("poll");
                }
            }

            if (entries[0].Returned != 0)
            {
                _wake.Clear();
            }

            for (int i = 0; i < served.Length; i++)
            {
                if (entries[i + 1].Returned != 0 && !served[i].Serve(entries[i + 1].Returned))
                {
                    Remove(served[i]);
                }
            }
        }
    }

    private void TakeChanges()
    {
        IPolledTty[] left;
        lock (_gate)
        {
            if (!_changed)
            {
                return;
            }

            _changed = false;
            left = [.. _leaving];
            _leaving.Clear();
            _served = [.. _ports];
            _entries = new Libc.PollEntry[_served.Length + 1];
        }

        foreach (IPolledTty port in left)
        {
            port.Left();
        }
    }
}
