using LabRunner.Hardware.Virtual.Host;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Hardware.Virtual.Plug;

/// <summary>
/// A wait that another thread can end and whose limit is met to some tens of microseconds: .NET's own waits count in whole milliseconds, which
/// a UART of 2,000,000 baud feels in every frame. Linux only. <see cref="Wake"/> may be called from any thread.
/// </summary>
internal sealed unsafe class EngineWait : IDisposable
{
    private readonly SafeFileHandle _event = Native.Own(Native.EventFd(0, Native.CloseOnExec | Native.NonBlocking), "eventfd");

    /// <summary>Ends the running wait, or the next one at once.</summary>
    public void Wake()
    {
        ulong one = 1;
        _ = Native.Write(_event, (byte*)&one, sizeof(ulong));
    }

    /// <summary>Waits until woken.</summary>
    /// <param name="limit">Longest wait, machine time; null: none.</param>
    public void Wait(TimeSpan? limit)
    {
        Native.PollEntry entry = new() { Descriptor = (int)_event.DangerousGetHandle(), Events = Native.PollIn };
        Native.TimeSpec time = new() { Seconds = (nint)((limit?.Ticks ?? 0) / TimeSpan.TicksPerSecond), Nanoseconds = (nint)((limit?.Ticks ?? 0) % TimeSpan.TicksPerSecond * 100) };
        _ = Native.Poll(&entry, 1, limit is null ? null : &time, null);
        ulong count;
        _ = Native.Read(_event, (byte*)&count, sizeof(ulong));
    }

    public void Dispose() => _event.Dispose();
}
