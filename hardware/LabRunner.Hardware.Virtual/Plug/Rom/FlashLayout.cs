using LabRunner.Hardware.Images;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>What stands where in a virtual plug's flash, and what of it boots. The table is OpenBL602's for 2 MiB.</summary>
internal static class FlashLayout
{
    /// <summary>Flash of the plugs' modules, bytes.</summary>
    public const int FlashLength = 2 << 20;

    private const int Boot2Length = 39_312;

    private static readonly byte[] ClockSettings = [4, 4, 0, 1, 3, 1, 0, 0];

    private static ReadOnlySpan<byte> SettingsMark => "LABRUNNER-VIRTUAL-PSM"u8;

    public static PartitionTable Table { get; } = new(
        1,
        [
            new Partition("FW", 0, 0, 0x10000, 0xD8000, 0xC8000, 0x88000, 0, 0),
            new Partition("mfg", 2, 0, 0x160000, 0, 0x32000, 0, 0, 0),
            new Partition("media", 3, 0, 0x192000, 0, 0x57000, 0, 0, 0),
            new Partition("PSM", 4, 0, 0x1E9000, 0, 0x8000, 0, 0, 0),
            new Partition("KEY", 5, 0, 0x1F1000, 0, 0x2000, 0, 0, 0),
            new Partition("DATA", 6, 0, 0x1F3000, 0, 0x5000, 0, 0, 0),
            new Partition("factory", 7, 0, 0x1F8000, 0, 0x7000, 0, 0, 0),
        ]);

    private static uint SettingsAddress => Table.Find("PSM")!.Address0;

    /// <summary>Flash as a production line leaves it.</summary>
    public static FlashMemory Make(string version)
    {
        FlashMemory memory = new(FlashLength);
        memory.Place(0, VirtualFirmwareImage.BuildWholeFlash(version));
        memory.Place(SettingsAddress, SettingsMark);
        return memory;
    }

    /// <summary>The whole-flash image of a version, settings and calibration empty.</summary>
    public static byte[] Image(ReadOnlySpan<byte> code)
    {
        byte[] image = new byte[FlashLength];
        image.AsSpan().Fill(0xFF);
        byte[] boot2 = new byte[Boot2Length];
        new Chance(0x602, "boot2").Fill(boot2);
        HeaderFor(boot2).Bytes.CopyTo(image);
        boot2.CopyTo(image, BootHeader.Boot2CodeOffset);
        foreach (uint address in PartitionTable.Addresses)
        {
            Table.ToBytes().CopyTo(image, address);
        }

        Firmware(code).CopyTo(image, Bl602Images.FirmwareAddress);
        return image;
    }

    /// <summary>Replaces the firmware, as boot2 does when it unpacks an update.</summary>
    public static void PlaceFirmware(FlashMemory memory, ReadOnlySpan<byte> firmware)
    {
        int room = (int)Math.Min(FirmwareIn(memory).MaxLength0, memory.Length - Bl602Images.FirmwareAddress);
        memory.Erase((int)Bl602Images.FirmwareAddress, room);
        memory.Place(Bl602Images.FirmwareAddress, firmware[..Math.Min(firmware.Length, room)]);
    }

    /// <summary>What stands in the update slot while the partition table points to it; null while it points to the running slot.</summary>
    public static byte[]? UpdateIn(FlashMemory memory)
    {
        if (PartitionTable.Find(memory.Bytes, out _)?.Find("FW") is not { ActiveSlot: 1 } firmware)
        {
            return null;
        }

        ReadOnlySpan<byte> slot = memory.Bytes[(int)Math.Min(firmware.Address1, memory.Length)..];
        return slot[..(int)Math.Min(firmware.ContentLength, slot.Length)].ToArray();
    }

