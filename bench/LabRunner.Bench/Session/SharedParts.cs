using System.Collections.Concurrent;
using LabRunner.Bench.Api;

namespace LabRunner.Bench.Session;

/// <summary>
/// Parts of a bench that suites of several slots use in turn: whoever comes first holds one until it is released. There is one of each, but as
/// many browsers as the machine can carry. Thread safe.
/// </summary>
internal sealed class SharedParts(int browsers)
{
    private const long BytesForTheBench = 2L << 30;
    private const long BytesForABrowser = 2L << 30;
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _parts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _held = new(StringComparer.Ordinal);

    /// <summary>
    /// How many browsers a machine can carry side by side: one takes about a gigabyte and a processor while it draws. One on a Raspberry Pi of
    /// 4 GB, two on one of 8 GB (less what its kernel takes), never more than there are processors.
    /// </summary>
    /// <param name="memoryBytes">Memory of the machine.</param>
    /// <param name="processors">Its processors.</param>
    public static int BrowsersOf(long memoryBytes, int processors) =>
        (int)Math.Clamp((memoryBytes - BytesForTheBench) / BytesForABrowser, 1, Math.Max(1, processors));

    /// <summary>Waits for a part and holds it.</summary>
    /// <returns>Token for <see cref="Release"/>.</returns>
    public async Task<string> AcquireAsync(string part, CancellationToken cancellationToken)
    {
        SemaphoreSlim gate = _parts.GetOrAdd(part, name => new SemaphoreSlim(name == BenchParts.Browser ? browsers : 1));
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        string token = Guid.NewGuid().ToString("N");
        _held[token] = gate;
        return token;
    }

    /// <summary>Gives a part back; a token that holds nothing is taken in silence, since a connection that ends releases all it had.</summary>
    public void Release(string token)
    {
        if (_held.TryRemove(token, out SemaphoreSlim? gate))
        {
            gate.Release();
        }
    }
}
