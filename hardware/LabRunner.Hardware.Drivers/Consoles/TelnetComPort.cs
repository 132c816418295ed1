using LabRunner.Hardware.Consoles;

namespace LabRunner.Hardware.Drivers.Consoles;

/// <summary>
/// The client's side of telnet with COM-PORT-OPTION, without a socket: takes the commands out of what was received, keeps the state of the
/// options and says what to answer. Sources: RFC 854 (commands), RFC 856 (binary), RFC 1143 (no answer without a change of state, so that no
/// peer can make the two sides answer for ever), RFC 2217. Not thread safe but for <see cref="Errors"/>.
/// </summary>
internal sealed class TelnetComPort
{
    /// <summary>Client's commands of RFC 2217; the server answers with the same plus 100.</summary>
    public const byte SetBaud = 1;
    public const byte SetDataSize = 2;
    public const byte SetParity = 3;
    public const byte SetStopSize = 4;
    public const byte SetControl = 5;
    public const byte SetLineStateMask = 10;
    public const byte SetModemStateMask = 11;

    /// <summary>Values of <see cref="SetControl"/>.</summary>
    public const byte NoFlowControl = 1;
    public const byte DtrOn = 8;
    public const byte DtrOff = 9;
    public const byte RtsOn = 11;
    public const byte RtsOff = 12;

    /// <summary>Bits of a line state: overrun, framing error, break.</summary>
    public const byte LineErrorBits = LineOverrun | LineFraming | LineBreak;

    private const byte Iac = 255;
    private const byte Dont = 254;
    private const byte Do = 253;
    private const byte Wont = 252;
    private const byte Will = 251;
    private const byte Sub = 250;
    private const byte SubEnd = 240;

    private const byte Binary = 0;
    private const byte SuppressGoAhead = 3;
    private const byte ComPort = 44;

    private const byte NotifyLineState = 106;
    private const byte Suspend = 108;
    private const byte Resume = 109;
    private const byte LineOverrun = 2;
    private const byte LineFraming = 8;
    private const byte LineBreak = 16;

    // The longest answer is a signature; what is longer is no answer this client asked for.
    private const int LongestSub = 256;
    private static readonly byte[] Wanted = [Binary, SuppressGoAhead, ComPort];

    private readonly Side _own = new(Do, Dont, Will, Wont);
    private readonly Side _peer = new(Will, Wont, Do, Dont);
    private readonly List<byte> _sub = [];
    private State _state;
    private byte _verb;
    private long _overruns;
    private long _framing;
    private long _breaks;

    private enum State
    {
        Data,
        Command,
        Option,
        Sub,
        SubCommand,
    }

    /// <summary>True once both directions carry every byte and the port can be set.</summary>
    public bool Ready => _own.IsOn(Binary) && _peer.IsOn(Binary) && _own.IsOn(ComPort);

    /// <summary>What the server does not do although it is needed; null while nothing is refused.</summary>
    public string? Refused =>
        _own.IsRefused(ComPort) ? "knows no RFC 2217 (it refuses COM-PORT-OPTION)"
        : _own.IsRefused(Binary) || _peer.IsRefused(Binary) ? "does not pass every byte (it refuses telnet's binary mode)"
        : null;

    /// <summary>What the server told of the line.</summary>
    public LineErrors Errors => new(Interlocked.Read(ref _overruns), Interlocked.Read(ref _framing), Interlocked.Read(ref _breaks));

    /// <summary>The offers a client begins with.</summary>
    public byte[] Begin()
    {
        List<byte> offers = [];
        foreach (byte option in Wanted)
        {
            offers.AddRange([Iac, Will, option]);
            _own.Ask(option);
            if (option != ComPort)
            {
                offers.AddRange([Iac, Do, option]);
                _peer.Ask(option);
            }
        }

        return [.. offers];
    }

    /// <summary>A command of RFC 2217 with its value.</summary>
    public static byte[] Command(byte command, ReadOnlySpan<byte> value) => [Iac, Sub, ComPort, command, .. Escape(value), Iac, SubEnd];

