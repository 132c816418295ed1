namespace LabRunner.Hardware.Time;

/// <summary>
/// Randomness that can be repeated: SplitMix64 seeded from the run's printed seed and a name, so that one consumer's
/// draws do not depend on how often another draws. Not thread safe: one instance per consumer.
/// </summary>
public sealed class Chance
{
    private ulong _state;

    /// <param name="seed">The run's seed, any value.</param>
    /// <param name="name">Who draws (for example "p2/F01"); the same seed and name give the same sequence.</param>
    public Chance(long seed, string name)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in name)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        _state = unchecked((ulong)seed * 0x9E3779B97F4A7C15) ^ hash;
    }

    /// <summary>A number in [0, 1).</summary>
    public double NextUnit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double Between(double low, double high) => low + ((high - low) * NextUnit());

    /// <summary>An integer in [0, <paramref name="exclusive"/>).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="exclusive"/> is below 1.</exception>
    public int Below(int exclusive)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exclusive, 1);
        return (int)(NextUnit() * exclusive);
    }

    /// <summary>Fills the buffer with random bytes.</summary>
    public void Fill(Span<byte> buffer)
    {
        for (int i = 0; i < buffer.Length; i++)
        {
            buffer[i] = (byte)Next();
        }
    }

    private ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
