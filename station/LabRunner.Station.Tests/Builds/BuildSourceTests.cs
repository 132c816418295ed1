using System.Diagnostics;
using System.Text;
using LabRunner.Station.Builds;
using LabRunner.Station.Schedule;
using LabRunner.Station.Tests.Schedule;
using LabRunner.Station.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Station.Tests.Builds;

/// <summary>Builds are found in folders, at addresses and on topics: whole, of a sane size, and once.</summary>
[CancelAfter(60_000)]
public sealed partial class BuildSourceTests
{
    private FakeTimeProvider _clock;
    private string _folder;

    [SetUp]
    public void SetUp()
    {
        _clock = new(ScheduleFiles.At("2026-06-01T10:30Z"));
        _folder = Directory.CreateTempSubdirectory("source-").FullName;
    }

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task File_ThatIsStillWritten_IsNotTaken_UntilItHasSettled()
    {
        await using FolderSource source = new(Watch($"folder: \"{_folder}\", files: \"*.ota\", settle: 10s"), _clock);
        await LookAsync(source);
        await File.WriteAllTextAsync(Path.Combine(_folder, "a.ota"), "half");
        List<string> looks = [await LookAsync(source)];
        _clock.Advance(TimeSpan.FromSeconds(9));
        looks.Add(await LookAsync(source));
        await File.AppendAllTextAsync(Path.Combine(_folder, "a.ota"), " and half");
        _clock.Advance(TimeSpan.FromSeconds(9));
        looks.Add(await LookAsync(source));
        _clock.Advance(TimeSpan.FromSeconds(9));
        looks.Add(await LookAsync(source));
        _clock.Advance(TimeSpan.FromSeconds(1));
        looks.Add(await LookAsync(source));
        looks.Add(await LookAsync(source));

        Assert.That(looks, Is.EqualTo(new[] { "", "", "", "", "a.ota=half and half", "" }));
    }

    [Test]
    public async Task File_SettlesHoweverTheClockIsSet()
    {
        SetClock clock = new(ScheduleFiles.At("2026-06-01T10:30Z"));
        await using FolderSource source = new(Watch($"folder: \"{_folder}\", files: \"*.ota\", settle: 10s"), clock);
        await LookAsync(source);
        await File.WriteAllTextAsync(Path.Combine(_folder, "a.ota"), "whole");
        await LookAsync(source);
        clock.IsAhead = TimeSpan.FromDays(1);
        string early = await LookAsync(source);
        clock.IsAhead = TimeSpan.FromDays(-1);
        clock.Advance(TimeSpan.FromSeconds(10));

        Assert.That((early, await LookAsync(source)), Is.EqualTo(("", "a.ota=whole")));
    }

    [Test]
    public async Task File_WithTheNameOfAHalfOne_OrAnotherName_IsNoBuild_UntilItIsMovedIntoPlace()
    {
        await using FolderSource source = new(Watch($"folder: \"{_folder}\", files: \"*.ota*\", settle: 1s"), _clock);
        await LookAsync(source);
        foreach (string name in new[] { "a.ota.part", ".a.ota", "a.ota.tmp", "a.bin" })
        {
            await File.WriteAllTextAsync(Path.Combine(_folder, name), "x");
        }

        string before = await LookAsync(source) + await LookLaterAsync(source);
        File.Move(Path.Combine(_folder, "a.ota.part"), Path.Combine(_folder, "a.ota"));
        string after = await LookAsync(source) + await LookLaterAsync(source);

        Assert.That((before, after), Is.EqualTo(("", "a.ota=x")));
    }

