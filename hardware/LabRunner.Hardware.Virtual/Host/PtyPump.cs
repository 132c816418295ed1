using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>One thread that reads what runners write to any of the PTYs.</summary>
internal sealed unsafe class PtyPump : IDisposable
{
    private readonly IReadOnlyList<(Pty Pty, Action<byte[]> Received)> _ports;
    private readonly SafeFileHandle _wake = Native.Own(Native.EventFd(0, Native.CloseOnExec), "eventfd");
    private readonly Thread _thread;

    /// <param name="ports">PTYs and where their bytes go; called on the pump's thread. They must outlive the pump.</param>
    public PtyPump(IReadOnlyList<(Pty Pty, Action<byte[]> Received)> ports)
    {
        _ports = ports;
        _thread = new Thread(Run) { IsBackground = true, Name = "PTY pump" };
        _thread.Start();
    }

    public void Dispose()
    {
        ulong one = 1;
        _ = Native.Write(_wake, (byte*)&one, sizeof(ulong));
        _thread.Join();
        _wake.Dispose();
    }

    private void Run()
    {
        Native.PollEntry[] entries =
        [
            .. _ports.Select(p => new Native.PollEntry { Descriptor = (int)p.Pty.Master.DangerousGetHandle(), Events = Native.PollIn }),
            new Native.PollEntry { Descriptor = (int)_wake.DangerousGetHandle(), Events = Native.PollIn },
        ];
        byte* buffer = stackalloc byte[4096];
        while (true)
        {
            fixed (Native.PollEntry* first = entries)
            {
                if (Native.Poll(first, (nuint)entries.Length, -1) < 0 && Marshal.GetLastPInvokeError() != Native.ErrorInterrupted)
                {
                    return;
                }
            }

            if (entries[^1].Returned != 0)
            {
                return;
            }

            for (int i = 0; i < _ports.Count; i++)
            {
                nint length = entries[i].Returned == 0 ? 0 : Native.Read(_ports[i].Pty.Master, buffer, 4096);
                if (length > 0)
                {
                    _ports[i].Received(new ReadOnlySpan<byte>(buffer, (int)length).ToArray());
                }
            }
        }
    }
}
