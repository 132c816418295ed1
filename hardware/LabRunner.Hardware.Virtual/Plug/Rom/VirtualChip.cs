using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>What listens on a chip's UART instead of its firmware.</summary>
internal interface IDownloadMode
{
    /// <summary>Bytes leave the other side's adapter now.</summary>
    void Received(byte[] bytes, int baud);
}

/// <summary>What differs between the chips of virtual plugs: how they start, what their flash holds, what their firmware calls itself. Immutable.</summary>
internal abstract class VirtualChip
{
    /// <summary>Name as makers write it, for example BL602.</summary>
    public abstract string Name { get; }

    /// <summary>GPIOs that the firmware's tables have.</summary>
    public abstract int Pins { get; }

    /// <summary>Default MQTT group of OpenBeken on this platform.</summary>
    public abstract string MqttGroup { get; }

    /// <summary>Beginning of the default short name.</summary>
    public abstract string ShortPrefix { get; }

    /// <summary>The firmware takes commands from the UART that flashing uses.</summary>
    public abstract bool HasCommandLine { get; }

    /// <summary>POST /api/ota with this chip's files is modelled.</summary>
    public abstract bool TakesOta { get; }

    /// <summary>What OpenBeken calls itself on this chip.</summary>
    public string FirmwareName => "Open" + Name;

    /// <summary>Chip of a name.</summary>
    /// <exception cref="BenchFaultException">There is no such virtual chip.</exception>
    public static VirtualChip Of(string plug, string chip) => ChipModels.Parse(chip) switch
    {
        ChipModel.Bl602 => Bl602Chip.Instance,
        ChipModel.Bk7231N => Bk7231Chip.N,
        ChipModel.Bk7231T => Bk7231Chip.T,
        _ => throw new BenchFaultException(
            FaultKind.Configuration, $"virtual plug {plug}", $"there is no virtual {chip}", "A virtual plug has a BL602, BK7231N or BK7231T: give it a board with one"),
    };

    /// <summary>Flash as a production line leaves it.</summary>
    public abstract FlashMemory MakeFlash(string version);

    /// <summary>Version that boots, by the boot chain's own checks; null when something in the chain is broken.</summary>
    public abstract string? Bootable(FlashMemory memory);

    /// <summary>True while flash holds the settings that the firmware wrote.</summary>
    public abstract bool HasSettings(FlashMemory memory);

    /// <summary>The firmware writes its settings.</summary>
    public abstract void PlaceSettings(FlashMemory memory);

    /// <summary>
    /// The chip comes out of reset. Whatever happens after download mode is left, if it is entered at all, ends in
    /// <see cref="VirtualPlug.RunFromFlash"/>.
    /// </summary>
    /// <param name="plug">Its plug.</param>
    /// <param name="scope">Life until the next reset.</param>
    /// <param name="boot">Level of the BOOT strap.</param>
    /// <returns>What listens on the UART; null when nothing does.</returns>
    public abstract IDownloadMode? Start(VirtualPlug plug, BootScope scope, bool boot);
}
