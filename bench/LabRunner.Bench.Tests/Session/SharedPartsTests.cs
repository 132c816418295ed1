using LabRunner.Bench.Api;
using LabRunner.Bench.Session;

namespace LabRunner.Bench.Tests.Session;

/// <summary>Parts of a bench that slots use in turn.</summary>
internal sealed class SharedPartsTests
{
    private const long Gigabyte = 1L << 30;

    [Test]
    [CancelAfter(60_000)]
    public async Task Acquire_MoreThanThereAre_WaitsUntilOneIsReleased(CancellationToken token)
    {
        SharedParts parts = new(browsers: 2);
        string first = await parts.AcquireAsync(BenchParts.Browser, token);
        await parts.AcquireAsync(BenchParts.Browser, token);
        await parts.AcquireAsync("meter", token);
        Task<string> third = parts.AcquireAsync(BenchParts.Browser, token);
        Task<string> other = parts.AcquireAsync("meter", token);
        Assert.That((third.IsCompleted, other.IsCompleted), Is.EqualTo((false, false)));

        parts.Release(first);
        parts.Release(first);
        await third;
        Assert.That(other.IsCompleted, Is.False, "A part that was released twice counts once, and only its own kind goes on.");
    }

    [TestCase(1, 4, 1)]
    [TestCase(4, 4, 1)]
    [TestCase(8, 4, 3)]
    [TestCase(8, 2, 2)]
    [TestCase(24, 2, 2)]
    [TestCase(24, 1, 1)]
    public void Browsers_ByMemoryAndProcessors(int gigabytes, int processors, int browsers) =>
        Assert.That(SharedParts.BrowsersOf(gigabytes * Gigabyte, processors), Is.EqualTo(browsers));
}
