using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Virtual.Plug.Faults;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>
/// One upload (hal_ota_bl602.c): erases the whole update slot before it looks at the body, then header, size, unpacked length and SHA-256
/// checks, then switches the partition table. The caller must reboot.
/// </summary>
internal sealed class OtaReception(PlugFirmware firmware, HttpConnection connection, HttpRequest request)
{
    private const int EraseChunk = 0x10000;
    private const int FailureLeak = 512;

    // One recv, its flash writes and the yield: about 5.5 s in all were reported for an 800 kB image.
    private const int ReadMilliseconds = 5;

    // Erasing and programming one sector of the partition table (a typical SPI NOR flash).
    private const int SwitchMilliseconds = 50;

    private readonly List<byte> _header = [];
    private readonly ArrayBufferWriter<byte> _body = new();
    private readonly OtaFault[] _faults = [.. firmware.Faults.OfType<OtaFault>()];
    private int _remaining;
    private int _total;
    private int? _stallAfter;
    private bool _foreign;
    private bool _tooLarge;
    private TimeSpan _firstStored;

    private int ContentLength => request.ContentLength;

    public void Begin()
    {
        _stallAfter = _faults.Select(f => f.OnStarted(firmware, ContentLength)).FirstOrDefault(s => s is not null);
        _remaining = ContentLength >= 0 ? ContentLength : request.Body.Length;
        Print($"Starting OTA test. OTA bin addr is 0x4201d0f0, incoming len {request.Body.Length}\r\n");
        Print($"[OTA] [TEST] activeID is {firmware.Plug.Flash.ActiveSlot}\r\nStarting OTA test. OTA size is {OtaImage.SlotLength}\r\n");
        Print($"[OTA] [TEST] activeIndex is {firmware.Plug.Flash.ActiveSlot}, use OTA address=000d8000\r\n");
        Print($"[OTA] [TEST] Erase flash with size {OtaImage.SlotLength}...");
        firmware.Ota.Phase = OtaPhase.Erase;
        firmware.Plug.Flash.EraseUpdateSlot();
        Erase(0);
    }

    private void Erase(int offset)
    {
        if (offset >= OtaImage.SlotLength)
        {
            Print("[OTA] Done\r\n");
            firmware.Ota.Phase = OtaPhase.Write;
            Take(request.Body);
            return;
        }

        int chunk = Math.Min(EraseChunk, OtaImage.SlotLength - offset);
        // About 2 ms a kilobyte, and the 10 ms pause after each chunk.
        firmware.Scope.After((chunk / 512) + 10, () =>
        {
            Print($"[OTA] Erased:  {offset} / {chunk} \r\n");
            Erase(offset + chunk);
        });
    }

    private void Take(ReadOnlyMemory<byte> data)
    {
        ReadOnlyMemory<byte> body = data;
        if (_header.Count < OtaImage.HeaderLength)
        {
            int take = Math.Min(OtaImage.HeaderLength - _header.Count, data.Length);
            Print($"Header takes {take}. ");
            _header.AddRange(data[..take].Span);
            body = data[take..];
            if (_header.Count >= OtaImage.HeaderLength && !HeaderIsTaken())
            {
                return;
            }
        }

        if (_header.Count >= OtaImage.HeaderLength && !body.IsEmpty && !Store(body))
        {
            return;
        }

        _total += data.Length;
        _remaining -= data.Length;
        firmware.Ota.Downloaded = _total;
        if (_remaining <= 0)
        {
            Complete();
        }
        else if (_stallAfter is { } bytes && _total >= bytes)
        {
            // Nothing is read any more: the client's window stays shut until it gives up.
            return;
        }
        else
        {
            connection.WhenReadable(() => firmware.Scope.After(ReadMilliseconds * firmware.Http.Slowdown, ReadOn));
        }
    }

    private bool HeaderIsTaken()
    {
        _foreign = Encoding.ASCII.GetString([.. _header.Take(9)]) != "BL60X_OTA";
        if (_foreign && !_faults.Any(f => f.TakesForeign))
        {
            Fail("Invalid header ident");
            return false;
        }

        Array.ForEach(_faults, f => f.OnHeader(firmware, Word(20), ContentLength));
        return !firmware.Scope.Ended;
    }