    [Test]
    public async Task Files_ThatAreThereAtTheFirstLook_SaySo_AndThoseThatComeLaterDoNot()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "old.ota"), "old");
        await using FolderSource source = new(Watch($"folder: \"{_folder}\", settle: 1s"), _clock);
        await LookAsync(source);
        bool early = source.HasSeenAll;
        await File.WriteAllTextAsync(Path.Combine(_folder, "new.ota"), "new");
        await LookAsync(source);
        _clock.Advance(TimeSpan.FromSeconds(1));
        IReadOnlyList<FoundBuild> found = await source.LookAsync(default);
        await source.AcceptAsync(default);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Select(f => $"{f.Name} {f.WasThere}"), Is.EquivalentTo(new[] { "old.ota True", "new.ota False" }));
            Assert.That((early, source.HasSeenAll), Is.EqualTo((false, true)));
        }
    }

    [Test]
    public async Task Find_ThatIsNotAccepted_IsOfferedAgain()
    {
        await using FolderSource source = new(Watch($"folder: \"{_folder}\", settle: 1s"), _clock);
        await LookAsync(source);
        await File.WriteAllTextAsync(Path.Combine(_folder, "a"), "x");
        await LookAsync(source);
        _clock.Advance(TimeSpan.FromSeconds(1));
        int first = (await source.LookAsync(default)).Count;

        Assert.That((first, await LookAsync(source)), Is.EqualTo((1, "a=x")));
    }

    [Test]
    public async Task Folder_ThatIsNotThere_AndAFileThatIsTooLarge_AreToldWithARemedy_AndTheOtherFilesAreTaken()
    {
        await using FolderSource none = new(Watch($"folder: \"{_folder}/none\""), _clock);
        await using FolderSource source = new(Watch($"folder: \"{_folder}\", largestMegabytes: 0.001, settle: 1s"), _clock);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "a"), new byte[1049]);
        await File.WriteAllTextAsync(Path.Combine(_folder, "b"), "small");
        await LookAsync(source);
        _clock.Advance(TimeSpan.FromSeconds(1));
        string taken = await LookAsync(source);
        await source.AcceptAsync(default);
        await source.LookAsync(default);

        using (Assert.EnterMultipleScope())
        {
            await Assert.ThatAsync(() => none.LookAsync(default), Throws.TypeOf<BuildPlaceException>().With.Message.Contains("Make the folder"));
            Assert.That(taken, Is.EqualTo("b=small"));
            Assert.That(source.Refused, Does.StartWith(Path.Combine(_folder, "a") + " is refused: it has 1,049 bytes, more than 1,048. Take it away"), "as long as it is there");
            Assert.That(source.HasSeenAll, Is.True);
        }
    }

    [Test]
    public async Task Link_IsItsFile_AndPipesDevicesEmptyFilesAndLinksToNowhere_AreNoBuilds_AndHoldNothingUp()
    {
        await using FolderSource source = new(Watch($"folder: \"{_folder}\", files: \"*.ota\", settle: 1s"), _clock);
        await LookAsync(source);
        await File.WriteAllTextAsync(Path.Combine(_folder, "build-228"), "228");
        await File.WriteAllTextAsync(Path.Combine(_folder, "empty.ota"), "");
        File.CreateSymbolicLink(Path.Combine(_folder, "latest.ota"), "build-228");
        File.CreateSymbolicLink(Path.Combine(_folder, "nowhere.ota"), "gone");
        File.CreateSymbolicLink(Path.Combine(_folder, "circle.ota"), "circle.ota");
        File.CreateSymbolicLink(Path.Combine(_folder, "zero.ota"), "/dev/zero");
        using (Process made = Process.Start("mkfifo", Path.Combine(_folder, "pipe.ota")))
        {
            await made.WaitForExitAsync();
        }

        // On a thread of its own, so that a look that waits for the pipe fails the test and does not end it.
        string found = await Task.Run(async () => await LookAsync(source) + await LookLaterAsync(source)).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);

        Assert.That(found, Is.EqualTo("latest.ota=228"));
    }

    [Test]
    public async Task FolderOfMuch_IsGoneThroughOverSeveralLooks_OldestFirst()
    {
        await using FolderSource source = new(Watch($"folder: \"{_folder}\", settle: 1s"), _clock);
        await LookAsync(source);
        for (int i = 0; i < 5; i++)
        {
            string file = Path.Combine(_folder, $"{i}");
            await File.WriteAllBytesAsync(file, new byte[15_000_000]);
            File.SetLastWriteTimeUtc(file, _clock.GetUtcNow().UtcDateTime.AddSeconds(-i));
        }

        await LookAsync(source);
        _clock.Advance(TimeSpan.FromSeconds(1));
        List<string> looks = [];
        for (int i = 0; i < 3; i++)
        {
            looks.Add(string.Join(' ', (await source.LookAsync(default)).Select(f => f.Name)));
            await source.AcceptAsync(default);
        }

        Assert.That(looks, Is.EqualTo(new[] { "4 3 2 1", "0", "" }));
    }

    [Test]
    public async Task Address_IsAskedForAnotherBuild_ByWhatTheServerSaidOfTheLast_AlsoAfterARestart()
    {
        List<string> asked = [];
        (string content, string tag) = ("one", "\"1\"");
        await using WebApplication server = await LocalServer.StartAsync(async context =>
        {
            string match = context.Request.Headers.IfNoneMatch.ToString();
            asked.Add(match);
            context.Response.Headers.ETag = tag;
            if (match == tag)
            {
                context.Response.StatusCode = 304;
                return;
            }

            await context.Response.WriteAsync(content);
        });
        BuildWatch watch = Watch($"url: \"{server.Urls.Single()}/firmware/latest.ota?token=secret\"");
        using Download download = new();
        List<string> looks = [];
        for (int life = 0; life < 2; life++)
        {
            BuildBook book = new(_folder);
            book.Begin(watch);
            await using UrlSource source = new(watch, book, download, _clock);
            looks.Add(await LookAsync(source));
            looks.Add(await LookAsync(source));
            (content, tag) = ("two", "\"2\"");
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(looks, Is.EqualTo(new[] { "latest.ota=one", "", "latest.ota=two", "" }));
            Assert.That(asked, Is.EqualTo(new[] { "", "\"1\"", "\"1\"", "\"2\"" }));
            Assert.That(watch.Place.Text, Does.Not.Contain("secret"));
        }
    }

    [TestCase("large", "has more than 1,048 bytes")]
    [TestCase("large without a length", "has more than 1,048 bytes")]
    [TestCase("cut", "cannot be had")]
    [TestCase("missing", "answers 404")]
    [TestCase("slow", "took longer than 5 s")]
    public async Task Answer_ThatIsNoWholeBuildOfASaneSize_IsToldAndNotTaken(string what, string problem)
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApplication server = await LocalServer.StartAsync(async context =>
        {
            asked.TrySetResult();
            switch (what)
            {
                case "large":
                    context.Response.ContentLength = 1049;
                    await context.Response.Body.WriteAsync(new byte[1049]);
                    break;
                case "large without a length":
                    for (int i = 0; i < 20; i++)
                    {
                        await context.Response.Body.WriteAsync(new byte[100]);
                        await context.Response.Body.FlushAsync();
                    }

                    break;
                case "cut":
                    context.Response.ContentLength = 100;
                    await context.Response.Body.WriteAsync(new byte[50]);
                    await context.Response.Body.FlushAsync();
                    context.Abort();
                    break;
                case "missing":
                    context.Response.StatusCode = 404;
                    break;
                default:
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    break;
            }
        });
        using Download download = new();
        await using UrlSource source = new(Watch($"url: \"{server.Urls.Single()}/a\", largestMegabytes: 0.001, limit: 5s"), new BuildBook(_folder), download, _clock);
        Task<IReadOnlyList<FoundBuild>> look = source.LookAsync(default);
        await asked.Task;
        _clock.Advance(TimeSpan.FromSeconds(what == "slow" ? 5 : 0));

        await Assert.ThatAsync(() => look, Throws.TypeOf<BuildPlaceException>().With.Message.Contains(problem));
    }

    private static BuildWatch Watch(string keys) => ScheduleFiles.Load($"builds:\n  stable: {{ plan: check, {keys} }}\n").Builds.Single();

    private static async Task<string> LookAsync(IBuildSource source)
    {
        IReadOnlyList<FoundBuild> found = await source.LookAsync(default);
        await source.AcceptAsync(default);
        return string.Join(' ', found.Select(f => $"{f.Name}={Encoding.UTF8.GetString(f.Content)}"));
    }

    private async Task<string> LookLaterAsync(IBuildSource source)
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        return await LookAsync(source);
    }

    /// <summary>A clock that somebody sets; how long something takes is the same.</summary>
    private sealed class SetClock(DateTimeOffset now) : FakeTimeProvider(now)
    {
        public TimeSpan IsAhead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + IsAhead;

        public override long GetTimestamp() => base.GetUtcNow().Ticks;
    }
}
