using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>
/// Free heap: about 95 to 113 kB on a BL602; an open HTTP connection costs 11,768 bytes; leaks only grow. A little of it comes and goes
/// with the network stack's buffers.
/// </summary>
internal sealed class HeapModel(PlugFirmware firmware, Chance chance)
{
    /// <summary>Thread stack, request and reply buffers, and the socket (issue #1337: 95,072 to 83,304).</summary>
    public const int BytesPerConnection = 11_768;

    private readonly int _base = 98_304 + (8 * chance.Below(512));
    private double _leaked;
    private TimeSpan _leakSince;

    /// <summary>Bytes a second that are never given back.</summary>
    public double LeakRate { get; private set; }

    /// <summary>Open HTTP connections.</summary>
    public int Connections { get; private set; }

    /// <summary>Free bytes now.</summary>
    public int Free => Settled - (8 * chance.Below(40));

    private int Settled => _base - (Connections * BytesPerConnection) - (int)Leaked - (firmware.Mqtt.IsConnected ? 1_240 : 0);

    private double Leaked => _leaked + (LeakRate * (firmware.Scope.Now - _leakSince).TotalSeconds);

    public void Leak(int bytes) => _leaked += bytes;

    public void LeakFrom(double bytesPerSecond)
    {
        _leaked = Leaked;
        _leakSince = firmware.Scope.Now;
        LeakRate = bytesPerSecond;
    }

    /// <summary>Takes the memory of one HTTP connection; false when there is not enough for its thread.</summary>
    public bool TryOpenConnection()
    {
        if (Settled < BytesPerConnection)
        {
            return false;
        }

        Connections++;
        return true;
    }

    public void CloseConnection() => Connections--;

    /// <summary>True: the next small allocation fails.</summary>
    public bool Exhausted => Settled < 512;
}
