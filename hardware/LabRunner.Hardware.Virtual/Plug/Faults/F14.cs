using System.Globalization;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Many connections at once break the firmware: the next allocation fails and hangs until the watchdog bites, or their memory is never given back.</summary>
[PlantedFault("F14", Shows = "many requests at once end in a reboot or leave the heap low")]
[FaultParameter("parallel", "Open connections that are too many, 1 to 9. Default 6.")]
[FaultParameter("mode", "reboot or leak. Default reboot.")]
internal sealed class F14(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly int _parallel = (int)parameters.Number("parallel", 6, 1, 9);
    private readonly bool _leaks = parameters.Word("mode", "reboot", "leak") == "leak";

    public override void OnConnectionOpened(PlugFirmware firmware, int open)
    {
        if (open < _parallel)
        {
            return;
        }

        if (_leaks)
        {
            firmware.Heap.Leak(HeapModel.BytesPerConnection);
        }
        else
        {
            firmware.Log.Raw(string.Create(CultureInfo.InvariantCulture, $"Memory Allocate Failed. Current left size is {Math.Max(firmware.Heap.Free, 0)} bytes\r\n"));
            firmware.Hang();
        }
    }
}
