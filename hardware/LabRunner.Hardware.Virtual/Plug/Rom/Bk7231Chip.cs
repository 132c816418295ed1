using LabRunner.Hardware.Images;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>
/// BK7231: after every reset download mode listens for a moment, then flash runs. On N the mask ROM listens, on T the boot loader at the
/// beginning of flash: without that one, nothing does. Code stands in flash scrambled, in blocks with check sums.
/// </summary>
internal sealed class Bk7231Chip : VirtualChip
{
    /// <summary>Flash of the modules, bytes.</summary>
    public const int FlashLength = 2 << 20;

    // Where dumps of modules begin to hold data instead of code.
    private const uint SettingsAddress = 0x1D0000;

    private readonly bool _maskRom;

    private Bk7231Chip(string name, bool maskRom) => (Name, _maskRom) = (name, maskRom);

    public static Bk7231Chip N { get; } = new("BK7231N", true);

    public static Bk7231Chip T { get; } = new("BK7231T", false);

    public override string Name { get; }

    // P0 to P28.
    public override int Pins => 29;

    public override string MqttGroup => "bekens";

    public override string ShortPrefix => "obk";

    public override bool HasCommandLine => true;

    public override bool TakesOta => false;

    /// <summary>True for the mask ROM's command set, false for that of Tuya's boot loader.</summary>
    public bool HasMaskRom => _maskRom;

    private static ReadOnlySpan<byte> SettingsMark => "LABRUNNER-VIRTUAL-SETTINGS"u8;

    public override FlashMemory MakeFlash(string version)
    {
        // TH25Q16HB, as in many of these modules; delivered with its sectors protected.
        FlashMemory memory = new(FlashLength, 0xEB, 0x60) { Status = _maskRom ? 0x407C : 0 };
        memory.Place(0, VirtualBk7231Image.Flash(version, Name));
        PlaceSettings(memory);
        return memory;
    }

    public override string? Bootable(FlashMemory memory)
    {
        // The flash controller checks every block that the processor fetches: one wrong check sum anywhere in the program ends it.
        ReadOnlySpan<byte> flash = memory.Bytes;
        return HasLoader(memory)
            ? VirtualBk7231Image.VersionOf(BekenImages.FromBlocks(flash[(int)BekenImages.ApplicationAddress..], BekenImages.ApplicationCode), Name)
            : null;
    }

    public override bool HasSettings(FlashMemory memory) => memory.Bytes[(int)SettingsAddress..].StartsWith(SettingsMark);

    public override void PlaceSettings(FlashMemory memory) => memory.Place(SettingsAddress, SettingsMark);

    public override IDownloadMode? Start(VirtualPlug plug, BootScope scope, bool boot) =>
        _maskRom || HasLoader(plug.Flash.Memory) ? new Bk7231Download(plug, scope, this) : null;

    private bool HasLoader(FlashMemory memory) =>
        VirtualBk7231Image.IsLoader(BekenImages.FromBlocks(memory.Bytes[..(int)BekenImages.ApplicationAddress], 0), Name);
}
