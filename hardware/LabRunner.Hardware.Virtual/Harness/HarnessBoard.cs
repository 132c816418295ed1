using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;
using LabRunner.Hardware.Virtual.Air;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>
/// State of every line, PWM channel and I2C device of the harness. Outputs belong to the board, not to a client: the last
/// writer wins, and a level stays when its writer is gone, as on a Raspberry Pi. Used on the engine's thread only.
/// </summary>
internal sealed class HarnessBoard
{
    private readonly IReadOnlyList<IHarnessPlug> _plugs;
    private readonly Action<int, bool>? _hands;
    private readonly Func<TimeSpan, long> _toMonotonic;
    private readonly Func<TimeSpan> _now;
    private readonly bool[] _outputs;
    private readonly uint[] _sequences;
    private readonly List<Action<HarnessReply>>[] _watchers;
    private readonly Pwm[] _pwm;
    private readonly Ina219Registers[] _monitors;
    private readonly AirActuator? _air;

    /// <param name="plugs">In slot order.</param>
    /// <param name="toMonotonic">Virtual time to CLOCK_MONOTONIC ns.</param>
    /// <param name="now">Virtual time.</param>
    /// <param name="hands">Told when one of the bench's own outputs changes: line and level.</param>
    /// <param name="air">Disturbs the air; null: there is none.</param>
    public HarnessBoard(
        IReadOnlyList<IHarnessPlug> plugs, Func<TimeSpan, long> toMonotonic, Func<TimeSpan> now, Action<int, bool>? hands = null, AirActuator? air = null)
    {
        _plugs = plugs;
        _hands = hands;
        _air = air;
        _toMonotonic = toMonotonic;
        _now = now;
        int lines = (plugs.Count + 1) * HarnessLines.PerPlug;
        _outputs = new bool[lines];
        _sequences = new uint[lines];
        _watchers = [.. Enumerable.Range(0, lines).Select(_ => new List<Action<HarnessReply>>())];
        _pwm = new Pwm[plugs.Count * HarnessLines.PwmPerPlug];
        _monitors = [.. plugs.Select(plug => new Ina219Registers(() => plug.Rail))];
    }

    /// <summary>Does a request.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="sink">Where edges of watched lines go; it also identifies the client.</param>
    public HarnessReply Handle(HarnessRequest request, Action<HarnessReply> sink)
    {
        HarnessReply reply = request.Op switch
        {
            HarnessProtocol.Info => new() { Lines = _outputs.Length },
            HarnessProtocol.Get => Get(request.At),
            HarnessProtocol.Set => Set(request.At, request.High),
            HarnessProtocol.Watch => Watch(request.At, sink, true),
            HarnessProtocol.Unwatch => Watch(request.At, sink, false),
            HarnessProtocol.PwmGet => GetPwm(request.At),
            HarnessProtocol.PwmSet => SetPwm(request),
            HarnessProtocol.I2c => Transfer(request),
            HarnessProtocol.Meter => ReadMeter(request.At),
            HarnessProtocol.Dip => Dip(request),
            HarnessProtocol.Disturb => Disturb(request),
            HarnessProtocol.Restore => Restore(),
            HarnessProtocol.Asked => CountQuestions(request),
            _ => Refuse($"the harness knows no operation '{request.Op}'"),
        };
        return reply with { Id = request.Id };
    }

    /// <summary>A client is gone: its watches end, its outputs stay.</summary>
    public void Forget(Action<HarnessReply> sink)
    {
        foreach (List<Action<HarnessReply>> watchers in _watchers)
        {
            watchers.Remove(sink);
        }
    }

    /// <summary>An input line of a plug changed.</summary>
    public void InputChanged(int plug, int line, TimeSpan at, bool high) => Changed((plug * HarnessLines.PerPlug) + line, at, high);

    private void Changed(int index, TimeSpan at, bool high)
    {
        uint sequence = ++_sequences[index];
        if (_watchers[index].Count == 0)
        {
            return;
        }

        HarnessReply edge = new() { Edge = new HarnessEdge(index, high, _toMonotonic(at), sequence) };
        foreach (Action<HarnessReply> watcher in _watchers[index])
        {
            watcher(edge);
        }
    }

    private static HarnessReply Refuse(string reason) => new() { Error = reason };

    private bool Exists(int line) =>
        line >= 0 && line < _outputs.Length && (HarnessProtocol.IsOutput(line) || HarnessProtocol.IsInput(line));

    private HarnessReply NoLine(int line) =>
        Refuse($"the harness has no line {line}; {_plugs.Count} plugs have lines 8·i to 8·i+6, the bench itself 8·{_plugs.Count} to 8·{_plugs.Count}+5");

