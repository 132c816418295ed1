using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Hosting.Resume;
using LabRunner.Bench.Journal;
using LabRunner.Bench.Tests.Conventions;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Resume;

/// <summary>Which folders a run can be gone on with from, and what is said of the others.</summary>
[CancelAfter(120_000)]
public sealed class ResumedRunTests
{
    private string _folder;
    private string _inventory;
    private string _plan;

    [SetUp]
    public void SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("resumed-").FullName;
        (_inventory, _plan) = (Path.Combine(_folder, "lab.yaml"), Path.Combine(_folder, "plan.yaml"));
        File.Copy(Path.Combine(RepoFolder.Path, "bench", "inventory", "virtual.yaml"), _inventory);
        File.WriteAllText(_plan, "plan: short\nsuites:\n  - S01: { duration: 1m }\n");
    }

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task FilesChangedSince_TheCopiesInTheJournalAreUsed(CancellationToken token)
    {
        await WriteAsync();
        await File.WriteAllTextAsync(_inventory, "bench: another\n", token);
        File.Delete(_plan);

        ResumedRun run = await ResumedRun.OpenAsync(_folder, _ => { }, token);
        using IDisposable held = run.Folder;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((run.Files.Inventory.Name, run.Files.Plan.Name), Is.EqualTo(("virtual", "short")));
            Assert.That((run.Options.Seed, run.Files.TimeScale, run.VirtualDirectory), Is.EqualTo((7L, 20.0, "/nowhere")));
            Assert.That(run.Options.Slots, Is.EqualTo(new[] { "p1" }));
        }
    }

    [Test]
    public async Task SecretTakenOutOfTheCopy_TheFileItselfMustBeTheSame(CancellationToken token)
    {
        await WriteAsync(inventoryText: "bench: virtual # ***");
        using (IDisposable held = (await ResumedRun.OpenAsync(_folder, _ => { }, token)).Folder)
        {
            Assert.That(held, Is.Not.Null);
        }

        await File.AppendAllTextAsync(_inventory, "# a word more\n", token);
        await RefusedAsync<BenchFaultException>("the inventory is not what the run was begun with", token);
    }

    [Test]
    public async Task BoardChangedSince_IsRefused(CancellationToken token)
    {
        await WriteAsync(origin => origin with { BoardsSha256 = "0" });
        await RefusedAsync<BenchFaultException>("a board file of the bench is not what", token);
    }

    [Test]
    public async Task Completed_IsRefused(CancellationToken token)
    {
        await WriteAsync(outcome: "completed");
        await RefusedAsync<UsageException>("was completed; there is nothing to go on with", token);
    }

    [Test]
    public async Task Interrupted_GoesOn(CancellationToken token)
    {
        await WriteAsync(outcome: "aborted: interrupted by the user");
        using IDisposable held = (await ResumedRun.OpenAsync(_folder, _ => { }, token)).Folder;
        Assert.That(held, Is.Not.Null);
    }

    [Test]
    public async Task StillRunning_IsRefusedUntilItEnds(CancellationToken token)
    {
        await WriteAsync();
        using (RunFolder.Reopen(_folder))
        {
            await RefusedAsync<BenchFaultException>("the run still goes on: another process holds its folder", token);
        }

        using IDisposable held = (await ResumedRun.OpenAsync(_folder, _ => { }, token)).Folder;
        Assert.That(held, Is.Not.Null);
    }

    [Test]
    public async Task NothingRecordedYet_SaysSo(CancellationToken token)
    {
        await WriteAsync(origin => null);
        await RefusedAsync<BenchFaultException>("the journal does not say how the run was begun", token);
    }

    [Test]
    public async Task NoRunAndNoJournal_AreRefused(CancellationToken token)
    {
        await RefusedAsync<UsageException>("is no run folder, it has no journal.db", token);
        await File.WriteAllTextAsync(Path.Combine(_folder, "journal.db"), "this is no database, whatever its name says", token);
        await RefusedAsync<BenchFaultException>("the journal cannot be read", token);
    }

    [Test]
    public async Task Journal_WithADamagedPage_IsRefusedByTheWriter(CancellationToken token)
    {
        await WriteAsync();
        string path = Path.Combine(_folder, "journal.db");
        byte[] bytes = await File.ReadAllBytesAsync(path, token);
        bytes.AsSpan(4096 * 3, 4096 * 4).Fill(0x5A);
        await File.WriteAllBytesAsync(path, bytes, token);

        Assert.That(() => JournalWriter.Continue(path, static text => text), Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Storage));
    }

    [Test]
    public async Task Guard_StillAtWork_IsWaitedFor(CancellationToken token)
    {
        await WriteAsync();
        TaskCompletionSource told = new();
        IDisposable? guard;
        using (RunFolder.Reopen(_folder))
        {
            guard = await GuardHold.TakeAsync(_folder);
        }

        Task<ResumedRun> opening = ResumedRun.OpenAsync(_folder, _ => told.TrySetResult(), token);
        await told.Task.WaitAsync(token);
        bool waited = !opening.IsCompleted;
        guard!.Dispose();
        using IDisposable held = (await opening).Folder;

        Assert.That(waited, Is.True);
    }

    [Test]
    public void Owner_WhoseRunWentOnWithoutIt_IsToldByItsWord()
    {
        string first;
        using (RunFolder.Reopen(_folder))
        {
            first = GuardHold.Read(_folder)!;
            Assert.That(GuardHold.IsTakenOver(_folder, first), Is.False);
        }

        Assert.That(GuardHold.IsTakenOver(_folder, first), Is.False, "dead, but nobody goes on");
        using (RunFolder.Reopen(_folder))
        {
            Assert.That(GuardHold.IsTakenOver(_folder, first), Is.True);
        }
    }

    private async Task WriteAsync(Func<RunOrigin, RunOrigin?>? change = null, string? outcome = null, string? inventoryText = null)
    {
        BenchOwnerOptions options = new() { Bench = _inventory, Plan = _plan, TimeScale = 20 };
        BenchFiles files = BenchFiles.Load(options);
        RunOrigin origin = RunOrigin.Of(files, ["p1"], LabClock.Start(20), "/nowhere");
        await using JournalWriter journal = JournalWriter.Open(Path.Combine(_folder, "journal.db"), static text => text);
        foreach ((string key, string? value) in new[]
        {
            (MetaKeys.SchemaVersion, JournalSchema.Version), (MetaKeys.Seed, "7"), (MetaKeys.TimeScale, "20"), (MetaKeys.PlanText, files.Plan.Text),
            (MetaKeys.InventoryText, inventoryText ?? files.Inventory.Text), (MetaKeys.Resume, (change is null ? origin : change(origin))?.ToJson()), (MetaKeys.Outcome, outcome),
        })
        {
            if (value is not null)
            {
                journal.Put(JournalRow.Meta(key, value));
            }
        }
    }

    private async Task RefusedAsync<T>(string sentence, CancellationToken token)
        where T : Exception =>
        await Assert.ThatAsync(() => ResumedRun.OpenAsync(_folder, _ => { }, token), Throws.TypeOf<T>().With.Message.Contains(sentence));
}
