using System.Globalization;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The heap is in pieces: from an uptime on, large pages and updates get no memory although the sum is free.</summary>
[PlantedFault("F18", Shows = "free heap is fine, large allocations fail")]
[FaultParameter("uptime", "Uptime from which it happens: a duration or a range drawn at each boot. Default 200s..280s.")]
[FaultParameter("largest", "Largest piece left, bytes, 256 to 16384. Default 2048.")]
internal sealed class F18(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    // A sector of the flash chip, which an update collects before it writes.
    private const int UpdateBuffer = 4096;

    private readonly int _largest = (int)parameters.Number("largest", 2048, 256, 16_384);
    private bool _active;

    public override void OnAppStarted(PlugFirmware firmware)
    {
        _active = false;
        firmware.AtUptime(Parameters.Duration("uptime", "200s..280s", Chance), () => _active = true);
    }

    public override HttpReply? Refusal(PlugFirmware firmware, HttpRequest request) =>
        _active && request.Path == "/api/ota" ? Failed(firmware, UpdateBuffer) : null;

    public override HttpReply Reply(PlugFirmware firmware, HttpRequest request, HttpReply reply)
    {
        int length = reply.ToBytes().Length;
        return _active && length > _largest ? Failed(firmware, length) : reply;
    }

    private static HttpReply Failed(PlugFirmware firmware, int bytes)
    {
        firmware.Log.Error("HTTP", string.Create(CultureInfo.InvariantCulture, $"failed to malloc {bytes} bytes"));
        return HttpReply.Rest(-20, "failed to malloc");
    }
}
