using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>BL602: the strap decides between its mask ROM and flash.</summary>
internal sealed class Bl602Chip : VirtualChip
{
    private static readonly TimeSpan RomTime = TimeSpan.FromMilliseconds(110);

    public static Bl602Chip Instance { get; } = new();

    public override string Name => "BL602";

    // 0 to 22 are usable; the firmware's tables have 24 entries.
    public override int Pins => 24;

    public override string MqttGroup => "bl602s";

    public override string ShortPrefix => "obl";

    public override bool HasCommandLine => false;

    public override bool TakesOta => true;

    public override FlashMemory MakeFlash(string version) => FlashLayout.Make(version);

    public override string? Bootable(FlashMemory memory) => FlashLayout.Bootable(memory);

    public override bool HasSettings(FlashMemory memory) => FlashLayout.HasSettings(memory);

    public override void PlaceSettings(FlashMemory memory) => FlashLayout.PlaceSettings(memory);

    public override IDownloadMode? Start(VirtualPlug plug, BootScope scope, bool boot)
    {
        if (boot)
        {
            return new Bl602Rom(plug, scope);
        }

        scope.After(RomTime, plug.RunFromFlash);
        return null;
    }
}