    /// <summary>Writes an update into its slot and has the partition table point to it, as the firmware does.</summary>
    public static void PlaceUpdate(FlashMemory memory, ReadOnlySpan<byte> body)
    {
        RemoveUpdate(memory);
        Partition firmware = FirmwareIn(memory);
        ReadOnlySpan<byte> fitting = body[..(int)Math.Min(body.Length, firmware.MaxLength1)];
        memory.Place(firmware.Address1, fitting);
        Activate(memory, 1, fitting.Length);
    }

    /// <summary>Erases the update slot; a table that points to it points to the running slot again.</summary>
    public static void RemoveUpdate(FlashMemory memory)
    {
        Partition firmware = FirmwareIn(memory);
        memory.Erase((int)firmware.Address1, (int)firmware.MaxLength1);
        if (UpdateIn(memory) is not null)
        {
            Activate(memory, 0, 0);
        }
    }

    /// <summary>Has the partition table point to a slot of the firmware. Where there is no table any more, there is none afterwards.</summary>
    public static void Activate(FlashMemory memory, int slot, int contentLength)
    {
        if (PartitionTable.Find(memory.Bytes, out _) is not { } table)
        {
            return;
        }

        PartitionTable next = new(
            table.Age + 1,
            [.. table.Entries.Select(e => e.Name == "FW" ? e with { ActiveSlot = slot, ContentLength = (uint)contentLength, Age = e.Age + 1 } : e)]);
        foreach (uint address in PartitionTable.Addresses)
        {
            memory.Erase((int)address, Bl602Images.SectorLength);
            memory.Place(address, next.ToBytes());
        }
    }

    /// <summary>Boot header and code as they stand at 0x10000.</summary>
    public static byte[] Firmware(ReadOnlySpan<byte> code) => Bl602Images.WithHeader(HeaderFor([]), code);

    /// <summary>Version that boots, by the boot chain's own checks; null when something in the chain is broken.</summary>
    public static string? Bootable(FlashMemory memory)
    {
        ReadOnlySpan<byte> flash = memory.Bytes;
        if (Code(flash, 0, BootHeader.Read(flash, out _)?.Boot2CodeAt ?? BootHeader.Boot2CodeOffset).IsEmpty || PartitionTable.Find(flash, out _)?.Find("FW") is not { } firmware)
        {
            return null;
        }

        ReadOnlySpan<byte> code = Code(flash, firmware.AddressOf(firmware.ActiveSlot), BootHeader.CodeOffset);
        return code.IsEmpty ? null : VirtualFirmwareImage.VersionOf(code);
    }

    /// <summary>True while the settings partition holds what the firmware wrote.</summary>
    public static bool HasSettings(FlashMemory memory) => memory.Bytes[(int)SettingsAddress..].StartsWith(SettingsMark);

    public static void PlaceSettings(FlashMemory memory) => memory.Place(SettingsAddress, SettingsMark);

    /// <summary>The firmware's partition by the table in flash; by the usual one where there is none that fits.</summary>
    private static Partition FirmwareIn(FlashMemory memory) =>
        PartitionTable.Find(memory.Bytes, out _)?.Find("FW") is { } own && own.Address0 + (long)own.MaxLength0 <= memory.Length && own.Address1 + (long)own.MaxLength1 <= memory.Length
            ? own
            : Table.Find("FW")!;

    private static BootHeader HeaderFor(ReadOnlySpan<byte> code) => BootHeader.Make(new byte[84], ClockSettings, code);

    private static ReadOnlySpan<byte> Code(ReadOnlySpan<byte> flash, uint headerAt, int codeOffset)
    {
        if (headerAt + (long)codeOffset >= flash.Length)
        {
            return [];
        }

        BootHeader? header = BootHeader.Read(flash[(int)headerAt..], out string? problem);
        int codeAt = (int)headerAt + codeOffset;
        return header is null || problem is not null || header.CodeLength == 0 || header.CodeLength > flash.Length - codeAt
            || (!header.HashIgnored && !header.Matches(flash.Slice(codeAt, header.CodeLength)))
            ? []
            : flash.Slice(codeAt, header.CodeLength);
    }
}
