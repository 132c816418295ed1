using LabRunner.Hardware.Virtual.Plug.Faults;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>
/// POST /api/ota: what all uploads of a boot share. A client that leaves in order (FIN) leaves a thread that spins for ever with the update
/// marked as running; after a reset by the client (RST) recv gives an error and the upload ends.
/// </summary>
internal sealed class OtaUpdate(PlugFirmware firmware)
{
    /// <summary>Progress is set: MQTT is closed and nothing is saved. The firmware has one mark for all uploads.</summary>
    public bool InProgress { get; private set; }

    /// <summary>Bytes the latest upload has received.</summary>
    public int Downloaded { get; set; }

    /// <summary>What a cut of the supply would interrupt; null between updates.</summary>
    public OtaPhase? Phase { get; set; }

    public void Begin(HttpRequest request, HttpConnection connection)
    {
        InProgress = true;
        Downloaded = 0;
        new OtaReception(firmware, connection, request).Begin();
    }

    public void Ended()
    {
        InProgress = false;
        Phase = null;
    }
}
