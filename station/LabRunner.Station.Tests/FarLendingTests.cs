using System.Globalization;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Bench.Rpc;
using LabRunner.Bench.Tests.Session;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;
using LabRunner.Station.Access;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>
/// NUnit fixtures on the bench of a station on another machine: over the network with a token, with a clock of their own that follows the
/// bench's, and files that go over the connection. The other machine is this one; nothing of the way is shared.
/// </summary>
[CancelAfter(180_000)]
[NonParallelizable]
public sealed partial class FarLendingTests
{
    private TestStation _station = null!;
    private TcpWay _way = null!;

    [TearDown]
    public async Task EndAsync()
    {
        Environment.SetEnvironmentVariable(StationDoor.Variable, null);
        Environment.SetEnvironmentVariable(StationDoor.TokenVariable, null);
        await _way.DisposeAsync();
        await _station.DisposeAsync();
    }

    private JobBook Jobs => _station.Services.GetRequiredService<JobBook>();

    [Test]
    public async Task Loan_HasTheBenchsTime_ItsFirmware_AndKeepsFilesWithTheRun(CancellationToken cancellationToken)
    {
        await StartAsync(Role.Switch);
        byte[] image = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];
        await File.WriteAllBytesAsync(Path.Combine(_station.Folder, "a.ota"), image, cancellationToken);
        await File.AppendAllTextAsync(_station.Options.Bench, $"firmware:\n  a: {{ image: {_station.Folder}/a.ota, version: 1.18.228 }}\n", cancellationToken);
        string here = Directory.CreateTempSubdirectory("far-").FullName;
        string words = Path.Combine(here, "words"), empty = Path.Combine(here, "empty"), large = Path.Combine(here, "large");
        await File.WriteAllTextAsync(words, "edges", cancellationToken);
        await File.WriteAllBytesAsync(empty, [], cancellationToken);
        await File.WriteAllBytesAsync(large, image, cancellationToken);

        TimeSpan apart;
        BenchDescription described;
        byte[] brought;
        IBenchLink link = await BorrowAsync(cancellationToken);
        await using (link)
        {
            long at = TimeProvider.System.GetTimestamp();
            apart = (link.Clock.At(at) - _station.Keeper.Now.Bench!.Clock.At(at)).Duration();
            described = await link.Api.DescribeAsync(cancellationToken);
            brought = await File.ReadAllBytesAsync(described.Firmware["a"].Path, cancellationToken);
            await link.ReachAsync("p1", cancellationToken);
            long test = await link.Api.BeginTestAsync("p1", "S99", "Speaks", "Far.Speaks", cancellationToken);
            await link.Api.RecordArtefactAsync("p1", "S99", "Speaks", "../../../etc/words.txt", "text/plain", words, cancellationToken);
            await link.Api.RecordArtefactAsync("p1", "S99", "Speaks", "empty.txt", "text/plain", empty, cancellationToken);
            await link.Api.RecordArtefactAsync("p1", "S99", "Speaks", new string('n', 300) + ".bin", "application/octet-stream", large, cancellationToken);
            await Assert.ThatAsync(
                () => link.Api.RecordArtefactAsync("p1", "S99", "Speaks", "none", "text/plain", Path.Combine(here, "none"), cancellationToken),
                Throws.TypeOf<BenchFaultException>().With.Property("Kind").EqualTo(FaultKind.Storage).And.Message.Contains(Path.Combine(here, "none")));
            await Assert.ThatAsync(() => link.Api.ReadRailAsync("p1", cancellationToken), Throws.TypeOf<BenchFaultException>().With.Message.Contains("the slot has no rail"));
            await link.Api.EndTestAsync(test, Verdict.Pass, null, null, cancellationToken);
        }