    private HarnessReply Get(int line)
    {
        if (!Exists(line))
        {
            return NoLine(line);
        }

        (int plug, int local) = Math.DivRem(line, HarnessLines.PerPlug);
        return new()
        {
            High = HarnessProtocol.IsOutput(line) ? _outputs[line]
                : plug == _plugs.Count ? !_outputs[line - HarnessLines.EStopChain + HarnessLines.EStopHand]
                : _plugs[plug].Sense(local),
        };
    }

    private HarnessReply Set(int line, bool high)
    {
        if (!Exists(line))
        {
            return NoLine(line);
        }

        if (!HarnessProtocol.IsOutput(line))
        {
            return Refuse($"line {line} is an input: the plug drives it");
        }

        (int plug, int local) = Math.DivRem(line, HarnessLines.PerPlug);
        if (_outputs[line] != high)
        {
            _outputs[line] = high;
            TimeSpan at = _now();
            Changed(line, at, high);
            if (plug < _plugs.Count)
            {
                _plugs[plug].Drive(local, high);
            }
            else if (local is HarnessLines.EStopHand or HarnessLines.LidHand)
            {
                Changed(line - HarnessLines.EStopHand + HarnessLines.EStopChain, at, !high);
            }
            else
            {
                _hands?.Invoke(local, high);
            }
        }

        return new() { High = high };
    }

    private HarnessReply Watch(int line, Action<HarnessReply> sink, bool watch)
    {
        if (!Exists(line))
        {
            return NoLine(line);
        }

        _watchers[line].Remove(sink);
        if (watch)
        {
            _watchers[line].Add(sink);
        }

        return Get(line);
    }

    private HarnessReply GetPwm(int channel)
    {
        if (channel < 0 || channel >= _pwm.Length)
        {
            return Refuse($"the harness has no PWM channel {channel}; {_plugs.Count} plugs have channels 3·i to 3·i+2");
        }

        (int plug, int local) = Math.DivRem(channel, HarnessLines.PwmPerPlug);
        Pwm state = _pwm[channel];
        return new()
        {
            Period = state.Period, Duty = state.Duty, Running = state.Running, Emitted = _plugs[plug].EmittedPulses((PulseChannel)local), Monotonic = _toMonotonic(_now()),
        };
    }

    private HarnessReply ReadMeter(int plug) => plug < 0 || plug >= _plugs.Count
        ? Refuse($"the harness has no plug {plug}; the bench has {_plugs.Count}")
        : new() { Load = _plugs[plug].Load };

    private HarnessReply Dip(HarnessRequest request)
    {
        if (request.At < 0 || request.At >= _plugs.Count)
        {
            return Refuse($"the harness has no plug {request.At}; the bench has {_plugs.Count}");
        }

        if (!(request.Value > 0) || request.Duty < 0)
        {
            return Refuse("a dip has a voltage above 0 V and a length of 0 or more");
        }

        _plugs[request.At].DipRail(request.Value, TimeSpan.FromTicks(request.Duty / 100));
        return new();
    }

    private HarnessReply SetPwm(HarnessRequest request)
    {
        if (request.At >= 0 && request.At < _pwm.Length)
        {
            if (request.Period < 0 || request.Duty < 0 || request.Duty > request.Period)
            {
                return Refuse($"a high time of {request.Duty} ns does not fit a period of {request.Period} ns");
            }

            Pwm before = _pwm[request.At];
            Pwm after = new(request.Period, request.Duty, request.Running);
            _pwm[request.At] = after;
            if (after.Hertz != before.Hertz)
            {
                (int plug, int local) = Math.DivRem(request.At, HarnessLines.PwmPerPlug);
                _plugs[plug].SetPulses((PulseChannel)local, new Hertz(after.Hertz));
            }
        }

        return GetPwm(request.At);
    }

    private HarnessReply Disturb(HarnessRequest request) => _air is null ? Refuse("this harness has no air")
        : _air.Set(request.Effect, request.Mac ?? "", request.Value, request.High) is { } why ? Refuse(why) : new();

    private HarnessReply CountQuestions(HarnessRequest request) => _air?.Asked(request.Mac ?? "", request.Question) is { } asked
        ? new() { Asked = asked }
        : Refuse($"no plug has the MAC address '{request.Mac}'");

    private HarnessReply Restore()
    {
        _air?.Restore();
        return new();
    }

    private HarnessReply Transfer(HarnessRequest request)
    {
        int index = request.At - HarnessProtocol.FirstI2cAddress;
        if (index < 0 || index >= _monitors.Length)
        {
            return new() { Nack = true };
        }

        return request.Count is < 0 or > 32
            ? Refuse($"an I2C read of {request.Count} bytes; 0 to 32 are possible")
            : new() { Data = _monitors[index].Transfer(request.Data, request.Count) };
    }

    private readonly record struct Pwm(long Period, long Duty, bool Running)
    {
        /// <summary>Pulses a second; high for the whole period is a level, not pulses.</summary>
        public double Hertz => Running && Duty > 0 && Duty < Period ? 1e9 / Period : 0;
    }
}
