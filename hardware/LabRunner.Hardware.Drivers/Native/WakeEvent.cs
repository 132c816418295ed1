namespace LabRunner.Hardware.Drivers.Native;

/// <summary>An eventfd: lets another thread end a poll(2). Thread safe.</summary>
internal sealed unsafe class WakeEvent : IDisposable
{
    private readonly Lock _gate = new();
    private bool _closed;

    public WakeEvent()
    {
        Descriptor = Libc.EventDescriptor(0, Libc.NonBlocking | Libc.CloseOnExec);
        if (Descriptor < 0)
        {
            throw Libc.Error("eventfd");
        }
    }

    /// <summary>For the poll set.</summary>
    public int Descriptor { get; }

    /// <summary>Ends the poll; does nothing after disposal.</summary>
    public void Set()
    {
        ulong one = 1;
        lock (_gate)
        {
            if (!_closed)
            {
                _ = Libc.Write(Descriptor, &one, sizeof(ulong));
            }
        }
    }

    /// <summary>Makes the descriptor wait again.</summary>
    public void Clear()
    {
        ulong count;
        _ = Libc.Read(Descriptor, &count, sizeof(ulong));
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _closed = true;
                _ = Libc.Close(Descriptor);
            }
        }
    }
}
