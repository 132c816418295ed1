using System.Text;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Hand;

/// <summary>Virtual plugs for tools from elsewhere.</summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class VirtualSlotsTests
{
    [Test]
    [CancelAfter(120_000)]
    public async Task SwitchOn_Boot_RomAnswersBehindTheTty(CancellationToken token)
    {
        (BenchFiles files, LabClock clock) = Load();
        await using VirtualBench bench = await VirtualBench.StartAsync(files.Inventory, clock, 1, token);
        await using VirtualSlots slots = await VirtualSlots.SwitchOnAsync(files, bench, clock, [], ["p1"], token);
        await using FileStream tty = new(bench.Variables["virtual.p1.tty"], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
        byte[] run = new byte[200];
        Array.Fill(run, (byte)0x55);
        await tty.WriteAsync(run, token);
        byte[] answer = new byte[2];
        await tty.ReadExactlyAsync(answer, token).AsTask().WaitAsync(token);
        Assert.That(Encoding.ASCII.GetString(answer), Is.EqualTo("OK"));
    }

    [TestCase("nobody", "", "no slot nobody; it has")]
    [TestCase("p1", "p1", "--on")]
    [CancelAfter(120_000)]
    public async Task SwitchOn_WrongNames_AreNamed(string on, string boot, string words, CancellationToken token)
    {
        (BenchFiles files, LabClock clock) = Load();
        await using VirtualBench bench = await VirtualBench.StartAsync(files.Inventory, clock, 1, token);
        UsageException? wrong = await Assert.ThrowsAsync<UsageException>(
            () => VirtualSlots.SwitchOnAsync(files, bench, clock, [on], boot.Length == 0 ? [] : [boot], token));
        Assert.That(wrong!.Message, Does.Contain(words));
    }

    private static (BenchFiles Files, LabClock Clock) Load()
    {
        BenchFiles files = BenchFiles.Load(new BenchOwnerOptions { Bench = "virtual", TimeScale = 1 });
        return (files, LabClock.Start(files.TimeScale));
    }
}