    /// <summary>Data as they are sent: 255 is doubled.</summary>
    public static byte[] Escape(ReadOnlySpan<byte> data)
    {
        byte[] escaped = new byte[data.Length + data.Count(Iac)];
        int at = 0;
        foreach (byte value in data)
        {
            escaped[at++] = value;
            if (value == Iac)
            {
                escaped[at++] = Iac;
            }
        }

        return escaped;
    }

    /// <summary>Takes what was received; the data among it are moved to the front of the buffer.</summary>
    /// <param name="received">Bytes of the socket, changed in place.</param>
    /// <param name="answers">Bytes to send back are added here.</param>
    /// <param name="answered">Called for each answer of the server with the client's command and the value.</param>
    /// <param name="paused">Called when the server asks to stop (true) or to go on sending (false).</param>
    /// <returns>Count of the data bytes.</returns>
    public int Decode(Span<byte> received, List<byte> answers, Action<byte, byte[]> answered, Action<bool> paused)
    {
        int data = 0;
        foreach (byte value in received)
        {
            switch (_state)
            {
                case State.Data when value == Iac:
                    _state = State.Command;
                    break;
                case State.Data:
                    received[data++] = value;
                    break;
                case State.Command when value == Iac:
                    received[data++] = Iac;
                    _state = State.Data;
                    break;
                case State.Command:
                    _verb = value;
                    _state = value switch { Will or Wont or Do or Dont => State.Option, Sub => State.Sub, _ => State.Data };
                    _sub.Clear();
                    break;
                case State.Option:
                    answers.AddRange(_verb is Do or Dont ? _own.Hear(_verb, value) : _peer.Hear(_verb, value));
                    _state = State.Data;
                    break;
                case State.Sub when value == Iac:
                    _state = State.SubCommand;
                    break;
                case State.SubCommand when value != Iac:
                    // SE ends it; anything else is a peer's mistake that ends it too.
                    TakeSub(answered, paused);
                    _state = State.Data;
                    break;
                default:
                    _state = State.Sub;
                    if (_sub.Count < LongestSub)
                    {
                        _sub.Add(value);
                    }

                    break;
            }
        }

        return data;
    }

    private void TakeSub(Action<byte, byte[]> answered, Action<bool> paused)
    {
        if (_sub.Count < 2 || _sub[0] != ComPort)
        {
            return;
        }

        byte code = _sub[1];
        byte[] value = [.. _sub[2..]];
        if (code == NotifyLineState && value.Length == 1)
        {
            Interlocked.Add(ref _overruns, (value[0] & LineOverrun) != 0 ? 1 : 0);
            Interlocked.Add(ref _framing, (value[0] & LineFraming) != 0 ? 1 : 0);
            Interlocked.Add(ref _breaks, (value[0] & LineBreak) != 0 ? 1 : 0);
        }
        else if (code is Suspend or Resume)
        {
            paused(code == Suspend);
        }
        else if (code > 100)
        {
            answered((byte)(code - 100), value);
        }
    }

    /// <summary>The options of one direction.</summary>
    /// <param name="on">The peer's word for on.</param>
    /// <param name="off">The peer's word for off.</param>
    /// <param name="agree">Our word for on.</param>
    /// <param name="refuse">Our word for off.</param>
    private sealed class Side(byte on, byte off, byte agree, byte refuse)
    {
        private readonly HashSet<byte> _on = [];
        private readonly HashSet<byte> _asked = [];
        private readonly HashSet<byte> _refused = [];

        public bool IsOn(byte option) => _on.Contains(option);

        public bool IsRefused(byte option) => _refused.Contains(option);

        public void Ask(byte option) => _asked.Add(option);

        public byte[] Hear(byte verb, byte option)
        {
            bool asked = _asked.Remove(option);
            if (verb == off)
            {
                _refused.Add(option);
                return _on.Remove(option) ? [Iac, refuse, option] : [];
            }

            if (verb == on && Wanted.Contains(option))
            {
                _refused.Remove(option);
                return _on.Add(option) && !asked ? [Iac, agree, option] : [];
            }

            return _refused.Add(option) ? [Iac, refuse, option] : [];
        }
    }
}
