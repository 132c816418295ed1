using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Virtual.Plug.Faults;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>
/// POST /api/ota (hal_ota_bl602.c): erases the whole update slot before it looks at the body, then header, size, unpacked length and
/// SHA-256 checks, then switches the partition table. The caller must reboot. A client that leaves in the middle leaves a thread that
/// spins for ever with the OTA marked as running.
/// </summary>
internal sealed class OtaUpdate(PlugFirmware firmware)
{
    private const int EraseChunk = 0x10000;
    private const int FailureLeak = 512;

    // One recv, its flash writes and the yield: about 5.5 s in all were reported for an 800 kB image.
    private const int ReadMilliseconds = 5;

    private readonly List<byte> _header = [];
    private readonly ArrayBufferWriter<byte> _body = new();
    private HttpConnection _connection = null!;
    private int _remaining;
    private int _total;
    private int? _stallAfter;

    /// <summary>Progress is set: MQTT is closed and nothing is saved.</summary>
    public bool InProgress { get; private set; }

    public int Downloaded => _total;

    public void Begin(HttpRequest request, HttpConnection connection)
    {
        _connection = connection;
        _header.Clear();
        _body.ResetWrittenCount();
        _total = 0;
        _stallAfter = firmware.Faults.Select(f => f.OnOtaStarted()).FirstOrDefault(s => s is not null);
        _remaining = request.ContentLength >= 0 ? request.ContentLength : request.Body.Length;
        InProgress = true;
        Print($"Starting OTA test. OTA bin addr is 0x4201d0f0, incoming len {request.Body.Length}\r\n");
        Print($"[OTA] [TEST] activeID is {firmware.Plug.Flash.ActiveSlot}\r\nStarting OTA test. OTA size is {OtaImage.SlotLength}\r\n");
        Print($"[OTA] [TEST] activeIndex is {firmware.Plug.Flash.ActiveSlot}, use OTA address=000d8000\r\n");
        Print($"[OTA] [TEST] Erase flash with size {OtaImage.SlotLength}...");
        firmware.Plug.Flash.EraseUpdateSlot();
        Erase(0, request.Body);
    }

    private void Erase(int offset, ReadOnlyMemory<byte> first)
    {
        if (offset >= OtaImage.SlotLength)
        {
            Print("[OTA] Done\r\n");
            Take(first);
            return;
        }

        int chunk = Math.Min(EraseChunk, OtaImage.SlotLength - offset);
        // About 2 ms a kilobyte, and the 10 ms pause after each chunk.
        firmware.Scope.After((chunk / 512) + 10, () =>
        {
            Print($"[OTA] Erased:  {offset} / {chunk} \r\n");
            Erase(offset + chunk, first);
        });
    }

    private void Take(ReadOnlyMemory<byte> data)
    {
        ReadOnlyMemory<byte> body = data;
        bool headerWasThere = _header.Count >= OtaImage.HeaderLength;
        if (!headerWasThere)
        {
            int take = Math.Min(OtaImage.HeaderLength - _header.Count, data.Length);
            Print($"Header takes {take}. ");
            _header.AddRange(data[..take].Span);
            body = data[take..];
            if (_header.Count >= OtaImage.HeaderLength && Encoding.ASCII.GetString([.. _header.Take(9)]) != "BL60X_OTA")
            {
                Fail("Invalid header ident");
                return;
            }
        }

        if (_header.Count >= OtaImage.HeaderLength && !body.IsEmpty && !Store(body))
        {
            return;
        }

        _total += data.Length;
        _remaining -= data.Length;
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
            _connection.WhenReadable(() => firmware.Scope.After(ReadMilliseconds, ReadOn));
        }
    }

    private void ReadOn()
    {
        byte[] data = _connection.Recv(HttpConnection.FirstRead);
        if (data.Length > 0)
        {
            Take(data);
        }

        // recv gave 0: the loop's condition stays true and the thread spins until a reset, with the progress set.
    }

    private bool Store(ReadOnlyMemory<byte> body)
    {
        if (_body.WrittenCount + body.Length >= OtaImage.SlotLength)
        {
            Fail("Too large bin");
            return false;
        }

        uint unpacked = BinaryPrimitives.ReadUInt32LittleEndian([.. _header.Skip(96).Take(4)]);
        if (unpacked != 0xFFFFFFFF && unpacked > OtaImage.MaxUnpackedLength)
        {
            firmware.Log.Error("OTA", string.Create(
                CultureInfo.InvariantCulture,
                $"Unpacked OTA image size ({unpacked}) is bigger than running partition size ({OtaImage.MaxUnpackedLength})"));
            Fail("");
            return false;
        }

        firmware.Log.Debug("OTA", string.Create(CultureInfo.InvariantCulture, $"Writelen {body.Length} at 0x{_body.WrittenCount:X}"));
        _body.Write(body.Span);
        return true;
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
        if (calculated != told)
        {
            Fail("SHA256 NOT Correct");
            return;
        }

        Print("[OTA] [TCP] prepare OTA partition info\r\n");
        Print($"[OTA] [TCP] Update PARTITION, partition len is {_total}\r\n");
        firmware.Plug.Flash.SwitchTo(image);
        Print("[OTA] [TCP] Rebooting\r\n");
        firmware.Config.OtaCounter++;
        firmware.MarkConfigChanged();
        InProgress = false;
        _connection.Finish(HttpReply.Json(string.Create(CultureInfo.InvariantCulture, $"{{\"size\":{_total}}}")));
    }

    private void Fail(string message)
    {
        InProgress = false;
        firmware.Heap.Leak(FailureLeak);
        _connection.Finish(HttpReply.Rest(-20, message));
    }

    private void Print(FormattableString text) => firmware.Log.Raw(text.ToString(CultureInfo.InvariantCulture));

    private void Print(string text) => firmware.Log.Raw(text);
}
