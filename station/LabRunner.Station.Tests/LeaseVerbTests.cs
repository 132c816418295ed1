using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Station.Access;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>Leases of a station, and those of this machine, as the verbs show and end them.</summary>
[CancelAfter(300_000)]
public sealed class LeaseVerbTests
{
    private StationProgram _program;
    private HttpClient _bob;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _program = new StationProgram();
        (_, _bob) = await _program.ServeAsync(new Dictionary<string, string>(), CancellationToken.None);
        _bob.DefaultRequestHeaders.Add(StationDoor.OwnerHeader, "Bob");
        await TestStation.UntilAsync(() => _program.Log.Any(l => l.Contains("5 slots are watched", StringComparison.Ordinal)));
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        _bob.Dispose();
        await _program.DisposeAsync();
    }

    [Test]
    public async Task LeaseOfSomebody_IsListedAt80Columns_AndBrokenByTheCommandThatTheRefusalNames_WithItsWhy(CancellationToken cancellationToken)
    {
        (await _bob.PostAsJsonAsync("leases", new { slots = new[] { "p1", "p2" }, minutes = 60, purpose = "bisecting" }, cancellationToken)).EnsureSuccessStatusCode();
        (int Code, string Output, string Errors) refused = await _program.RunAsync("power p1 on", cancellationToken);
        string command = Regex.Match(refused.Errors, @"\./lab (lease break [0-9a-f]{16} --bench virtual)").Groups[1].Value;
        string id = command.Split(' ').ElementAtOrDefault(2) ?? "";
        (int Code, string Output, string Errors) list = await _program.RunAsync("lease list", cancellationToken);
        (int Code, string Output, string Errors) broken = await _program.RunAsync($"{command} --why fire%20drill", cancellationToken);
        JsonElement bench = await _bob.GetFromJsonAsync<JsonElement>("bench", cancellationToken);
        AuditEntry entry = Audit().Single(e => e.Action == $"DELETE /api/v1/leases/{id}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(command, Is.Not.Empty, refused.Errors);
            Assert.That(list.Output, Does.StartWith("Taken at the station (").And.Contain($"\n{id}  p1, p2 of bench 'virtual'\n    Bob, for 'bisecting'\n"));
            Assert.That(list.Output, Does.Contain("\nTaken on this machine (").And.Contain(", for 'the station'\n").And.Contain(" until process "));
            Assert.That(list.Output.Split('\n').Where(l => l.StartsWith(' ')).Max(l => l.Length), Is.LessThanOrEqualTo(80));
            Assert.That((broken.Code, broken.Output), Is.EqualTo((0, $"Lease {id} of Bob is ended (p1, p2).\n")), broken.Errors);
            Assert.That((entry.Owner, entry.Why), Is.EqualTo(("Anna", "fire drill")));
            Assert.That(bench.GetProperty("said").EnumerateArray().Select(s => s.GetString()), Has.Some.EndsWith("Anna took the lease of p1, p2 back from Bob: fire drill."));
        }
    }

    [Test]
    public async Task LineForAConsole_ThatSomebodyElseHas_EndsTheVerbWithWhoHasIt(CancellationToken cancellationToken)
    {
        JsonElement lease = await TestStation.JsonAsync(await _bob.PostAsJsonAsync("leases", new { slots = new[] { "p5" }, minutes = 60, purpose = "soak" }, cancellationToken));
        (int Code, string Output, string Errors) refused = await _program.RunAsync("console p5 --for 300s", cancellationToken, "help\n");
        (await _bob.DeleteAsync(new Uri($"leases/{lease.GetProperty("id").GetString()}", UriKind.Relative), cancellationToken)).EnsureSuccessStatusCode();
        (int Code, string Output, string Errors) taken = await _program.RunAsync("console p5 --for 1s", cancellationToken, "help\n");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Code, Is.EqualTo(3), refused.Errors);
            Assert.That(refused.Errors, Does.Contain("Bench fault (Lease): slot p5: Bob has it for 'soak' until "));
            Assert.That(taken.Code, Is.Zero, taken.Errors);
        }
    }

    [Test]
    public async Task SlotThatOnlyTheStationHas_IsNotBrokenWithoutAWord(CancellationToken cancellationToken)
    {
        (int Code, string Output, string Errors) broken = await _program.RunAsync("lease break p3 --why test", cancellationToken);
        (int Code, string Output, string Errors) none = await _program.RunAsync("lease break 0123456789abcdef", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(broken.Code, Is.EqualTo(64));
            Assert.That(broken.Errors, Does.StartWith("Nobody has 'p3' but the station of bench 'virtual' itself (process ").And.EndWith("or say --force.\n"));
            Assert.That((none.Code, none.Errors), Is.EqualTo((64, "Nobody has '0123456789abcdef'. See ./lab lease list; slots are those of bench 'virtual' unless --bench names another.\n")));
            Assert.That((await _bob.GetFromJsonAsync<JsonElement>("bench", cancellationToken)).GetProperty("state").GetString(), Is.EqualTo("watching"));
        }
    }

    [Test]
    public async Task OwnLease_IsTakenAndGivenBack_WithoutNamingTheBench(CancellationToken cancellationToken)
    {
        (int Code, string Output, string Errors) taken = await _program.RunAsync("lease take p4 --for 1h", cancellationToken);
        JsonElement list = JsonDocument.Parse((await _program.RunAsync("lease list --json", cancellationToken)).Output).RootElement;
        (int Code, string Output, string Errors) back = await _program.RunAsync("lease release", cancellationToken);
        (int Code, string Output, string Errors) again = await _program.RunAsync("lease release p4", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(taken.Output, Does.StartWith("p4 reserved at the station for Anna until "), taken.Errors);
            Assert.That(list.GetProperty("stationLeases").EnumerateArray().Single(l => l.GetProperty("owner").GetString() == "Anna").GetProperty("slots")[0].GetString(), Is.EqualTo("p4"));
            Assert.That(list.GetProperty("leases").EnumerateArray().Single().GetProperty("purpose").GetString(), Is.EqualTo("the station"));
            Assert.That((back.Code, back.Output), Is.EqualTo((0, $"Lease {taken.Output.Split(' ')[^1].TrimEnd('\n', '.', ')')} of Anna is ended (p4).\n")), back.Errors);
            Assert.That((again.Code, again.Errors), Is.EqualTo((64, "No such reservation is yours. See ./lab lease list; slots are those of bench 'virtual' unless --bench names another. A run's lease ends with it, or with ./lab lease break.\n")));
        }
    }

    [Test]
    public async Task Token_IsWrittenWhereItSays_AndSaysWhereTheStationLooksElsewhere(CancellationToken cancellationToken)
    {
        (int Code, string Output, string Errors) here = await _program.RunAsync($"token add here --state {_program.Folder}/state", cancellationToken);
        (int Code, string Output, string Errors) there = await _program.RunAsync($"token add there --state {_program.Folder}/other", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(here.Output.Trim(), Does.Match("^lab_[0-9a-f]{8}_[0-9a-f]{64}$"));
            Assert.That(here.Errors, Is.EqualTo($"It is for the station that runs with the state folder {_program.Folder}/state.\n"));
            Assert.That(there.Errors, Is.EqualTo($"Written to {_program.Folder}/other, but the station of bench 'virtual' runs with another state folder and does not know it: say its --state, as ./lab serve was told.\n"));
        }
    }

    [Test]
    public async Task FilesOfTheStation_ThatVerbsWrite_AreInItsAuditLog_AndAnothersPinStays(CancellationToken cancellationToken)
    {
        string state = Path.Combine(_program.Folder, "state"), run = Directory.GetDirectories(Path.Combine(state, "watch"))[0], name = Path.GetFileName(run);
        await _program.RunAsync($"token add gone --role use --state {state}", cancellationToken);
        await _program.RunAsync($"token revoke gone --state {state}", cancellationToken);
        (int Code, string Output, string Errors) pinned = await _program.RunAsync($"runs pin {run} --why reference --state {state}", cancellationToken);
        _program.Variables["LABRUNNER_OWNER"] = "Bob";
        (int Code, string Output, string Errors) over = await _program.RunAsync($"runs pin {run} --state {state}", cancellationToken);
        (int Code, string Output, string Errors) away = await _program.RunAsync($"runs unpin {run} --state {state}", cancellationToken);
        _program.Variables.Remove("LABRUNNER_OWNER");
        (int Code, string Output, string Errors) back = await _program.RunAsync($"runs unpin {run} --state {state}", cancellationToken);

        // Taken in with the next entry.
        await _bob.DeleteAsync(new Uri("leases/0123456789abcdef", UriKind.Relative), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((pinned.Code, back.Code), Is.EqualTo((0, 0)), pinned.Errors + back.Errors);
            Assert.That(new[] { over, away }.Select(v => (v.Code, v.Errors)), Is.All.EqualTo((64, $"runs: Anna pinned {run}, and you are Bob. Ask Anna, or an administrator of its station; where Anna is gone, remove the file {run}/pinned.\n")));
            Assert.That(Audit().Where(e => e.Via == "verb" && (e.What!.Contains("gone", StringComparison.Ordinal) || e.What.Contains(name, StringComparison.Ordinal))).Select(e => $"{e.Owner} {e.What} {e.Why}".TrimEnd()), Is.EqualTo(new[]
            {
                "Anna a token with the role 'use' for gone", "Anna the token of gone, role 'use', revoked", $"Anna run {name} pinned reference", $"Anna run {name} unpinned",
            }));
        }
    }

    private IEnumerable<AuditEntry> Audit() => File.ReadLines(Path.Combine(_program.Folder, "state", "audit.jsonl")).Select(l => JsonSerializer.Deserialize<AuditEntry>(l, JsonSerializerOptions.Web)!);
}
