using System.Buffers.Binary;
using System.Text;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>
/// Download mode of a BK7231. It listens at 115,200 baud for a moment after reset and stays once a link check came. The N's mask ROM knows
/// registers, identification and status of the flash, and counts a CRC's last byte in; Tuya's boot loader of the T knows none of these,
/// counts whole pages up to the end, does not read below 0x11000 (but shows the flash again above its end), and locks flash after each
/// CRC until an erase that follows a link check. What is not known, or has a wrong length, is not answered. (Beken's host, bk7231tools.)
/// </summary>
internal sealed class Bk7231Download : IDownloadMode
{
    private const int FirstBaud = 115_200;
    private const int Sector = 4096;
    private const int Block = 64 * 1024;
    private const int Page = 256;
    private const string LoaderVersion = "1.0.5";

    // "A few hundred milliseconds", say LibreTiny's documents; not measured.
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ResetTime = TimeSpan.FromMilliseconds(5);

    // bk7231tools reckons with 400,000 bytes a second at least.
    private const double CrcBytesPerSecond = 1e6;

    private readonly Bk7231Efuse _efuse = new();
    private readonly VirtualPlug _plug;
    private readonly BootScope _scope;
    private readonly Bk7231Chip _chip;
    private readonly RomLine _line;
    private readonly Bk7231Frames _frames = new();
    private int _baud = FirstBaud;
    private bool _linked;
    private bool _over;
    private bool _busy;
    private bool _locked;
    private bool _marked;

    public Bk7231Download(VirtualPlug plug, BootScope scope, Bk7231Chip chip)
    {
        (_plug, _scope, _chip) = (plug, scope, chip);
        _locked = !chip.HasMaskRom;
        _line = new RomLine(plug, scope, Arrived);
        scope.After(Window, () =>
        {
            if (!_linked)
            {
                _over = true;
                plug.RunFromFlash();
            }
        });
    }

    private FlashMemory Memory => _plug.Flash.Memory;

    public void Received(byte[] bytes, int baud)
    {
        if (!_over)
        {
            _line.Received(bytes, baud);
        }
    }

    private void Arrived(byte[] bytes, int baud)
    {
        if (!_over && RomLine.Same(baud, _baud))
        {
            _frames.Add(bytes);
            Work();
        }
    }

    /// <summary>One command after the other: while flash is busy, the next ones wait in the receiver.</summary>
    private void Work()
    {
        while (!_busy && _frames.Next() is { } frame)
        {
            if (frame.IsLong && _linked)
            {
                Long(frame.Command, frame.Data);
            }
            else if (!frame.IsLong && (_linked || frame.Command == 0))
            {
                Short(frame.Command, frame.Data);
            }
        }
    }

