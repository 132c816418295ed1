using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>What an update is doing, for cuts of the supply.</summary>
internal enum OtaPhase
{
    /// <summary>The update slot is being erased.</summary>
    Erase,

    /// <summary>The body is being received and written.</summary>
    Write,

    /// <summary>The partition table is being switched.</summary>
    Switch,

    /// <summary>The boot loader unpacks the update over the running slot.</summary>
    Unpack,
}

/// <summary>A failure mode of updates (F30 to F39). The hooks are the places where an update asks; each does nothing by default.</summary>
internal abstract class OtaFault(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    /// <summary>True: a file that does not begin as an OTA file is stored and booted all the same.</summary>
    public virtual bool TakesForeign => false;

    /// <summary>True: a body or unpacked length that does not fit is written over what follows.</summary>
    public virtual bool TakesTooLarge => false;

    /// <summary>True: the body's hash is not compared.</summary>
    public virtual bool TakesCorrupt => false;

    /// <summary>False: what was received is accepted, but the partition table stays as it is.</summary>
    public virtual bool RunsWhatItTook => true;

    /// <summary>True: a taken upload gets no answer, its connection is reset.</summary>
    public virtual bool LosesAnswer => false;

    /// <summary>True: the boot loader's unpacking takes the settings along.</summary>
    public virtual bool LosesSettings => false;

    /// <summary>An upload begins; a number stalls it for ever once so many body bytes are read.</summary>
    public virtual int? OnStarted(PlugFirmware firmware, int contentLength) => null;

    /// <summary>Body bytes were stored.</summary>
    /// <param name="firmware">The firmware.</param>
    /// <param name="total">Body bytes so far.</param>
    /// <param name="since">Time since the first of them.</param>
    public virtual void OnStored(PlugFirmware firmware, int total, TimeSpan since)
    {
    }

    /// <summary>A whole header was read.</summary>
    /// <param name="firmware">The firmware.</param>
    /// <param name="bodyLength">Body length that the file's header states, bytes.</param>
    /// <param name="contentLength">Content-Length of the request; -1 when it states none.</param>
    public virtual void OnHeader(PlugFirmware firmware, uint bodyLength, int contentLength)
    {
    }

    /// <summary>The client left in the middle and the upload's thread spins.</summary>
    public virtual void OnAbandoned(PlugFirmware firmware)
    {
    }

    /// <summary>The supply fails in a phase of an update; true leaves the plug a brick until it is flashed over its UART.</summary>
    public virtual bool BricksOnCut(OtaPhase phase) => false;
}
