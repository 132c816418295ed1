using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Power;
using LabRunner.Station.Access;
using LabRunner.Station.Api;
using LabRunner.Station.Client;
using LabRunner.Station.Operations;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>What stands in flash, looked at, copied and erased over the API, on virtual plugs; and that what a copy holds is nowhere but in the copy.</summary>
public sealed class FlashAtStationTests : VirtualStationFixture
{
    // What the virtual plug's firmware keeps in its settings, where a plug has its Wi-Fi password.
    private const string Settings = "LABRUNNER-VIRTUAL-PSM";
    private const int SettingsAddress = 0x1E9000;

    [Test]
    public async Task Copy_IsHandedOutOnceToWhoOrderedIt_AndWhatItHoldsIsNowhereElse(CancellationToken cancellationToken)
    {
        HttpResponseMessage answer = await Anna.PostAsJsonAsync("slots/p1/flash/read", new { from = SettingsAddress, length = 0x8000, why = "before build 228" }, cancellationToken);
        string id = (await TestStation.JsonAsync(answer)).GetProperty("id").GetString()!;
        OperationView ended = (await VirtualStation.FollowAsync(Anna, id, cancellationToken))[^1].Ended!;
        using HttpClient keyed = Station.Client("Anna");
        keyed.DefaultRequestHeaders.Add("Idempotency-Key", "copy");
        HttpResponseMessage stolen = await FetchAsync(Bob, id, cancellationToken), kept = await FetchAsync(keyed, id, cancellationToken);
        HttpResponseMessage fetched = await FetchAsync(Anna, id, cancellationToken);
        byte[] copy = await fetched.Content.ReadAsByteArrayAsync(cancellationToken);
        HttpResponseMessage again = await FetchAsync(Anna, id, cancellationToken);
        using HttpClient chief = Station.Client("chief", Role.Administer);
        JsonElement[] audit = (await chief.GetFromJsonAsync<JsonElement[]>("audit?count=20", cancellationToken))!;
        string trace = await File.ReadAllTextAsync(Path.Combine(Station.Options.StateFolder, "operations", id, "flash-trace.txt"), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((answer.StatusCode, ended.State, ended.Kind, ended.Name), Is.EqualTo((HttpStatusCode.Accepted, OperationState.Done, "flash-read", "0x8000 bytes from 0x1E9000")), ended.Problem?.Detail);
            Assert.That(ended.Said[^1], Is.EqualTo("BOOT is released and power off."));
            Assert.That((ended.Outcome!.Value.GetProperty("bytes").GetInt32(), ended.Outcome!.Value.GetProperty("provedBy").GetString()), Is.EqualTo((0x8000, "the chip's SHA-256")));
            Assert.That((stolen.StatusCode, kept.StatusCode, again.StatusCode), Is.EqualTo((HttpStatusCode.Forbidden, HttpStatusCode.BadRequest, HttpStatusCode.NotFound)));
            Assert.That(await TestStation.DetailAsync(kept), Does.Contain("kept nowhere"));
            Assert.That(await TestStation.DetailAsync(again), Does.Contain("it was fetched"));
            Assert.That((copy.Length, Encoding.Latin1.GetString(copy)[..Settings.Length]), Is.EqualTo((0x8000, Settings)));
            Assert.That(fetched.Headers.GetValues("Repr-Digest"), Is.EqualTo(new[] { $"sha-256=:{Convert.ToBase64String(SHA256.HashData(copy))}:" }));
            Assert.That(audit.Select(e => $"{e.GetProperty("action")} {e.GetProperty("status")} {e.GetProperty("what")}"), Has.Some.EqualTo($"POST /api/v1/operations/{id}/copy 200 copy of 0x8000 bytes from 0x1E9000 of p1 fetched (operation {id})"));
            Assert.That(trace, Does.Contain("500000 baud").And.Match("< [0-9]+ bytes"));
            Assert.That(Where(SHA256.HashData(copy)), Is.Empty, "from the hash of a few bytes they can be guessed");
            Assert.That(Where(Encoding.ASCII.GetBytes(Settings)), Is.Empty);
            foreach (string path in new[] { "operations", $"operations/{id}", "slots", "slots/p1/events", "slots/p1/console?from=0", "bench" })
            {
                Assert.That(await Anna.GetStringAsync(new Uri(path, UriKind.Relative), cancellationToken), Does.Not.Contain(Settings), path);
            }
        }
    }

