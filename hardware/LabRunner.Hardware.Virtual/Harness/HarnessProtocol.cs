using System.Text.Json;
using System.Text.Json.Serialization;
using LabRunner.Hardware.Network;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>
/// Words of the harness socket: one JSON object per line each way. Every request has one reply of the same id; edges come
/// in between, without an id. Readable by hand: <c>socat - UNIX:harness.sock</c>.
/// </summary>
internal static class HarnessProtocol
{
    public const string Get = "get";
    public const string Set = "set";
    public const string Watch = "watch";
    public const string Unwatch = "unwatch";
    public const string PwmGet = "pwmGet";
    public const string PwmSet = "pwmSet";
    public const string I2c = "i2c";
    public const string Info = "info";
    public const string Meter = "meter";
    public const string Dip = "dip";
    public const string Disturb = "disturb";
    public const string Restore = "restore";
    public const string Asked = "asked";

    /// <summary>First I2C address; plug i has its rail monitor at this address + i.</summary>
    public const int FirstI2cAddress = 0x40;

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    };

    public static bool IsOutput(int line) => line % HarnessLines.PerPlug <= HarnessLines.Button;

    public static bool IsInput(int line) => line % HarnessLines.PerPlug is >= HarnessLines.Contact and <= HarnessLines.Sel;
}

/// <summary>A request. What an operation does not need stays at its default.</summary>
internal sealed record HarnessRequest
{
    public long Id { get; init; }

    public string Op { get; init; } = "";

    /// <summary>GPIO line, PWM channel, 7-bit I2C address, or plug of a meter or a dip.</summary>
    public int At { get; init; }

    public bool High { get; init; }

    public bool Running { get; init; }

    /// <summary>ns.</summary>
    public long Period { get; init; }

    /// <summary>ns; of a dip its length in run time.</summary>
    public long Duty { get; init; }

    /// <summary>Bytes to write on I2C.</summary>
    public byte[]? Data { get; init; }

    /// <summary>Bytes to read on I2C after the write.</summary>
    public int Count { get; init; }

    /// <summary>Effect on a station's network: put on it when <see cref="High"/>, else taken off.</summary>
    public NetworkEffect Effect { get; init; }

    /// <summary>What a station's questions are counted of.</summary>
    public NetworkQuestion Question { get; init; }

    /// <summary>Value of the effect, or V of a dip.</summary>
    public double Value { get; init; }

    /// <summary>MAC address of the station, lower case with colons.</summary>
    public string? Mac { get; init; }
}

/// <summary>A reply, or an edge when <see cref="Edge"/> is set.</summary>
internal sealed record HarnessReply
{
    public long Id { get; init; }

    /// <summary>Why the request was refused; null when it was done.</summary>
    public string? Error { get; init; }

    /// <summary>True: no I2C device acknowledged the address.</summary>
    public bool Nack { get; init; }

    public bool High { get; init; }

    public bool Running { get; init; }

    public long Period { get; init; }

    public long Duty { get; init; }

    public long Emitted { get; init; }

    public int Lines { get; init; }

    /// <summary>Questions of a station so far.</summary>
    public long Asked { get; init; }

    /// <summary>CLOCK_MONOTONIC of a count, ns.</summary>
    public long Monotonic { get; init; }

    public HarnessLoad? Load { get; init; }

    public byte[]? Data { get; init; }

    public HarnessEdge? Edge { get; init; }
}

/// <summary>What a plug's load takes from the mains.</summary>
/// <param name="Volts">At the plug's terminals.</param>
/// <param name="Amperes">RMS.</param>
/// <param name="Watts">Active.</param>
/// <param name="WattHours">Since the bench started.</param>
internal sealed record HarnessLoad(double Volts, double Amperes, double Watts, double WattHours);

/// <summary>An edge of an input line.</summary>
/// <param name="Line">Line.</param>
/// <param name="Rising">Direction.</param>
/// <param name="Nanoseconds">CLOCK_MONOTONIC of the exact virtual time.</param>
/// <param name="Sequence">Counts the edges of the line since the harness started, watched or not.</param>
internal sealed record HarnessEdge(int Line, bool Rising, long Nanoseconds, uint Sequence);
