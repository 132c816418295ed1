using LabRunner.Hardware.Images;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Tests.Images;

/// <summary>Sound firmware files of each kind, made of chance bytes.</summary>
internal static class ImageFiles
{
    public static readonly byte[] ClockSettings = [4, 4, 0, 1, 3, 1, 0, 0];

    public static byte[] Bytes(int length, string name)
    {
        byte[] bytes = new byte[length];
        new Chance(1, name).Fill(bytes);
        return bytes;
    }

    public static BootHeader Header(ReadOnlySpan<byte> code) => BootHeader.Make(Bytes(84, "flash settings"), ClockSettings, code);

    public static byte[] Firmware(int codeLength, string version = "1.18.200")
    {
        byte[] code = Bytes(codeLength, "code");
        System.Text.Encoding.ASCII.GetBytes($"OpenBL602_{version}\0", code.AsSpan(100));
        return Bl602Images.WithHeader(Header([]), code);
    }

    public static PartitionTable Table(uint age = 3) => new(
        age,
        [
            new Partition("FW", 0, 0, 0x10000, 0xD8000, 0xC8000, 0x88000, 0, 0),
            new Partition("PSM", 4, 0, 0x1E9000, 0, 0x8000, 0, 0, 0),
            new Partition("factory", 7, 0, 0x1F8000, 0, 0x7000, 0, 0, 0),
        ]);

    public static byte[] WholeFlash(int codeLength = 300_000)
    {
        byte[] flash = new byte[2 << 20];
        flash.AsSpan().Fill(0xFF);
        byte[] boot2 = Bytes(39_312, "boot2");
        Header(boot2).Bytes.CopyTo(flash);
        boot2.CopyTo(flash, BootHeader.Boot2CodeOffset);
        foreach (uint address in PartitionTable.Addresses)
        {
            Table().ToBytes().CopyTo(flash, address);
        }

        Firmware(codeLength).CopyTo(flash, Bl602Images.FirmwareAddress);
        return flash;
    }

    /// <summary>The same flash as EasyGUI's flasher lays it down: boot2's code at 0x1000, as its header's address field says.</summary>
    public static byte[] AsEasyGui(byte[] whole)
    {
        byte[] flash = [.. whole];
        BootHeader boot2 = BootHeader.Read(whole, out _)!;
        flash.AsSpan(BootHeader.Length, (int)PartitionTable.Addresses[0] - BootHeader.Length).Fill(0xFF);
        whole.AsSpan(BootHeader.Boot2CodeOffset, boot2.CodeLength).CopyTo(flash.AsSpan(0x1000));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(flash.AsSpan(128), 0x1000);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(flash.AsSpan(172), Crc.Crc32(flash.AsSpan(0, 172)));
        return flash;
    }

    public static byte[] Beken(int blocks)
    {
        byte[] file = new byte[blocks * 34];
        for (int i = 0; i < blocks; i++)
        {
            Span<byte> block = file.AsSpan(i * 34, 34);
            Bytes(32, $"block {i}").CopyTo(block);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(block[32..], Crc.Cms16(block[..32]));
        }

        return file;
    }

    /// <summary>LN882H flash: boot header (RAM address, length of the boot program) with its CRC-32, boot program, firmware.</summary>
    public static byte[] Ln(int length = 200_000)
    {
        byte[] file = Bytes(length, "ln882h");
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(file, 0x20000000);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(4), 22_000);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(20), Crc.Crc32(file.AsSpan(0, 20)));
        return file;
    }

    public static byte[] Esp()
    {
        byte[] data = Bytes(48, "segment");
        byte[] file = new byte[80];
        byte[] head = [0xE9, 1, 0, 0x40, 0x10, 0x00, 0x10, 0x40, 0, 0, 0x10, 0x40, 48, 0, 0, 0];
        head.CopyTo(file, 0);
        data.CopyTo(file, 16);
        file[79] = data.Aggregate((byte)0xEF, (sum, b) => (byte)(sum ^ b));
        return file;
    }
}
