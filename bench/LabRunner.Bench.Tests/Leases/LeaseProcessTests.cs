using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Bench.Tests.Hand;

namespace LabRunner.Bench.Tests.Leases;

/// <summary>Leases between real processes: races, kill -9, break, another user.</summary>
[CancelAfter(300_000)]
[Parallelizable(ParallelScope.Self)]
public sealed class LeaseProcessTests
{
    private CommandBench _bench;

    [SetUp]
    public void SetUp() => _bench = new CommandBench();

    [TearDown]
    public void TearDown() => _bench.Dispose();

    [Test]
    public async Task Take_TwoProcessesAtOnce_ExactlyOneWinsEachRound(CancellationToken token)
    {
        for (int round = 0; round < 8; round++)
        {
            Process ada = _bench.Start("lease", "take", "s1", "--bench", "{bench}", "--owner", "ada", "--for", "1h");
            Process bob = _bench.Start("lease", "take", "s1", "--bench", "{bench}", "--owner", "bob", "--for", "1h");
            (int Code, string Output, string Errors)[] ends = await Task.WhenAll(CommandBench.EndAsync(ada, token), CommandBench.EndAsync(bob, token));
            Assert.That(ends.Select(e => e.Code).Order(), Is.EqualTo(new[] { 0, 3 }), $"round {round}: {string.Join(" | ", ends)}");
            string winner = ends[0].Code == 0 ? "ada" : "bob";
            Assert.That(ends.Single(e => e.Code == 3).Errors, Does.Contain($"slot s1 of bench 'cmd': {winner} reserved it"));
            Assert.That((await _bench.RunAsync(token, "lease", "release", "--owner", winner)).Code, Is.Zero);
        }
    }

    [Test]
    public async Task Holder_KilledBySignal9_FreesTheSlotOnceItIsOff(CancellationToken token)
    {
        Process holder = _bench.Start("power", "s1", "on", "--bench", "{bench}");
        await CommandBench.UntilAsync(() => File.Exists(_bench.Relay), token);
        (int Code, string Output, string Errors) refused = await _bench.RunAsync(token, "power", "s1", "on", "--bench", "{bench}", "--for", "100ms");
        holder.Kill();
        await holder.WaitForExitAsync(token);

        // The guard holds the lease until the output is off; nobody gets in before.
        (int Code, string Output, string Errors) next;
        do
        {
            next = await _bench.RunAsync(token, "power", "s1", "off", "--bench", "{bench}");
        }
        while (next.Code == 3 && next.Errors.Contains("another program of yours uses it", StringComparison.Ordinal));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Code, Is.EqualTo(3));
            Assert.That(refused.Errors, Does.Contain("slot s1 of bench 'cmd': another program of yours uses it for power on (process " + holder.Id).And.Contain("lease break"));
            Assert.That(next.Code, Is.Zero, next.Errors);
            Assert.That(_bench.Relay, Does.Not.Exist);
            Assert.That((await LeasesAsync(token)).GetArrayLength(), Is.Zero);
        }
    }

    [Test]
    public async Task Break_OfALivingHolder_SwitchesItsSlotOffAndEndsIt(CancellationToken token)
    {
        Process holder = _bench.Start("power", "s1", "on", "--bench", "{bench}");
        await CommandBench.UntilAsync(() => File.Exists(_bench.Relay), token);

        (int Code, string Output, string Errors) broken = await _bench.RunAsync(token, "lease", "break", "s1", "--bench", "{bench}", "--why", "fire drill", "--owner", "bob");
        (int Code, string Output, string Errors) held = await CommandBench.EndAsync(holder, token);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(broken.Code, Is.Zero, broken.Errors);
            Assert.That(held.Code, Is.EqualTo(3));
            Assert.That(held.Errors, Does.Contain("the lease of this run is lost: broken by bob (fire drill)"));
            Assert.That(_bench.Relay, Does.Not.Exist, "off before the next one gets it");
        }
    }

    [Test]
    [SupportedOSPlatform("linux")]
    public async Task AnotherUser_IsSeenAndRefusedAndItsUnreadableFileIsNamed(CancellationToken token)
    {
        if (LeaseFolder.User != 0)
        {
            Assert.Ignore("Only root can start a process of another user.");
        }

        LeaseFolder folder = LeaseFolder.Open(_bench.Leases);
        File.SetUnixFileMode(_bench.Folder, (UnixFileMode)0b111_101_101);
        LeaseBook mine = new(folder, "ada");
        LeaseRecord reserved = await mine.ReserveAsync(
            new LeaseRequest { Bench = "cmd", Slots = ["s1"], Parts = ["slot cmd/s1"], Purpose = "bisecting" }, TimeSpan.FromHours(1), token);

        (int Code, string Output, string Errors) seen = await AsNobodyAsync(token, "lease", "take", "s1", "--bench", "{bench}");
        File.SetUnixFileMode(Directory.GetFiles(_bench.Leases, $"*{reserved.Id}*").Single(), UnixFileMode.UserRead);
        (int Code, string Output, string Errors) unreadable = await AsNobodyAsync(token, "lease", "take", "s1", "--bench", "{bench}");
        (int Code, string Output, string Errors) broken = await AsNobodyAsync(token, "lease", "break", reserved.Id);
        (int Code, string Output, string Errors) taken = await AsNobodyAsync(token, "lease", "take", "s1", "--bench", "{bench}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(seen.Code, Is.EqualTo(3), seen.Output);
            Assert.That(seen.Errors, Does.Contain("ada reserved it for 'bisecting'"));
            Assert.That(unreadable.Code, Is.EqualTo(3));
            Assert.That(unreadable.Errors, Does.Contain("a lease of user 0 cannot be told: its file cannot be read (permission denied)"));
            Assert.That(broken.Code, Is.Zero, broken.Errors);
            Assert.That(taken.Code, Is.Zero, taken.Errors);
        }
    }

    private async Task<(int Code, string Output, string Errors)> AsNobodyAsync(CancellationToken token, params string[] arguments) =>
        await CommandBench.EndAsync(
            _bench.Start("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", CommandBench.Program, .. arguments], ("HOME", "/tmp"), ("DOTNET_CLI_HOME", "/tmp")), token);

    private async Task<JsonElement> LeasesAsync(CancellationToken token)
    {
        (int code, string output, string errors) = await _bench.RunAsync(token, "lease", "list", "--json");
        Assert.That(code, Is.Zero, errors);
        using JsonDocument document = JsonDocument.Parse(output);
        return document.RootElement.GetProperty("leases").Clone();
    }
}