        (Job job, RunRecord run) = await OverAsync();
        string told = run.Events.First(e => e.Kind == EventKinds.Lent).Text;
        TimeSpan roundTrip = TimeSpan.FromMilliseconds(double.Parse(RoundTrip().Match(told).Groups[1].Value, CultureInfo.InvariantCulture) + 0.001);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((job.State, job.Lent, job.Owner, run.Outcome), Is.EqualTo((JobState.Done, true, "far", "completed")), job.Text);
            Assert.That(run.Tests.Select(t => $"{t.FullName} {t.Verdict}"), Is.EqualTo(new[] { "Far.Speaks Pass" }));
            Assert.That(told, Does.StartWith("The tests run on another machine (far at 127.0.0.1), "));
            Assert.That(apart, Is.LessThanOrEqualTo(roundTrip / 2 * link.Clock.Scale), $"round trip {roundTrip}");
            Assert.That(brought, Is.EqualTo(image));
            Assert.That(described.Firmware["a"].Version, Is.EqualTo("1.18.228"));
            Assert.That(described.Firmware["a"].Path, Does.Not.StartWith(_station.Folder).And.Not.Exist, "it is gone with the loan");
            Assert.That(run.Artefacts.Select(a => a.Path[..^4]), Is.EqualTo(new[] { "artifacts/p1/0001-words", "artifacts/p1/0002-empty", $"artifacts/p1/0003-{new string('n', 76)}" }));
            Assert.That(run.Artefacts.Select(a => File.ReadAllBytes(Path.Combine(job.Folder!, a.Path))), Is.EqualTo(new[] { "edges"u8.ToArray(), [], image }));
            Assert.That(Directory.GetFiles(here), Is.Empty, "they were moved");
            Assert.That(Path.Combine(job.Folder!, "incoming"), Does.Not.Exist);
        }

        Directory.Delete(here);
    }

    [Test]
    public async Task File_ThatIsTooLarge_StaysHere_AndTheRunSaysWhere(CancellationToken cancellationToken)
    {
        await StartAsync(Role.Switch);
        string folder = Directory.CreateTempSubdirectory("far-").FullName, trace = Path.Combine(folder, "trace");
        await using (FileStream large = File.Create(trace))
        {
            large.SetLength(IFarBench.LargestFile + 1);
        }

        await using (IBenchLink link = await BorrowAsync(cancellationToken))
        {
            await link.Api.RecordArtefactAsync("p1", "S99", "Shows", "page-trace.zip", "application/zip", trace, cancellationToken);
        }

        (Job job, RunRecord run) = await OverAsync();
        string note = await File.ReadAllTextAsync(Path.Combine(job.Folder!, run.Artefacts.Single().Path), cancellationToken), kept = note.Trim().Split(": ")[^1];
        using (Assert.EnterMultipleScope())
        {
            Assert.That((run.Artefacts[0].Name, run.Artefacts[0].Mime), Is.EqualTo(("page-trace.zip.elsewhere.txt", "text/plain")));
            Assert.That(note, Does.StartWith($"page-trace.zip has 67108865 bytes; a file that goes to the station has at most 67108864, and all of them together 1073741824. It stays on {Environment.MachineName}: "));
            Assert.That((Path.GetFileName(kept), new FileInfo(kept).Length, File.Exists(trace)), Is.EqualTo(("page-trace.zip", IFarBench.LargestFile + 1, false)));
        }

        Directory.Delete(Path.GetDirectoryName(kept)!, recursive: true);
        Directory.Delete(folder);
    }

    [Test]
    public async Task Loan_WhoseConnectionIsCut_EndsWithTheRun_AndTheBenchIsSafe(CancellationToken cancellationToken)
    {
        await StartAsync(Role.Switch);
        IBenchLink link = await BorrowAsync(cancellationToken);
        await using (link)
        {
            FakePlug plug = _station.Opener.Plugs["p1"];
            await link.Api.BeginTestAsync("p1", "S99", "Holds", "Far.Holds", cancellationToken);
            Task held = link.Api.PressAsync("p1", TimeSpan.FromMinutes(50), cancellationToken);
            await TestStation.UntilAsync(() => plug.Pushed);
            _way.Cut();
            await Assert.ThatAsync(() => held, Throws.TypeOf<BenchFaultException>().With.Message.EqualTo(
                $"station {_way.Address}: the connection ended while it lent the bench. Look at its log and at the network between; it makes its outputs safe where a connection ends."));
            await link.OwnerGone.WaitAsync(cancellationToken);
            (Job job, RunRecord run) = await OverAsync();

            using (Assert.EnterMultipleScope())
            {
                Assert.That((plug.State, plug.Pushed), Is.EqualTo((PowerState.Off, false)));
                Assert.That(job.State, Is.EqualTo(JobState.Done), job.Text);
                Assert.That(run.Tests.Select(t => $"{t.FullName} {t.Verdict}"), Is.EqualTo(new[] { "Far.Holds Invalid" }));
                Assert.That(Lent(run), Does.Contain("The connection to the program of far at 127.0.0.1 ended before the program gave the bench back: it died, or the network between did."));
            }
        }
    }

    [Test]
    public async Task Loan_OverANetworkThatFallsSilent_IsTakenBack(CancellationToken cancellationToken)
    {
        await StartAsync(Role.Switch, silence: TimeSpan.FromSeconds(12));
        IBenchLink link = await BorrowAsync(cancellationToken);
        await using (link)
        {
            FakePlug plug = _station.Opener.Plugs["p1"];
            await TestStation.UntilAsync(() => plug.State == PowerState.On);
            _way.FallSilent();
            (_, RunRecord run) = await OverAsync();

            Assert.That((plug.State, string.Join(' ', Lent(run)).Contains("ended before the program gave the bench back", StringComparison.Ordinal)), Is.EqualTo((PowerState.Off, true)));
        }
    }

    [Test]
    public async Task Stranger_NamesNoFileOfTheStation_AndFillsNoMemory(CancellationToken cancellationToken)
    {
        await StartAsync(Role.Switch);
        string precious = Path.Combine(_station.Folder, "precious.txt");
        await File.WriteAllTextAsync(precious, "mine", cancellationToken);
        await using BenchClient client = await ConnectAsync(cancellationToken);
        string sent = await client.Far.SendFileAsync(null, "a"u8.ToArray(), cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            foreach (string path in new[] { precious, "sent-2", $"../{sent}", "" })
            {
                await Assert.ThatAsync(
                    () => client.Api.RecordArtefactAsync("p1", "S99", null, "x", "text/plain", path, cancellationToken), Throws.TypeOf<ArgumentException>().With.Message.Contains("is no file that was sent"), path);
            }

            await Assert.ThatAsync(() => client.Far.SendFileAsync("sent-7", [1], cancellationToken), Throws.TypeOf<ArgumentException>().With.Message.Contains("There is no file 'sent-7'"));
            await Assert.ThatAsync(() => client.Far.SendFileAsync(sent, new byte[IFarBench.LargestPart + 1], cancellationToken), Throws.TypeOf<ArgumentException>().With.Message.Contains("A part has at most 256 KiB"));
            await Assert.ThatAsync(() => client.Far.ReadFirmwareAsync(precious, 0, cancellationToken), Throws.TypeOf<ArgumentException>().With.Message.Contains("There is no firmware"));

            // Files that were given up make room for others: the oldest goes, and what was refused went at once.
            string first = await client.Far.SendFileAsync(null, [1], cancellationToken);
            for (int i = 0; i < 2 * FarOwner.FilesAtATime; i++)
            {
                await client.Far.SendFileAsync(null, [], cancellationToken);
            }

            await Assert.ThatAsync(() => client.Far.SendFileAsync(first, [1], cancellationToken), Throws.TypeOf<ArgumentException>().With.Message.Contains($"There is no file '{first}'"));
            Assert.That(Directory.GetFiles(Path.Combine(Jobs.All().Single().Folder!, "incoming")), Has.Length.EqualTo(2 * FarOwner.FilesAtATime));
            await Assert.ThatAsync(() => client.Api.SayAsync("p1", new string('x', 5 << 20), cancellationToken), Throws.TypeOf<BenchFaultException>().With.Message.Contains("the connection ended"));
        }

        (Job job, _) = await OverAsync();
        Assert.That((File.Exists(precious), Directory.Exists(Path.Combine(job.Folder!, "incoming"))), Is.EqualTo((true, false)));
    }

    [Test]
    public async Task Caller_WhoMayNot_IsToldWhatIsLacking(CancellationToken cancellationToken)
    {
        await StartAsync(Role.Use);
        string station = $"station {_way.Address}: ";
        using (Assert.EnterMultipleScope())
        {
            await RefusedAsync($"{station}This role is not enough. far may use; this needs the role 'switch'. An administrator gives it: ./lab token add NAME --role switch. Nothing was done.", FaultKind.Machine, cancellationToken);
            Environment.SetEnvironmentVariable(StationDoor.TokenVariable, "lab_00000000_" + new string('0', 64));
            await RefusedAsync($"{station}The token is not known. It was revoked, or it is not one of this station. Ask its administrator: ./lab token add NAME. Put the token into LABRUNNER_TOKEN.", FaultKind.Machine, cancellationToken);
            Environment.SetEnvironmentVariable(StationDoor.TokenVariable, null);
            await RefusedAsync($"{station}it lends its bench over the network to who shows a token, and none is set. Put the token into LABRUNNER_TOKEN; on its own machine leave LABRUNNER_STATION out.", FaultKind.Machine, cancellationToken);
            Assert.That(Jobs.All(), Is.Empty);
        }
    }

    [Test]
    public async Task Station_OfAnotherBench_OrThatIsNotThere_OrWithoutTls_IsAnError(CancellationToken cancellationToken)
    {
        await StartAsync(Role.Switch);
        using (Assert.EnterMultipleScope())
        {
            await Assert.ThatAsync(() => BorrowAsync(cancellationToken, "virtual"), Throws.TypeOf<BenchFaultException>().With.Message.Contains("it has the bench 'fake', and 'virtual' is asked for"));
            await Assert.ThatAsync(() => BorrowAsync(cancellationToken, plan: "plans/mine.yaml"), Throws.TypeOf<BenchFaultException>().With.Message.Contains("it takes a plan of its own by name, and 'plans/mine.yaml' is a file"));
            Environment.SetEnvironmentVariable(StationDoor.Variable, "http://127.0.0.1:1/");
            await Assert.ThatAsync(() => BorrowAsync(cancellationToken), Throws.TypeOf<BenchFaultException>().With.Message.StartsWith("station http://127.0.0.1:1/: it does not answer ("));
            Environment.SetEnvironmentVariable(StationDoor.Variable, "http://lab.example:8601/");
            await Assert.ThatAsync(() => BorrowAsync(cancellationToken), Throws.TypeOf<BenchFaultException>().With.Message.Contains("has no TLS, and everybody on the way would read the token"));
            Assert.That(Jobs.All(), Is.Empty);
        }
    }

    [Test]
    public async Task Certificate_ThatIsNotTrusted_IsTheReason(CancellationToken cancellationToken)
    {
        await StartAsync(Role.Switch, isTls: true);

        await Assert.ThatAsync(() => BorrowAsync(cancellationToken), Throws.TypeOf<BenchFaultException>().With.Property("Kind").EqualTo(FaultKind.Network)
            .And.Message.StartsWith($"station {_way.Address}: its certificate is not trusted here (").And.Message.EndsWith("SSL_CERT_FILE names a PEM file with the certificate to trust."));
    }

    [Test]
    public async Task Slots_AreTheStations_WithoutItsInventoryHere(CancellationToken cancellationToken)
    {
        await StartAsync(Role.Look);
        IReadOnlyList<string> slots = await Task.Run(() => BenchConnection.PlannedSlots(new Dictionary<string, string> { ["bench"] = "fake" }), cancellationToken);

        Assert.That(slots, Is.EqualTo(new[] { "p1", "p2" }));
        Assert.That(() => BenchConnection.PlannedSlots(new Dictionary<string, string> { ["bench"] = "mine" }), Throws.TypeOf<BenchFaultException>().With.Message.Contains("it has the bench 'fake'"));
    }

    [GeneratedRegex(@", ([0-9.]+) ms there and back")]
    private static partial Regex RoundTrip();

    private static IEnumerable<string> Lent(RunRecord run) => run.Events.Where(e => e.Kind == EventKinds.Lent).Select(e => e.Text);

    private async Task StartAsync(Role role, bool isTls = false, TimeSpan? silence = null)
    {
        string folder = Directory.CreateTempSubdirectory("station-").FullName;
        (string certificate, string key) = await SelfMadeCertificate.WriteAsync(folder);
        _station = await TestStation.StartAsync(folder: folder, change: o => o with
        {
            Listen = [.. o.Listen, new Uri("https://127.0.0.1:0")], CertificateFile = certificate, KeyFile = key, LendSilence = silence ?? o.LendSilence,
        });
        _way = new TcpWay(_station.Addresses.First(a => a.Scheme == (isTls ? "https" : "http")));
        Environment.SetEnvironmentVariable(StationDoor.Variable, _way.Address.ToString());
        Environment.SetEnvironmentVariable(StationDoor.TokenVariable, _station.Services.GetRequiredService<TokenBook>().Add("far", role));
    }

    private static Task<IBenchLink> BorrowAsync(CancellationToken cancellationToken, string? bench = null, string plan = "check") => BenchConnection.OpenAsync(
        new Dictionary<string, string> { ["bench"] = bench ?? "fake", ["plan"] = plan, ["slots"] = "p1" }, cancellationToken);

    private static Task RefusedAsync(string message, FaultKind kind, CancellationToken cancellationToken) =>
        Assert.ThatAsync(() => BorrowAsync(cancellationToken), Throws.TypeOf<BenchFaultException>().With.Message.EqualTo(message).And.Property("Kind").EqualTo(kind));

    /// <summary>What its run recorded, when it is over and the bench is watched again.</summary>
    private async Task<(Job Job, RunRecord Run)> OverAsync()
    {
        await TestStation.UntilAsync(() => Jobs.All().Single().IsOver && _station.Keeper.Now is { Job: null, Bench: not null });
        Job job = Jobs.All().Single();
        return (job, RunReader.Read(job.Folder!));
    }

    /// <summary>The connection alone, for who keeps to nothing.</summary>
    private async Task<BenchClient> ConnectAsync(CancellationToken cancellationToken)
    {
        using HttpClient http = StationDoor.Client(_way.Address.ToString());
        JsonElement job = await TestStation.JsonAsync(await http.PostAsJsonAsync("jobs", new { plan = "check", slots = new[] { "p1" }, lend = true }, cancellationToken));
        await TestStation.UntilAsync(() => _station.Keeper.LentNow(job.GetProperty("id").GetString()!) is not null);
        ClientWebSocket socket = new();
        socket.Options.SetRequestHeader("Authorization", http.DefaultRequestHeaders.Authorization!.ToString());
        await socket.ConnectAsync(new UriBuilder(_way.Address) { Scheme = "ws", Path = $"/api/v1/jobs/{job.GetProperty("id").GetString()}/bench" }.Uri, cancellationToken);
        return BenchClient.Over(socket, "station x");
    }
}
