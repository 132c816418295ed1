using System.Buffers;
using System.Buffers.Binary;

namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>
/// The loader's command 3F: a packed stream in pieces; bit 31 of an address begins a new one. Here the stream is unpacked when its end is
/// there, where the chip unpacks piece by piece: a cut in the middle leaves nothing written instead of a part.
/// </summary>
internal sealed class LoaderXzWrite(int flashLength)
{
    private const uint Restart = 0x8000_0000;

    private readonly ArrayBufferWriter<byte> _stream = new();
    private uint _address;
    private bool _open;

    /// <summary>Takes a piece.</summary>
    /// <param name="payload">Address, then bytes; more than 4.</param>
    /// <param name="data">What is to be programmed now, at the address; null while the stream is not whole.</param>
    /// <returns>False: no XZ stream, or one that does not fit the flash.</returns>
    public bool Take(ReadOnlySpan<byte> payload, out (int Address, byte[] Bytes)? data)
    {
        data = null;
        uint address = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        if ((address & Restart) != 0)
        {
            _stream.ResetWrittenCount();
            _address = address & ~Restart;
            _open = true;
        }

        if (!_open || _stream.WrittenCount + payload.Length > flashLength || _address >= flashLength)
        {
            return _open = false;
        }

        _stream.Write(payload[4..]);
        if (!XzUnpack.Begins(_stream.WrittenSpan))
        {
            return _open = false;
        }

        // The two letters may also stand at the end of a piece in the middle: then the stream does not unpack yet.
        if (XzUnpack.Ends(_stream.WrittenSpan) && XzUnpack.Unpack(_stream.WrittenMemory, flashLength - (int)_address) is { } bytes)
        {
            _open = false;
            data = ((int)_address, bytes);
        }

        return true;
    }
}