    private void Short(byte command, byte[] data)
    {
        switch (command, data.Length)
        {
            case (0x00, 0):
                _linked = true;
                _marked = true;
                Answer(0x01, [0]);
                break;
            case (0x0F, 5):
                SetSpeed(data);
                break;
            case (0x10, 8):
                Sum(data);
                break;
            case (0x0E, 1) when data[0] == 0xA5:
                _scope.After(ResetTime, _plug.ResetChip);
                break;
            case (0x11, 0) when !_chip.HasMaskRom:
                Answer(0x11, Encoding.ASCII.GetBytes(LoaderVersion));
                break;
            case (0xFE, 4) when !_chip.HasMaskRom && data is [0x95, 0x27, 0x95, 0x27]:
                _scope.After(ResetTime, _plug.ResetChip);
                break;
            case (0x70, 4) when _chip.HasMaskRom && data is [0x53, 0x45, 0x41, 0x4E]:
                _scope.After(ResetTime, _plug.ResetChip);
                break;
            case (0xAA, 1) when _chip.HasMaskRom && data[0] == 0x55:
                Answer(0xAA, data);
                break;
            case (0x03, 4) when _chip.HasMaskRom:
                byte[] value = new byte[4];
                uint register = BinaryPrimitives.ReadUInt32LittleEndian(data);
                BinaryPrimitives.WriteUInt32LittleEndian(value, register == 0x800000 ? 0x7231Cu : _efuse.Read(register));
                Answer(0x03, [.. data, .. value]);
                break;
            case (0x01, 8) when _chip.HasMaskRom:
                _efuse.Write(BinaryPrimitives.ReadUInt32LittleEndian(data), BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(4)));
                Answer(0x01, data);
                break;
            default:
                break;
        }
    }

    private void Long(byte command, byte[] data)
    {
        switch (command, data.Length)
        {
            case (0x06, > 4 and <= 4 + Page):
                Program(command, data, [(byte)(data.Length - 4)]);
                break;
            case (0x07, 4 + Sector):
                Program(command, data, []);
                break;
            case (0x09, 4):
                Read(data);
                break;
            case (0x0F, 5) when data[0] is 0x20 or 0xD8:
                Erase(command, data, Address(data.AsSpan(1)), data[0] == 0x20 ? Sector : Block);
                break;
            case (0x0B, 4) when _chip.HasMaskRom:
                Erase(command, data, Address(data), Sector);
                break;
            case (0x0C, 1) when _chip.HasMaskRom && data[0] is 0x05 or 0x35:
                AnswerLong(command, 0, [data[0], (byte)(Memory.Status >> (data[0] == 0x05 ? 0 : 8))]);
                break;
            case (0x0D, 2 or 3) when _chip.HasMaskRom && data[0] == 0x01:
                // One byte alone clears the second register, as these chips do.
                Memory.Status = data[1] | (data.Length == 3 ? data[2] << 8 : 0);
                AnswerLong(command, 0, data);
                break;
            case (0x0E, 4) when _chip.HasMaskRom && data[0] == 0x9F:
                AnswerLong(command, 0, [0, .. Memory.Jedec]);
                break;
            default:
                break;
        }
    }

    private void SetSpeed(byte[] data)
    {
        int baud = BinaryPrimitives.ReadInt32LittleEndian(data);
        if (baud <= 0)
        {
            return;
        }

        _busy = true;
        _scope.After(TimeSpan.FromMilliseconds(data[4]), () =>
        {
            _baud = baud;
            _frames.Clear();
            Answer(0x0F, data);
            Free();
        });
    }

    private void Sum(byte[] data)
    {
        uint from = BinaryPrimitives.ReadUInt32LittleEndian(data);
        uint to = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(4));
        long length = _chip.HasMaskRom ? (long)to - from + 1 : ((long)to - from + Page - 1) / Page * Page;
        if (length <= 0 || length > Memory.Length)
        {
            return;
        }

        _busy = true;
        _scope.After(TimeSpan.FromSeconds(length / CrcBytesPerSecond), () =>
        {
            int start = (int)(from % (uint)Memory.Length);
            int first = (int)Math.Min(length, Memory.Length - start);
            uint crc = Crc.Beken32(Memory.Bytes.Slice(start, first));
            crc = Crc.Beken32(Memory.Bytes[..(int)(length - first)], crc);
            byte[] answer = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(answer, crc);
            if (!_chip.HasMaskRom)
            {
                (_locked, _marked) = (true, false);
            }

            Answer(0x10, answer);
            Free();
        });
    }

    private void Read(byte[] data)
    {
        uint address = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if (!_chip.HasMaskRom && address < BekenImages.ApplicationAddress)
        {
            return;
        }

        int start = (int)(address % (uint)Memory.Length);
        byte[] sector = new byte[Sector];
        int first = Math.Min(Sector, Memory.Length - start);
        Memory.Bytes.Slice(start, first).CopyTo(sector);
        Memory.Bytes[..(Sector - first)].CopyTo(sector.AsSpan(first));
        AnswerLong(0x09, 0, [.. data, .. sector]);
    }

    private void Erase(byte command, byte[] data, int address, int length)
    {
        _busy = true;
        if (_plug.RomErases++ == _plug.RomFaults.StallErase)
        {
            return;
        }

        if (_locked && _marked)
        {
            _locked = false;
        }

        _scope.After(length == Sector ? FlashMemory.SectorErase : FlashMemory.BlockErase, () =>
        {
            if (!_locked)
            {
                Memory.Erase(address / length * length, length);
            }

            AnswerLong(command, 0, data);
            Free();
        });
    }

    private void Program(byte command, byte[] data, byte[] tail)
    {
        _busy = true;
        TimeSpan done = _locked ? _scope.Now : PageProgram.Schedule(_plug, _scope, Address(data), data[4..], _scope.Now);
        _scope.After(done - _scope.Now, () =>
        {
            AnswerLong(command, 0, [.. data[..4], .. tail]);
            Free();
        });
    }

    private int Address(ReadOnlySpan<byte> data) => (int)(BinaryPrimitives.ReadUInt32LittleEndian(data) % (uint)Memory.Length);

    private void Free()
    {
        _busy = false;
        Work();
    }

    private void Answer(byte command, ReadOnlySpan<byte> data) =>
        _line.Send([0x04, 0x0E, (byte)(4 + data.Length), 0x01, 0xE0, 0xFC, command, .. data], _baud);

    private void AnswerLong(byte command, byte status, ReadOnlySpan<byte> data)
    {
        int count = 2 + data.Length;
        _line.Send([0x04, 0x0E, 0xFF, 0x01, 0xE0, 0xFC, 0xF4, (byte)count, (byte)(count >> 8), command, status, .. data], _baud);
    }
}
