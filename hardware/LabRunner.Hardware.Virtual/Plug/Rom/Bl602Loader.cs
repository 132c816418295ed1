using System.Buffers.Binary;
using System.Security.Cryptography;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>
/// The vendor's flash loader running in RAM: erase, write, read, hash. A write is acknowledged before it is programmed, so that a failure
/// shows one command later; large loaders (37 KB and more) say PD while they erase and take 16 KiB frames, small ones do neither. After the
/// third failed command it wants a new sync. (Vendor's eflash_loader as described in its ISP document and read in its ELF.)
/// </summary>
internal sealed class Bl602Loader(VirtualPlug plug, BootScope scope, RomUart uart, long codeLength) : RomProgram
{
    private const int LargeLoader = 36 * 1024;
    private const int Sector = 4096;
    private const int HalfBlock = 32 * 1024;
    private const int Block = 64 * 1024;
    private const int FailuresAllowed = 2;

    private static readonly TimeSpan ResetTime = TimeSpan.FromMilliseconds(5);

    private readonly LoaderXzWrite _packed = new(plug.Flash.Memory.Length);
    private bool _xip;
    private int _failures;
    private ushort _writeError;
    private TimeSpan _programFree;

    public override int LargestPayload => codeLength >= LargeLoader ? 16_388 : 9_220;

    public override bool ChecksFrames => true;

    public override TimeSpan SilenceLimit => TimeSpan.FromSeconds(4);

    private bool SaysBusy => codeLength >= LargeLoader;

    private FlashMemory Memory => plug.Flash.Memory;

    /// <summary>Up to 970,000 baud as measured, above that the nearest multiple of 500,000.</summary>
    public override int? Measured(int baud) => baud switch
    {
        <= 970_000 => baud,
        <= 10_000_000 => (int)Math.Round(baud / 500_000.0) * 500_000,
        _ => null,
    };

    // Silently dropped by the real loader.
    public override void TooLong()
    {
    }

    public override void Failed()
    {
        if (++_failures > FailuresAllowed)
        {
            _failures = 0;
            uart.Unsync();
        }
    }

    public override void Handle(byte command, byte[] payload)
    {
        switch (command)
        {
            case 0x10:
                uart.SendData(Bl602Rom.Identity(plug, uint.MaxValue));
                break;
            case 0x21 or 0x33:
                uart.SendOk();
                scope.After(ResetTime, plug.ResetChip);
                break;
            case 0x30:
                Erase(payload);
                break;
            case 0x31:
                Write(payload);
                break;
            case 0x32:
            case 0x34 when _xip:
                Read(payload);
                break;
            case 0x36:
                uart.SendData([.. Memory.Jedec, 0x80]);
                break;
            case 0x3A:
                AfterProgramming(() =>
                {
                    ushort error = _writeError;
                    if (error != 0)
                    {
                        uart.SendFailure(error);
                    }
                    else
                    {
                        uart.SendOk();
                    }
                });
                break;
            case 0x3B when payload.Length is 4 or 88:
                uart.SendOk();
                break;
            case 0x3B:
                uart.SendFailure(0x0008);
                break;
            case 0x3C:
                _writeError = 0;
                EraseFrom(0, Memory.Length);
                break;
            case 0x3D:
            case 0x3E when _xip:
                Hash(payload);
                break;
            case 0x3F:
                WritePacked(payload);
                break;
            case 0x42:
                byte[] mac = [.. plug.Flash.Mac];
                byte[] crc = new byte[4];
                BinaryPrimitives.WriteUInt32LittleEndian(crc, Images.Crc.Crc32(mac));
                uart.SendData([.. mac, .. crc]);
                break;
            case 0x60:
                _xip = true;
                uart.SendOk();
                break;
            case 0x61:
                _xip = false;
                uart.SendOk();
                break;
            default:
                // No answer at all to what it does not know.
                uart.AwaitNext();
                break;
        }
    }