    private void ReadOn()
    {
        byte[] data = connection.Recv(HttpConnection.FirstRead);
        if (data.Length > 0)
        {
            Take(data);
            return;
        }

        if (connection.PeerHasReset)
        {
            // recv gave an error: the loop ends and what is there is judged.
            Complete();
            return;
        }

        // recv gave 0: the loop's condition (writelen >= 0) stays true and the thread spins until a reset, with the progress set.
        firmware.Http.ThreadSpins();
        Array.ForEach(_faults, f => f.OnAbandoned(firmware));
    }

    private bool Store(ReadOnlyMemory<byte> body)
    {
        if (_body.WrittenCount + body.Length >= OtaImage.SlotLength && !(_tooLarge = _faults.Any(f => f.TakesTooLarge)))
        {
            Fail("Too large bin");
            return false;
        }

        uint unpacked = Word(96);
        if (!_foreign && unpacked != OtaImage.UnknownLength && unpacked > OtaImage.MaxUnpackedLength && !(_tooLarge |= _faults.Any(f => f.TakesTooLarge)))
        {
            firmware.Log.Error("OTA", string.Create(
                CultureInfo.InvariantCulture,
                $"Unpacked OTA image size ({unpacked}) is bigger than running partition size ({OtaImage.MaxUnpackedLength})"));
            Fail("");
            return false;
        }

        firmware.Log.Debug("OTA", string.Create(CultureInfo.InvariantCulture, $"Writelen {body.Length} at 0x{_body.WrittenCount:X}"));
        _firstStored = _body.WrittenCount == 0 ? firmware.Scope.Now : _firstStored;
        _body.Write(body.Span);
        Array.ForEach(_faults, f => f.OnStored(firmware, _body.WrittenCount, firmware.Scope.Now - _firstStored));
        return !firmware.Scope.Ended;
    }

    private void Complete()
    {
        if (_header.Count < OtaImage.HeaderLength)
        {
            Fail("No header found");
            return;
        }

        byte[] image = _body.WrittenSpan.ToArray();
        string calculated = Convert.ToHexString(SHA256.HashData(image));
        string told = Convert.ToHexString([.. _header.Skip(64).Take(32)]);
        Print($"\r\nCalculated SHA256 Checksum:{calculated}\r\nHeader SHA256 Checksum:{told}");
        if (calculated != told && !_foreign && !_faults.Any(f => f.TakesCorrupt))
        {
            Fail("SHA256 NOT Correct");
            return;
        }

        Print("[OTA] [TCP] prepare OTA partition info\r\n");
        Print($"[OTA] [TCP] Update PARTITION, partition len is {_total}\r\n");
        firmware.Ota.Phase = OtaPhase.Switch;
        firmware.Scope.After(SwitchMilliseconds, () => Switched(_tooLarge ? [] : image));
    }

    private void Switched(byte[] image)
    {
        if (_faults.All(f => f.RunsWhatItTook))
        {
            firmware.Plug.Flash.SwitchTo(image);
            firmware.Config.OtaCounter++;
            firmware.MarkConfigChanged();
        }

        Print("[OTA] [TCP] Rebooting\r\n");
        firmware.Ota.Ended();
        if (_faults.Any(f => f.LosesAnswer))
        {
            connection.Abort();
            return;
        }

        connection.Finish(HttpReply.Json(string.Create(CultureInfo.InvariantCulture, $"{{\"size\":{_total}}}")));
    }

    private void Fail(string message)
    {
        firmware.Ota.Ended();
        firmware.Heap.Leak(FailureLeak);
        connection.Finish(HttpReply.Rest(-20, message));
    }

    private uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian([.. _header.Skip(at).Take(4)]);

    private void Print(FormattableString text) => firmware.Log.Raw(text.ToString(CultureInfo.InvariantCulture));

    private void Print(string text) => firmware.Log.Raw(text);
}
