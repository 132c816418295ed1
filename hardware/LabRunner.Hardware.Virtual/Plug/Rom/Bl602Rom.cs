using System.Buffers.Binary;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>
/// The BL602's mask ROM in download mode: takes a program for RAM piece by piece and runs it; it cannot touch flash. Wrong order, wrong
/// lengths and wrong check sums are refused with the vendor's codes (ISP document, BOOT2's reimplementation of the same protocol).
/// </summary>
internal sealed class Bl602Rom : RomProgram, IDownloadMode
{
    // The ROM's clock is an RC oscillator: 500,000 baud is the documented limit, tools that use 512,000 work.
    private const int FastestSync = 512_000;
    private const int SegmentHeaderLength = 16;

    private static readonly TimeSpan JumpTime = TimeSpan.FromMilliseconds(40);

    private readonly VirtualPlug _plug;
    private readonly BootScope _scope;
    private readonly RomUart _uart;
    private bool _header;
    private bool _checked;
    private int _segments;
    private int _segmentsDone;
    private long _expected;
    private long _received;
    private long _loaded;

    public Bl602Rom(VirtualPlug plug, BootScope scope)
    {
        _plug = plug;
        _scope = scope;
        _uart = new RomUart(plug, scope, this);
    }

    public override int LargestPayload => 4092;

    public override bool ChecksFrames => false;

    public override TimeSpan SilenceLimit => TimeSpan.FromSeconds(2);

    public void Received(byte[] bytes, int baud) => _uart.Received(bytes, baud);

    public override int? Measured(int baud) => baud <= FastestSync ? baud : null;

    public override void TooLong() => _uart.SendFailure(0x0102);

    public override void Handle(byte command, byte[] payload)
    {
        switch (command)
        {
            case 0x10:
                _uart.SendData(Identity(_plug, 1));
                break;
            case 0x11:
                LoadHeader(payload);
                break;
            case 0x17:
                LoadSegmentHeader(payload);
                break;
            case 0x18:
                LoadSegmentData(payload);
                break;
            case 0x19:
                Check();
                break;
            case 0x1A:
                Run();
                break;
            default:
                _uart.SendFailure(0x0101);
                break;
        }
    }

    /// <summary>Answer to "get boot info": version, then 16 bytes of OTP with the MAC in reversed order at 8 to 13.</summary>
    public static byte[] Identity(VirtualPlug plug, uint version)
    {
        byte[] data = new byte[20];
        BinaryPrimitives.WriteUInt32LittleEndian(data, version);
        for (int i = 0; i < 6; i++)
        {
            data[12 + i] = plug.Flash.Mac[5 - i];
        }

        return data;
    }

    private void LoadHeader(byte[] payload)
    {
        _header = false;
        _checked = false;
        if (payload.Length != BootHeader.Length)
        {
            _uart.SendFailure(0x0201);
            return;
        }

        if (!BootHeader.Begins(payload))
        {
            _uart.SendFailure(0x0203);
            return;
        }

        BootHeader? header = BootHeader.Read(payload, out string? problem);
        if (header is null || problem is not null)
        {
            _uart.SendFailure(0x0204);
            return;
        }

        if (header.CodeLength is < 1 or > 16)
        {
            _uart.SendFailure(0x0207);
            return;
        }

        _segments = header.CodeLength;
        _segmentsDone = 0;
        _expected = 0;
        _received = 0;
        _loaded = 0;
        _header = true;
        _uart.SendOk();
    }

    private void LoadSegmentHeader(byte[] payload)
    {
        if (!_header || _segmentsDone >= _segments || _received != _expected)
        {
            _uart.SendFailure(0x0104);
            return;
        }

        if (payload.Length != SegmentHeaderLength)
        {
            _uart.SendFailure(0x020F);
            return;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(payload.AsSpan(12)) != Crc.Crc32(payload.AsSpan(0, 12)))
        {
            _uart.SendFailure(0x0210);
            return;
        }

        _expected = BinaryPrimitives.ReadUInt32LittleEndian(payload.AsSpan(4));
        _received = 0;
        _uart.SendData(payload);
    }

    private void LoadSegmentData(byte[] payload)
    {
        if (!_header || _expected == 0)
        {
            _uart.SendFailure(0x0104);
            return;
        }

        if (payload.Length == 0)
        {
            _uart.SendFailure(0x0212);
            return;
        }

        if (_received + payload.Length > _expected)
        {
            _uart.SendFailure(0x0214);
            return;
        }

        _received += payload.Length;
        _loaded += payload.Length;
        if (_received == _expected)
        {
            _segmentsDone++;
        }

        _uart.SendOk();
    }

    private void Check()
    {
        if (!_header || _segmentsDone < _segments)
        {
            _uart.SendFailure(0x0216);
            return;
        }

        _checked = true;
        _uart.SendOk();
    }

    private void Run()
    {
        if (!_checked)
        {
            _uart.SendFailure(0x0104);
            return;
        }

        _uart.SendOk();
        _scope.After(JumpTime, () => _uart.Start(new Bl602Loader(_plug, _scope, _uart, _loaded)));
    }
}