    [Test]
    public async Task Info_SaysWhatStandsThere_AndLeavesTheSlotOff(CancellationToken cancellationToken)
    {
        await Anna.PostAsJsonAsync("slots/p2/power", new { state = "on" }, cancellationToken);
        OperationView ended = await DoAsync("slots/p2/flash/info", new { }, cancellationToken);
        (PowerState power, bool? boot) = await Station.LinesAsync("p2");
        HttpResponseMessage none = await FetchAsync(Anna, ended.Id, cancellationToken);
        ConsoleView console = (await Anna.GetFromJsonAsync<ConsoleView>("slots/p2/console?search=the%20flasher%20has%20the%20port", Document.Json, cancellationToken))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ended.State, Is.EqualTo(OperationState.Done), ended.Problem?.Detail);
            Assert.That(ended.Said, Has.Some.StartsWith("boot2 at 0x0: ").And.Some.StartsWith("firmware at 0x10000: ").And.Some.Contains("PSM").And.Some.StartsWith("Chip BL602"));
            Assert.That(ended.Outcome!.Value.GetProperty("contents").EnumerateArray().Select(c => c.GetProperty("name").GetString()), Is.EqualTo(new[] { "boot2", "firmware" }));
            Assert.That((power, boot is true), Is.EqualTo((PowerState.Off, false)));
            Assert.That((none.StatusCode, await TestStation.DetailAsync(none)), Is.EqualTo((HttpStatusCode.NotFound, $"Operation {ended.Id} reads no flash: it has no copy.")));
            Assert.That(console.Lines, Is.Not.Empty);
            Assert.That(Where(Encoding.ASCII.GetBytes(Settings)), Is.Empty);
        }
    }

    [Test]
    public async Task Erase_AsksForYes_KeepsTheCalibration_AndErasesWhatIsMeant(CancellationToken cancellationToken)
    {
        int before = Desk.All().Count;
        HttpResponseMessage unsure = await Anna.PostAsJsonAsync("slots/p3/flash/erase", new { from = SettingsAddress, length = 0x8000 }, cancellationToken);
        HttpResponseMessage both = await Anna.PostAsJsonAsync("slots/p3/flash/erase", new { all = true, from = 0, yes = true }, cancellationToken);
        HttpResponseMessage beyond = await Anna.PostAsJsonAsync("slots/p3/flash/erase", new { from = 0, length = 17 << 20, yes = true }, cancellationToken);
        int refused = Desk.All().Count;
        OperationView factory = await DoAsync("slots/p3/flash/erase", new { all = true, yes = true }, cancellationToken);
        OperationView askew = await DoAsync("slots/p3/flash/erase", new { from = SettingsAddress + 1, length = 0x1000, yes = true }, cancellationToken);
        OperationView done = await DoAsync("slots/p3/flash/erase", new { from = SettingsAddress, length = 0x8000, yes = true }, cancellationToken);
        OperationView read = await DoAsync("slots/p3/flash/read", new { from = SettingsAddress, length = 0x8000 }, cancellationToken);
        using HttpClient chief = Station.Client("another chief", Role.Administer);
        byte[] copy = await (await FetchAsync(chief, read.Id, cancellationToken)).Content.ReadAsByteArrayAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((unsure.StatusCode, both.StatusCode, beyond.StatusCode, refused), Is.EqualTo((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, before)));
            Assert.That(await TestStation.DetailAsync(unsure), Does.StartWith("This would erase 0x8000 bytes from 0x1E9000 of the DUT for good. Say yes"));
            Assert.That((factory.State, factory.Problem?.Stage, factory.Problem?.Status), Is.EqualTo((OperationState.Failed, "range", 422)));
            Assert.That(factory.Problem?.Detail, Does.Contain("radio calibration").And.Contain("nothing was erased"));
            Assert.That(askew.Problem?.Detail, Does.Contain("no run of whole sectors"));
            Assert.That(done.State, Is.EqualTo(OperationState.Done), done.Problem?.Detail);
            Assert.That(done.Said, Has.Some.EqualTo("Erased 32,768 bytes from 0x1E9000, proved by the chip's SHA-256."));
            Assert.That(copy, Has.Length.EqualTo(0x8000).And.All.EqualTo(0xFF));
        }
    }

    [Test]
    public async Task Read_HasTheSlotForItself_AndIsEndedThereByWhoGoesAway(CancellationToken cancellationToken)
    {
        using StationClient client = await ProgramAsync(cancellationToken);
        using CancellationTokenSource gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<OperationView> reading = client.OperateAsync("slots/p4/flash/read", new FlashReadRequest(Baud: 115_200), _ => { }, null, gone.Token);
        await TestStation.UntilAsync(() => Desk.All().FirstOrDefault(o => o.Slot == "p4")?.Progress is { Step: "read", Done: > 10_000 });
        HttpResponseMessage other = await Bob.PostAsJsonAsync("slots/p4/flash/info", new { }, cancellationToken);
        HttpResponseMessage early = await FetchAsync(Bob, Desk.All().First(o => o.Slot == "p4").Id, cancellationToken);
        await gone.CancelAsync();
        await Assert.ThatAsync(() => reading, Throws.InstanceOf<OperationCanceledException>());
        OperationView left = Desk.All().First(o => o.Slot == "p4");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((other.StatusCode, early.StatusCode), Is.EqualTo((HttpStatusCode.Conflict, HttpStatusCode.NotFound)));
            Assert.That(await TestStation.DetailAsync(other), Does.Contain("Anna is reading it since"));
            Assert.That(await TestStation.DetailAsync(early), Does.Contain("is reading still"));
            Assert.That((left.State, left.Problem?.Detail), Is.EqualTo((OperationState.Cancelled, "Anna cancelled it; BOOT is released, and power off unless the slot keeps it. The flash is as it was.")));
            Assert.That((await Station.LinesAsync("p4")).Power, Is.EqualTo(PowerState.Off));
            await Assert.ThatAsync(
                () => client.OperateAsync("slots/p4/flash/read", new FlashReadRequest(0x1FF000, 0x2000), _ => { }, null, cancellationToken),
                Throws.TypeOf<FlashFailedException>().With.Property("Stage").EqualTo("range"));
        }
    }

    private async Task<OperationView> DoAsync(string path, object request, CancellationToken cancellationToken)
    {
        string id = (await TestStation.JsonAsync(await Anna.PostAsJsonAsync(path, request, cancellationToken))).GetProperty("id").GetString()!;
        return (await VirtualStation.FollowAsync(Anna, id, cancellationToken))[^1].Ended!;
    }

    private static Task<HttpResponseMessage> FetchAsync(HttpClient client, string operation, CancellationToken cancellationToken) =>
        client.PostAsJsonAsync($"operations/{operation}/copy", new { why = "to keep" }, cancellationToken);

    /// <summary>Files of the station that hold these bytes, as they are or written out.</summary>
    private IEnumerable<string> Where(byte[] secret)
    {
        string[] forms = [Encoding.Latin1.GetString(secret), Convert.ToHexString(secret), Convert.ToBase64String(secret).TrimEnd('=')[..^1]];
        foreach (string file in new[] { Station.Options.StateFolder, Station.Options.RunsFolder }.Where(Directory.Exists)
            .SelectMany(f => Directory.EnumerateFiles(f, "*", SearchOption.AllDirectories)).Where(f => !Path.GetFileName(f).StartsWith('.')))
        {
            using FileStream open = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using StreamReader reader = new(open, Encoding.Latin1);
            string text = reader.ReadToEnd();
            if (forms.Any(form => text.Contains(form, StringComparison.OrdinalIgnoreCase)))
            {
                yield return file;
            }
        }
    }
}
