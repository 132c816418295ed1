using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>Programming page by page in time, so that a power cut leaves a part written.</summary>
internal static class PageProgram
{
    private const int PageLength = 256;

    /// <summary>Programs data from an instant on.</summary>
    /// <param name="plug">The plug whose flash it is, and whose faults.</param>
    /// <param name="scope">Life of the programming.</param>
    /// <param name="address">First byte.</param>
    /// <param name="data">Data.</param>
    /// <param name="start">Instant of the first page's beginning.</param>
    /// <returns>Instant at which the last page is programmed.</returns>
    public static TimeSpan Schedule(VirtualPlug plug, BootScope scope, int address, byte[] data, TimeSpan start)
    {
        FlashMemory memory = plug.Flash.Memory;
        TimeSpan done = start;
        for (int at = 0; at < data.Length; at += PageLength)
        {
            int offset = at;
            int count = Math.Min(PageLength, data.Length - at);
            done += FlashMemory.PageTime;
            scope.After(done - scope.Now, () =>
            {
                long first = plug.RomBytesProgrammed;
                plug.RomBytesProgrammed += count;
                memory.Program(address + offset, data.AsSpan(offset, count));
                if (plug.RomFaults.FlipProgrammedByte is { } flip && flip >= first && flip < first + count)
                {
                    memory.Flip(address + offset + (int)(flip - first), 3);
                }
            });
        }

        return done;
    }
}