    private void Erase(byte[] payload)
    {
        if (payload.Length != 8)
        {
            uart.SendFailure(0x0002);
            return;
        }

        long start = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        long end = BinaryPrimitives.ReadUInt32LittleEndian(payload.AsSpan(4));
        if (end < start || end >= Memory.Length)
        {
            uart.SendFailure(0x0003);
            return;
        }

        _writeError = 0;
        if (plug.RomErases++ == plug.RomFaults.StallErase)
        {
            Stall();
            return;
        }

        // The end is inclusive: one byte into a sector erases it.
        int first = (int)(start / Sector * Sector);
        int last = (int)((end / Sector) + 1) * Sector;
        EraseFrom(first, last);
    }

    private void Stall()
    {
        if (SaysBusy)
        {
            uart.SendBusy();
        }

        scope.After(TimeSpan.FromSeconds(1), Stall);
    }

    private void EraseFrom(int at, int end)
    {
        if (at >= end)
        {
            uart.SendOk();
            return;
        }

        int left = end - at;
        (int length, TimeSpan time) = (at % Block == 0 && left > 60 * 1024) ? (Math.Min(Block, left), FlashMemory.BlockErase)
            : (at % HalfBlock == 0 && left > 28 * 1024) ? (Math.Min(HalfBlock, left), FlashMemory.HalfBlockErase)
            : (Sector, FlashMemory.SectorErase);
        if (SaysBusy)
        {
            uart.SendBusy();
        }

        scope.After(time, () =>
        {
            Memory.Erase(at, length);
            EraseFrom(at + length, end);
        });
    }

    private void Write(byte[] payload)
    {
        if (payload.Length <= 4)
        {
            uart.SendFailure(0x0004);
            return;
        }

        uint address = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        if (address == uint.MaxValue)
        {
            uart.SendFailure(0x0005);
            return;
        }

        byte[] data = payload[4..];
        if (address + (long)data.Length > Memory.Length)
        {
            // Acknowledged first, found wrong later: what makes 0x3A necessary.
            uart.SendOk();
            _writeError = 0x0006;
            return;
        }

        // Two buffers: the second frame is acknowledged while the first is programmed, the third waits.
        scope.After(Program((int)address, data), uart.SendOk);
    }

    private void WritePacked(byte[] payload)
    {
        if (payload.Length <= 4 || !_packed.Take(payload, out (int Address, byte[] Bytes)? whole))
        {
            uart.SendFailure(payload.Length <= 4 ? (ushort)0x0004 : (ushort)0x000C);
            return;
        }

        scope.After(whole is { } data ? Program(data.Address, data.Bytes) : TimeSpan.Zero, uart.SendOk);
    }

    /// <summary>Programs as soon as the flash is free.</summary>
    /// <returns>Time until it is.</returns>
    private TimeSpan Program(int address, byte[] data)
    {
        TimeSpan start = _programFree > scope.Now ? _programFree : scope.Now;
        _programFree = PageProgram.Schedule(plug, scope, address, data, start);
        return start - scope.Now;
    }

    private void Read(byte[] payload)
    {
        if (payload.Length != 8)
        {
            uart.SendFailure(0x0004);
            return;
        }

        long address = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(payload.AsSpan(4));
        if (length is 0 or > 0x4004 || address + length > Memory.Length)
        {
            uart.SendFailure(0x0004);
            return;
        }

        AfterProgramming(() => uart.SendData(Memory.Bytes.Slice((int)address, (int)length)));
    }

    private void Hash(byte[] payload)
    {
        if (payload.Length != 8)
        {
            uart.SendFailure(0x0004);
            return;
        }

        long address = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(payload.AsSpan(4));
        if (length == 0 || address + length > Memory.Length)
        {
            uart.SendFailure(0x0004);
            return;
        }

        // About 4 MB/s over the flash bus.
        AfterProgramming(() => scope.After(
            TimeSpan.FromSeconds(length / 4e6),
            () => uart.SendData(SHA256.HashData(Memory.Bytes.Slice((int)address, (int)length)))));
    }

    private void AfterProgramming(Action action)
    {
        if (_programFree > scope.Now)
        {
            scope.After(_programFree - scope.Now, action);
        }
        else
        {
            action();
        }
    }
}
