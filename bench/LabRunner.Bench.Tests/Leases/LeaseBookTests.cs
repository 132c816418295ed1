using System.Diagnostics;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Tests.Inventory;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Tests.Leases;

/// <summary>Who gets a slot, who is refused and in what words, and how leases end.</summary>
[CancelAfter(60_000)]
public sealed class LeaseBookTests
{
    private string _path;
    private LeaseFolder _folder;

    [SetUp]
    public void SetUp()
    {
        _path = Directory.CreateTempSubdirectory("leases-").FullName;
        _folder = LeaseFolder.Open(_path);
    }

    [TearDown]
    public void TearDown() => Directory.Delete(_path, recursive: true);

    [Test]
    public async Task Take_ManyAtOnceForOneSlot_ExactlyOneWinsEachRound(CancellationToken token)
    {
        const int rounds = 60;
        const int askers = 8;
        for (int round = 0; round < rounds; round++)
        {
            Lease?[] taken = await Task.WhenAll(Enumerable.Range(0, askers).Select(i => Task.Run(() => TryTakeAsync($"asker {i}", token), token)));
            Lease[] winners = [.. taken.OfType<Lease>()];
            Assert.That(winners, Has.Length.EqualTo(1), $"round {round}");
            await winners[0].DisposeAsync();
        }

        Assert.That(Directory.GetFiles(_path).Select(Path.GetFileName), Is.EqualTo(new[] { "gate" }), "nothing stays behind");
    }

    [TestCase(28, "No space left on device")]
    [TestCase(122, "Disk quota exceeded")]
    public void Folder_OnAFullDisk_IsMendedByFreeingSpace(int errno, string what)
    {
        BenchFaultException full = Assert.Throws<BenchFaultException>(() => _folder.Guard(() => throw new IOException(what, errno)))!;

        Assert.That((full.Problem, full.Remedy), Is.EqualTo(($"the folder of leases cannot be used: {what}", "Free space on its disk")));
    }

