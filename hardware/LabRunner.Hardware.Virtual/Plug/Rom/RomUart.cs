using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>
/// The BL602's UART as boot ROM and flash loader use it: automatic speed by a run of 0x55, frames "command, check, length" and replies OK,
/// PD and FL, silence limits. Bytes at another speed than the measured one are lost. (ISP document of Bouffalo Lab, "602_isp".)
/// </summary>
internal sealed class RomUart
{
    // Fewer are taken for noise; the vendors' tools send 70 and more.
    private const int SyncBytes = 16;
    private const byte SyncByte = 0x55;

    private static readonly TimeSpan AnswerToSync = TimeSpan.FromMilliseconds(12);

    private readonly BootScope _scope;
    private readonly RomLine _line;
    private readonly List<byte> _pending = [];
    private RomProgram _program;
    private IDisposable? _silence;
    private int _sync;
    private int _baud;
    private bool _synced;
    private bool _answering;
    private bool _busy;

    public RomUart(VirtualPlug plug, BootScope scope, RomProgram program)
    {
        _scope = scope;
        _program = program;
        _line = new RomLine(plug, scope, Arrived);
    }

    /// <summary>Another program runs now and waits for a sync.</summary>
    public void Start(RomProgram program)
    {
        _program = program;
        Unsync();
    }

    /// <summary>Back to waiting for a run of 0x55.</summary>
    public void Unsync()
    {
        _synced = false;
        _busy = false;
        _answering = false;
        _sync = 0;
        _pending.Clear();
        _silence?.Dispose();
    }

    /// <summary>Bytes leave the other side's adapter now.</summary>
    public void Received(byte[] bytes, int baud) => _line.Received(bytes, baud);

    /// <summary>Sends; garbage when the other side listens at another speed.</summary>
    public void Send(ReadOnlySpan<byte> bytes) => _line.Send(bytes, _baud);

    public void SendOk()
    {
        Send("OK"u8);
        AwaitNext();
    }

    public void SendBusy() => Send("PD"u8);

    public void SendData(ReadOnlySpan<byte> data)
    {
        byte[] reply = [(byte)'O', (byte)'K', (byte)data.Length, (byte)(data.Length >> 8), .. data];
        Send(reply);
        AwaitNext();
    }

    public void SendFailure(ushort code)
    {
        Send([(byte)'F', (byte)'L', (byte)code, (byte)(code >> 8)]);
        AwaitNext();
        _program.Failed();
    }

    /// <summary>
    /// A command is done, also one that gets no answer: silence counts from now on, not while a long erase or hash runs, and what came
    /// meanwhile is looked at.
    /// </summary>
    public void AwaitNext()
    {
        _busy = false;
        _silence?.Dispose();
        _silence = _scope.After(_program.SilenceLimit, Unsync);
        _scope.After(TimeSpan.Zero, TakeFrames);
    }

    private void Arrived(byte[] bytes, int baud)
    {
        if (!_synced)
        {
            Listen(bytes, baud);
            return;
        }

        if (!RomLine.Same(baud, _baud))
        {
            return;
        }

        // The buffer holds a frame and a little; what comes while a command is worked on waits there.
        _pending.AddRange(_busy ? bytes.AsSpan(0, Math.Clamp(_program.LargestPayload + 4 - _pending.Count, 0, bytes.Length)) : bytes);
        if (!_busy)
        {
            _silence?.Dispose();
            _silence = _scope.After(_program.SilenceLimit, Unsync);
            TakeFrames();
        }
    }

    private void TakeFrames()
    {
        while (_synced && !_busy && TakeFrame())
        {
        }
    }

    private void Listen(byte[] bytes, int baud)
    {
        if (_answering || _program.Measured(baud) is not { } measured)
        {
            return;
        }

        foreach (byte b in bytes)
        {
            _sync = b == SyncByte ? _sync + 1 : 0;
        }

        if (_sync >= SyncBytes)
        {
            _answering = true;
            _scope.After(AnswerToSync, () =>
            {
                if (_answering)
                {
                    _answering = false;
                    _synced = true;
                    _sync = 0;
                    _baud = measured;
                    _pending.Clear();
                    SendOk();
                }
            });
        }
    }

    private bool TakeFrame()
    {
        // What is left of the run for the speed: no command begins so.
        _pending.RemoveRange(0, _pending.TakeWhile(b => b == SyncByte).Count());
        if (_pending.Count < 4)
        {
            return false;
        }

        int length = _pending[2] | (_pending[3] << 8);
        if (length > _program.LargestPayload)
        {
            _pending.Clear();
            _program.TooLong();
            return false;
        }

        if (_pending.Count < 4 + length)
        {
            return false;
        }

        byte command = _pending[0];
        byte check = _pending[1];
        byte[] payload = [.. _pending.Skip(4).Take(length)];
        _pending.RemoveRange(0, 4 + length);
        byte sum = (byte)payload.Aggregate((length & 0xFF) + (length >> 8), (total, b) => total + b);
        if (_program.ChecksFrames && check != 0 && check != sum)
        {
            SendFailure(0x0103);
            return true;
        }

        _busy = true;
        _silence?.Dispose();
        _program.Handle(command, payload);
        return true;
    }
}

/// <summary>What runs on the chip and talks over the UART: boot ROM or flash loader.</summary>
internal abstract class RomProgram
{
    /// <summary>Largest payload of a frame, bytes.</summary>
    public abstract int LargestPayload { get; }

    /// <summary>True: a check byte other than 0 must be right.</summary>
    public abstract bool ChecksFrames { get; }

    /// <summary>Silence after which a new sync is needed.</summary>
    public abstract TimeSpan SilenceLimit { get; }

    /// <summary>Speed the program uses after measuring one; null: it cannot measure that speed.</summary>
    public abstract int? Measured(int baud);

    /// <summary>A whole frame.</summary>
    public abstract void Handle(byte command, byte[] payload);

    /// <summary>A frame announced more than fits.</summary>
    public abstract void TooLong();

    /// <summary>A command was answered with a failure.</summary>
    public virtual void Failed()
    {
    }
}
