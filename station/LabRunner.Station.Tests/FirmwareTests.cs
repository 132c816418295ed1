using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Power;
using LabRunner.Station.Access;
using LabRunner.Station.Api;
using LabRunner.Station.Client;
using LabRunner.Station.Jobs;
using LabRunner.Station.Operations;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>Flashing and updating over the API, on virtual plugs with their boot ROM and their network.</summary>
public sealed class FirmwareTests : VirtualStationFixture
{
    private static readonly byte[] Whole = VirtualImages.WholeFlash("1.18.200");

    [Test]
    public async Task Flash_IsAnsweredAtOnce_ToldAsItGoes_VerifiedSeenToBootAndOffAtTheEnd(CancellationToken cancellationToken)
    {
        await Anna.PostAsJsonAsync("slots/p1/power", new { state = "on" }, cancellationToken);
        HttpResponseMessage answer = await VirtualStation.BeginAsync(Anna, "slots/p1/flash", Whole, "../../etc/new build.bin", new { why = "build 200" });
        JsonElement begun = await TestStation.JsonAsync(answer);
        string id = begun.GetProperty("id").GetString()!;
        List<OperationEvent> events = await VirtualStation.FollowAsync(Anna, id, cancellationToken);
        OperationView ended = (await Anna.GetFromJsonAsync<OperationView>($"operations/{id}", Document.Json, cancellationToken))!;
        (PowerState power, bool? boot) = await Station.LinesAsync("p1");
        HttpClient chief = Station.Client("chief", Role.Administer);
        JsonElement[] audit = (await chief.GetFromJsonAsync<JsonElement[]>("audit?count=5", cancellationToken))!;
        ConsoleView console = (await Anna.GetFromJsonAsync<ConsoleView>("slots/p1/console?search=the%20flasher%20has%20the%20port", Document.Json, cancellationToken))!;
        IncidentView[] incidents = (await Anna.GetFromJsonAsync<IncidentView[]>("slots/p1/incidents", Document.Json, cancellationToken))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((answer.StatusCode, answer.Headers.Location?.ToString()), Is.EqualTo((HttpStatusCode.Accepted, $"/api/v1/operations/{id}")));
            Assert.That(ended.State, Is.EqualTo(OperationState.Done), ended.Problem?.Detail);
            Assert.That(ended.Outcome!.Value.GetProperty("banner").GetString(), Does.Contain("1.18.200"));
            Assert.That(ended.Outcome!.Value.GetProperty("bytesWritten").GetInt64(), Is.GreaterThan(300_000));
            Assert.That(ended.Said, Has.Some.Contains("BOOT high").And.Some.StartsWith("Verified by").And.Some.EqualTo("BOOT is released and power off."));
            Assert.That(events.Select(e => e.Number), Is.EqualTo(Enumerable.Range(0, events.Count)));
            Assert.That(events.Where(e => e.Progress is not null).Select(e => e.Progress!.Step).Distinct(), Is.SupersetOf(new[] { "erase", "write" }));
            Assert.That(events[^1].Ended?.State, Is.EqualTo(OperationState.Done));
            Assert.That((power, boot is true), Is.EqualTo((PowerState.Off, false)));
            Assert.That(audit.Select(e => $"{e.GetProperty("who")} {e.GetProperty("action")} {e.GetProperty("status")} {e.GetProperty("why")}"), Has.Some.Contains("POST /api/v1/slots/p1/flash 202 build 200"));
            Assert.That(console.Lines, Is.Not.Empty);
            Assert.That(incidents.Where(i => !i.Expected), Is.Empty, "the watch takes nothing of it for a failure");
            Assert.That(Directory.EnumerateFiles(Path.Combine(Station.Options.StateFolder, "images")).Select(Path.GetFileNameWithoutExtension), Has.All.Match("^[0-9a-f]{64}$"));
        }
    }

    [Test]
    public async Task Image_OfAnotherKind_IsRefusedBeforeAnythingIsTouched(CancellationToken cancellationToken)
    {
        int before = Desk.All().Count;
        HttpResponseMessage beken = await VirtualStation.BeginAsync(Anna, "slots/p2/flash", VirtualImages.For("1.18.250", ChipModel.Bk7231N), "beken.bin");
        HttpResponseMessage update = await VirtualStation.BeginAsync(Anna, "slots/p2/flash", VirtualImages.Ota("1.18.250"), "update.ota");
        HttpResponseMessage whole = await VirtualStation.BeginAsync(Anna, "slots/p2/ota", Whole, "whole.bin");
        HttpResponseMessage notes = await VirtualStation.SendAsync(Anna, "not firmware"u8.ToArray(), "notes.txt");
        HttpResponseMessage unknown = await Anna.PostAsJsonAsync("slots/p2/flash", new { image = "../../etc/passwd" }, cancellationToken);
        HttpResponseMessage flasher = await VirtualStation.BeginAsync(Anna, "slots/p2/flash", Whole, "whole.bin", new { flasher = "../boards/sm-028-v1.3-b17" });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await Detail(beken), Is.EqualTo((422, "Flashing failed at image: a BK7231 flash image from address 0 (QIO) is not for a BL602 board. Nothing was touched; take the image of the board's chip.")));
            Assert.That(await Detail(update), Is.EqualTo((422, "Flashing failed at image: a BL602 OTA file goes over the network, not over the UART. Nothing was touched; use ./lab ota SLOT FILE.")));
            Assert.That((await Detail(whole)).Text, Does.Contain("whole.bin is a BL602 whole-flash image"));
            Assert.That((await Detail(notes)).Text, Does.Contain("no known image begins like this"));
            Assert.That((await Detail(unknown)).Status, Is.EqualTo(404));
            Assert.That((await Detail(flasher)).Text, Does.Contain("There is no flasher '../boards"));
            Assert.That(Desk.All(), Has.Count.EqualTo(before));
            Assert.That((await Station.LinesAsync("p2")).Power, Is.EqualTo(PowerState.Off));
        }

        static async Task<(int Status, string Text)> Detail(HttpResponseMessage answer) => ((int)answer.StatusCode, await TestStation.DetailAsync(answer));
    }

    [Test]
    public async Task Upload_ThatIsTooLarge_IsRefused()
    {
        // As curl asks before it sends much: the answer comes before the body.
        using HttpClient careful = Station.Client("Anna");
        careful.DefaultRequestHeaders.ExpectContinue = true;
        HttpResponseMessage answer = await VirtualStation.SendAsync(careful, new byte[FirmwareImage.MostBytes + 1], "large.bin", anyway: true);

        Assert.That((answer.StatusCode, answer.Content.Headers.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.RequestEntityTooLarge, "application/problem+json")));
    }

    [Test]
    public async Task Flash_HasTheSlotForItself_IsCancelledMidway_LeavesItSafe_AndGoesOnWhereItWas(CancellationToken cancellationToken)
    {
        string id = (await TestStation.JsonAsync(await VirtualStation.BeginAsync(Anna, "slots/p3/flash", Whole, "whole.bin", new { force = true, baud = 115200 }))).GetProperty("id").GetString()!;
        await TestStation.UntilAsync(() => Desk.Find(id)!.View is { Progress: { Step: "write", Done: > 70_000 } });
        HttpResponseMessage power = await Bob.PostAsJsonAsync("slots/p3/power", new { state = "off" }, cancellationToken);
        HttpResponseMessage flash = await VirtualStation.BeginAsync(Bob, "slots/p3/flash", Whole, "whole.bin");
        HttpResponseMessage other = await Bob.PostAsJsonAsync("slots/p4/power", new { state = "off" }, cancellationToken);
        HttpResponseMessage stolen = await Bob.DeleteAsync(new Uri($"operations/{id}", UriKind.Relative), cancellationToken);
        string job = (await TestStation.JsonAsync(await Bob.PostAsJsonAsync("jobs", new { plan = "check" }, cancellationToken))).GetProperty("id").GetString()!;
        JobBook jobs = Station.Services.GetRequiredService<JobBook>();
        await TestStation.UntilAsync(() => jobs.Find(job)!.Text is not null);
        string waits = jobs.Find(job)!.Text!;
        await Bob.DeleteAsync(new Uri($"jobs/{job}", UriKind.Relative), cancellationToken);
        HttpResponseMessage cancelled = await Anna.DeleteAsync(new Uri($"operations/{id}", UriKind.Relative), cancellationToken);
        OperationView ended = (await VirtualStation.FollowAsync(Anna, id, cancellationToken))[^1].Ended!;
        (PowerState Power, bool? Boot) lines = await Station.LinesAsync("p3");
        string again = (await TestStation.JsonAsync(await VirtualStation.BeginAsync(Anna, "slots/p3/flash", Whole, "whole.bin"))).GetProperty("id").GetString()!;
        OperationView second = (await VirtualStation.FollowAsync(Anna, again, cancellationToken))[^1].Ended!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((power.StatusCode, flash.StatusCode), Is.EqualTo((HttpStatusCode.Conflict, HttpStatusCode.Conflict)));
            Assert.That(await TestStation.DetailAsync(flash), Does.Contain("Anna is flashing it since"));
            Assert.That(await TestStation.DetailAsync(power), Does.Match(@"slot p3: Anna is flashing it since .*Z \(operation " + id));
            Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(stolen.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(waits, Does.StartWith("It waits: p3: Anna is flashing it since"));
            Assert.That(cancelled.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
            Assert.That((ended.State, ended.Problem?.Detail), Is.EqualTo((OperationState.Cancelled, "Anna cancelled it; BOOT is released, and power off unless the slot keeps it. The same order goes on with what is written.")));
            Assert.That((lines.Power, lines.Boot is true), Is.EqualTo((PowerState.Off, false)));
            Assert.That(second.State, Is.EqualTo(OperationState.Done), second.Problem?.Detail);
            Assert.That(second.Outcome!.Value.GetProperty("bytesSame").GetInt64(), Is.GreaterThanOrEqualTo(65_536));
        }
    }

    [Test]
    public async Task Update_IsSentComparedAndDoneOnce_AndASlotThatWasOffIsOffAgain(CancellationToken cancellationToken)
    {
        using HttpClient once = Station.Client("Anna");
        JsonElement image = await TestStation.JsonAsync(await VirtualStation.SendAsync(once, VirtualImages.Ota("1.18.210"), "update.ota"));
        once.DefaultRequestHeaders.Add("Idempotency-Key", "update-once");
        var request = new { image = image.GetProperty("sha256").GetString() };
        JsonElement first = await TestStation.JsonAsync(await once.PostAsJsonAsync("slots/p5/ota", request, cancellationToken));
        JsonElement second = await TestStation.JsonAsync(await once.PostAsJsonAsync("slots/p5/ota", request, cancellationToken));
        List<OperationEvent> events = await VirtualStation.FollowAsync(Anna, first.GetProperty("id").GetString()!, cancellationToken);
        OperationView ended = events[^1].Ended!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(second.GetProperty("id").GetString(), Is.EqualTo(first.GetProperty("id").GetString()));
            Assert.That(ended.State, Is.EqualTo(OperationState.Done), ended.Problem?.Detail);
            Assert.That(ended.Outcome!.Value.GetProperty("after").GetString(), Does.Contain("1.18.210"));
            Assert.That(events.Where(e => e.Progress is { Step: "upload" }).Select(e => e.Progress!.Done), Is.Ordered.And.Some.EqualTo(image.GetProperty("bytes").GetInt64()));
            Assert.That(ended.Said, Has.Some.EqualTo("Updated, the build names 1.18.210; all compared settings are as before."));
            Assert.That((await Station.LinesAsync("p5")).Power, Is.EqualTo(PowerState.Off));
        }
    }

    [Test]
    public async Task Program_SeesTheFailuresItKnows_AndTakesItsOperationWithItWhenItGoes(CancellationToken cancellationToken)
    {
        using StationClient client = await ProgramAsync(cancellationToken);
        using CancellationTokenSource gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        string whole = (await client.UploadAsync(Whole, "whole.bin", cancellationToken)).Sha256;
        string beken = (await client.UploadAsync(VirtualImages.For("1.18.250", ChipModel.Bk7231N), "beken.bin", cancellationToken)).Sha256;
        byte[] broken = VirtualImages.Ota("1.18.251");
        broken[^1] ^= 1;
        string damaged = (await client.UploadAsync(broken, "broken.ota", cancellationToken)).Sha256;
        List<string> said = [];
        Cancelling cancelling = new(gone);

        using (Assert.EnterMultipleScope())
        {
            await Assert.ThatAsync(
                () => client.OperateAsync("slots/p4/flash", new FlashOrderRequest(whole, Force: true, Baud: 115_200), said.Add, cancelling, gone.Token), Throws.InstanceOf<OperationCanceledException>());
            Assert.That(Desk.All().First(o => o.Slot == "p4").State, Is.EqualTo(OperationState.Cancelled));
            Assert.That((await Station.LinesAsync("p4")).Power, Is.EqualTo(PowerState.Off));
            Assert.That(said, Has.Some.Contains("BOOT high"));
            await Assert.ThatAsync(
                () => client.OperateAsync("slots/p4/flash", new FlashOrderRequest(beken), said.Add, null, cancellationToken), Throws.TypeOf<FlashFailedException>().With.Property("Stage").EqualTo("image"));
            await Assert.ThatAsync(
                () => client.OperateAsync("slots/p2/ota", new OtaRequest(damaged, Anyway: true), said.Add, null, cancellationToken), Throws.TypeOf<OtaFailedException>().With.Message.Contains("SHA256 NOT Correct"));
            await Assert.ThatAsync(
                () => client.OperateAsync("slots/p9/flash", new FlashOrderRequest(whole), said.Add, null, cancellationToken), Throws.TypeOf<UsageException>().With.Message.Contains("has no slot p9; it has p1, p2"));
        }
    }

    [Test]
    public async Task Roles_OfFirmware_AreChecked()
    {
        using HttpClient looker = Station.Client("looker", Role.Look);
        using HttpClient user = Station.Client("user", Role.Use);
        HttpResponseMessage upload = await VirtualStation.SendAsync(looker, Whole, "whole.bin");
        HttpResponseMessage flash = await VirtualStation.BeginAsync(user, "slots/p2/flash", Whole, "whole.bin");

        Assert.That((upload.StatusCode, flash.StatusCode), Is.EqualTo((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)));
    }

    private sealed class Cancelling(CancellationTokenSource gone) : IProgress<FlashProgress>
    {
        public void Report(FlashProgress value)
        {
            if (value is { Step: "write", Done: > 50_000 })
            {
                gone.Cancel();
            }
        }
    }
}