    [Test]
    public async Task Take_WhatAnotherHas_SaysWhoWhatForUntilWhenAndWhatToDo(CancellationToken token)
    {
        await using Lease lease = await new LeaseBook(_folder, "ada").TakeAsync(Request("p1"), token);

        BenchFaultException refused = (await Assert.ThrowsAsync<BenchFaultException>(() => new LeaseBook(_folder, "bob").TakeAsync(Request("p2", "p1"), token)))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Kind, Is.EqualTo(FaultKind.Lease));
            Assert.That(refused.Message, Does.StartWith("slot p1 of bench 'lab': ada uses it for night, plan smoke (process " + Environment.ProcessId));
            Assert.That(refused.Message, Does.Contain("until that ends").And.Contain($"'./lab lease break {lease.Id}'"));
        }
    }

    [Test]
    public async Task Take_OtherSlots_GetInBesideEachOther(CancellationToken token)
    {
        LeaseBook book = new(_folder, "ada");
        await using Lease one = await book.TakeAsync(Request("p1"), token);
        await using Lease two = await book.TakeAsync(Request("p2"), token);

        Assert.That((await book.ListAsync(token)).Select(l => l.State), Is.EqualTo(new[] { LeaseState.InForce, LeaseState.InForce }));
    }

    [Test]
    public async Task Reservation_LetsItsOwnerInKeepsOthersOutAndEndsAtItsTime(CancellationToken token)
    {
        Clock clock = new();
        LeaseBook ada = new(_folder, "ada", clock);
        LeaseBook bob = new(_folder, "bob", clock);
        await ada.ReserveAsync(Request("p1") with { Purpose = "bisecting" }, TimeSpan.FromHours(1), token);
        BenchFaultException refused = (await Assert.ThrowsAsync<BenchFaultException>(() => bob.TakeAsync(Request("p1"), token)))!;
        await using (Lease own = await ada.TakeAsync(Request("p1"), token))
        {
            Assert.That(own.Lost.IsCompleted, Is.False);
        }

        clock.Ahead = TimeSpan.FromHours(1.01);
        await using Lease late = await bob.TakeAsync(Request("p1"), token);

        Assert.That(refused.Message, Does.Contain("ada reserved it for 'bisecting' until 20").And.Contain("lease break"));
    }

    [Test]
    public async Task Reservation_TakenAgain_HasTheNewTimeAndIsOne(CancellationToken token)
    {
        LeaseBook ada = new(_folder, "ada");
        await ada.ReserveAsync(Request("p1"), TimeSpan.FromHours(1), token);
        LeaseRecord again = await ada.ReserveAsync(Request("p1"), TimeSpan.FromHours(3), token);

        LeaseEntry only = (await ada.ListAsync(token)).Single();
        Assert.That(only.Id, Is.EqualTo(again.Id));
        Assert.That((await ada.ReleaseAsync(_ => true, token)).Single().Id, Is.EqualTo(again.Id));
        Assert.That(await ada.ListAsync(token), Is.Empty);
    }

    [Test]
    public async Task Release_OfAnothersReservation_GivesNothingBack(CancellationToken token)
    {
        await new LeaseBook(_folder, "ada").ReserveAsync(Request("p1"), TimeSpan.FromHours(1), token);

        Assert.That(await new LeaseBook(_folder, "bob").ReleaseAsync(_ => true, token), Is.Empty);
    }

    [Test]
    public async Task Take_WhatOnlyTheGuardOfADeadRunStillHas_WaitsForIt(CancellationToken token)
    {
        LeaseBook book = new(_folder, "ada");
        Lease dead = await book.TakeAsync(Request("p1"), token);
        string file = Directory.GetFiles(_path, "*.run.json").Single();
        using Process gone = Process.Start("true");
        await gone.WaitForExitAsync(token);
        using FileStream guard = new(Path.ChangeExtension(file, ".lock"), FileMode.Open, FileAccess.Read, FileShare.Read);
        await dead.DisposeAsync();
        Assert.That(file, Does.Exist, "the guard's lock keeps it");
        string text = await File.ReadAllTextAsync(file, token);
        await File.WriteAllTextAsync(file, text.Replace($"\"process\":{Environment.ProcessId}", $"\"process\":{gone.Id}", StringComparison.Ordinal), token);

        Task<Lease> next = book.TakeAsync(Request("p1"), token);
        bool early = next == await Task.WhenAny(next, Task.Delay(TimeSpan.FromSeconds(0.5), TimeProvider.System, token));
        await guard.DisposeAsync();
        await using Lease mine = await next;

        Assert.That(early, Is.False, "nobody gets a slot before it is off");
    }

    [Test]
    public async Task Break_OfARun_TellsItAndFreesTheSlotWhenItHasEnded(CancellationToken token)
    {
        LeaseBook bob = new(_folder, "bob");
        Lease lease = await new LeaseBook(_folder, "ada").TakeAsync(Request("p1"), token);

        await bob.BreakAsync(lease.Id, "fire drill", token);
        BenchFaultException refused = (await Assert.ThrowsAsync<BenchFaultException>(() => bob.TakeAsync(Request("p1"), token)))!;
        BenchFaultException told = await lease.Lost.WaitAsync(token);
        await lease.DisposeAsync();
        await using Lease mine = await bob.TakeAsync(Request("p1"), token);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Message, Does.Contain("which it has been told to"), "its slots may still have power");
            Assert.That(told.Message, Does.Contain("broken by bob (fire drill)"));
        }
    }

    [Test]
    public async Task Break_OfAReservation_FreesAtOnce(CancellationToken token)
    {
        LeaseBook bob = new(_folder, "bob");
        LeaseRecord reserved = await new LeaseBook(_folder, "ada").ReserveAsync(Request("p1"), TimeSpan.FromHours(1), token);

        await bob.BreakAsync(reserved.Id, "gone home", token);
        await using Lease mine = await bob.TakeAsync(Request("p1"), token);

        Assert.That((await bob.ListAsync(token)).Single().Id, Is.EqualTo(mine.Id));
    }

    [Test]
    public async Task Run_WithoutASignOfLife_LosesItsLeaseAndIsTold(CancellationToken token)
    {
        Clock clock = new();
        Lease hung = await new LeaseBook(_folder, "ada", clock).TakeAsync(Request("p1"), token);
        clock.Ahead = LeaseBook.Silence + TimeSpan.FromSeconds(30);
        await using Lease next = await new LeaseBook(_folder, "bob", clock).TakeAsync(Request("p1"), token);

        BenchFaultException told = await hung.Lost.WaitAsync(token);
        await hung.DisposeAsync();

        Assert.That(told.Message, Does.Contain("the lease of this run is lost"));
        Assert.That((await new LeaseBook(_folder, "bob", clock).ListAsync(token)).Single().Id, Is.EqualTo(next.Id), "who comes back too late does not push the next one out");
    }

    [TestCase("{ \"id\": \"0123456789abcdef\"", TestName = "cut off")]
    [TestCase("null", TestName = "null")]
    [TestCase("[[[[[[[[", TestName = "no object")]
    [TestCase("{\"id\":\"fedcba9876543210\",\"kind\":\"Run\",\"owner\":\"x\",\"purpose\":\"x\",\"bench\":\"lab\",\"slots\":[],\"parts\":[],\"taken\":\"2026-01-01T00:00:00Z\"}", TestName = "another's id")]
    [TestCase("{\"id\":\"0123456789abcdef\",\"kind\":\"Run\",\"owner\":null,\"purpose\":\"x\",\"bench\":\"lab\",\"slots\":[null],\"parts\":[],\"taken\":\"2026-01-01T00:00:00Z\"}", TestName = "null inside")]
    public async Task CorruptFile_OfARunThatIsNoMore_StopsNobody(string text, CancellationToken token)
    {
        await File.WriteAllTextAsync(Path.Combine(_path, "4711-0123456789abcdef.run.json"), text, token);
        await File.WriteAllTextAsync(Path.Combine(_path, "4711-0123456789abcdef.hold.json"), text, token);
        LeaseBook book = new(_folder, "ada");

        await using Lease mine = await book.TakeAsync(Request("p1"), token);

        Assert.That((await book.ListAsync(token)).Where(l => l.Keeps).Select(l => l.Id), Is.EqualTo(new[] { mine.Id }));
    }

    [Test]
    public async Task CorruptFile_OfARunThatLives_IsRefusedByName(CancellationToken token)
    {
        string lease = Path.Combine(_path, "4711-0123456789abcdef.run.json");
        await File.WriteAllTextAsync(lease, "garbage", token);
        string held = Path.ChangeExtension(lease, ".lock");
        await File.WriteAllTextAsync(held, "x", token);
        using FileStream holder = new(held, FileMode.Open, FileAccess.Read, FileShare.Read);
        LeaseBook book = new(_folder, "ada");

        BenchFaultException refused = (await Assert.ThrowsAsync<BenchFaultException>(() => book.TakeAsync(Request("p1"), token)))!;
        await using Lease private_ = await book.TakeAsync(Request("v1") with { Private = true }, token);

        Assert.That(refused.Message, Does.StartWith(lease).And.Contain("user 4711").And.Contain("cannot be read (it is no lease)"));
    }

    [TestCase("garbage")]
    [TestCase("null")]
    [TestCase("{\"by\":null,\"why\":\"x\",\"at\":\"2026-01-01T00:00:00Z\"}")]
    public async Task BreakMark_ThatCannotBeRead_BreaksNothing(string text, CancellationToken token)
    {
        LeaseBook book = new(_folder, "ada");
        await using Lease lease = await book.TakeAsync(Request("p1"), token);
        await File.WriteAllTextAsync(Path.Combine(_path, $"4711-{lease.Id}.break.json"), text, token);

        Assert.That((await book.ListAsync(token)).Single().State, Is.EqualTo(LeaseState.InForce));
    }

    [Test]
    public async Task HostileFiles_AreNeitherOpenedNorPrintedAsTheyAre(CancellationToken token)
    {
        using (Process mkfifo = Process.Start("mkfifo", Path.Combine(_path, "4711-00000000000000aa.hold.json")))
        {
            await mkfifo.WaitForExitAsync(token);
        }

        File.CreateSymbolicLink(Path.Combine(_path, "4711-00000000000000bb.hold.json"), "/etc/passwd");
        await using (FileStream huge = File.Create(Path.Combine(_path, "4711-00000000000000cc.hold.json")))
        {
            huge.SetLength(50_000_000);
        }

        LeaseRecord evil = await new LeaseBook(_folder, "\u001b[2J\u202eeve" + new string('x', 5000)).ReserveAsync(
            Request("p1") with { Purpose = "\u001b]0;title\a" }, TimeSpan.FromHours(1), token);
        IReadOnlyList<LeaseEntry> all = await new LeaseBook(_folder, "ada").ListAsync(token);
        BenchFaultException refused = (await Assert.ThrowsAsync<BenchFaultException>(() => new LeaseBook(_folder, "ada").TakeAsync(Request("p1"), token)))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(all.Where(l => l.State == LeaseState.Unreadable).Select(l => l.Why), Has.Exactly(3).Contains("no regular file"));
            Assert.That(all.Single(l => l.Id == evil.Id).Record!.Owner, Has.Length.LessThan(100));
            Assert.That(refused.Message.Any(c => char.IsControl(c) || c == '\u202e'), Is.False, "nothing for a terminal");
        }
    }

    [Test]
    public void Folder_ThatIsALink_IsRefused()
    {
        string link = _path + "-link";
        Directory.CreateSymbolicLink(link, _path);
        try
        {
            Assert.That(() => LeaseFolder.Open(link), Throws.TypeOf<BenchFaultException>().With.Message.Contains("it is a link").And.Message.Contains(LeaseFolder.Variable));
        }
        finally
        {
            Directory.Delete(link);
        }
    }

    [Test]
    public async Task Parts_OfTwoInventoriesThatMeanTheSameLine_AreOne(CancellationToken token)
    {
        IReadOnlyList<string> one = LeaseParts.Of(Load("one", "pi", "s1", "17"), null, null);
        IReadOnlyList<string> two = LeaseParts.Of(Load("two", "raspberry", "left", "17"), null, null);
        IReadOnlyList<string> other = LeaseParts.Of(Load("two", "raspberry", "left", "18"), null, null);
        await using Lease lease = await new LeaseBook(_folder, "ada").TakeAsync(Request("s1") with { Bench = "one", Parts = one }, token);

        BenchFaultException refused = (await Assert.ThrowsAsync<BenchFaultException>(
            () => new LeaseBook(_folder, "bob").TakeAsync(Request("left") with { Bench = "two", Parts = two }, token)))!;
        await using Lease beside = await new LeaseBook(_folder, "bob").TakeAsync(Request("left") with { Bench = "two", Parts = other }, token);

        Assert.That(refused.Message, Does.StartWith("line 17 of gpio gpiochip label pinctrl-rp1, which bench 'two' and bench 'one' (s1) share"));
    }

    [Test]
    public void Parts_OfAVirtualBench_AreItsOwn()
    {
        BenchInventory bench = InventoryLoader.Load(DataFiles.VirtualFile, new FakeCatalogue(), DataFiles.Variables, DataFiles.Folders.Boards);

        Assert.That(LeaseParts.Of(bench, ["p1"], "/tmp/v1").Intersect(LeaseParts.Of(bench, ["p1"], "/tmp/v2")), Is.Empty);
    }

    private static BenchInventory Load(string name, string chip, string slot, string line) => InventoryLoader.LoadText(
        name + ".yaml",
        $$"""
        bench: {{name}}
        resources:
          {{chip}}: { kind: gpio, driver: gpiochip, label: pinctrl-rp1 }
        slots:
          {{slot}}:
            board: sm-028-v1.3-b17
            supply: isolated-3v3
            power: { driver: gpio, chip: {{chip}}, line: {{line}} }

        """,
        new FakeCatalogue(), null, DataFiles.Folders.Boards);

    private static LeaseRequest Request(params string[] slots) =>
        new() { Bench = "lab", Slots = slots, Parts = [.. slots.Select(s => $"slot lab/{s}")], Purpose = "night, plan smoke" };

    private async Task<Lease?> TryTakeAsync(string who, CancellationToken token)
    {
        try
        {
            return await new LeaseBook(_folder, who).TakeAsync(Request("p1"), token);
        }
        catch (BenchFaultException refused) when (refused.Kind == FaultKind.Lease)
        {
            return null;
        }
    }

    /// <summary>The machine's clock, some time ahead; its timers are the machine's.</summary>
    private sealed class Clock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override long TimestampFrequency => System.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;

        public override long GetTimestamp() => System.GetTimestamp() + (long)(Ahead.TotalSeconds * System.TimestampFrequency);
    }
}
