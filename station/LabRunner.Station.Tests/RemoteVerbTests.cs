using System.Security.Cryptography;
using LabRunner.Reports.Records;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>Verbs and tests that ask a station on another machine: over HTTPS with a token, and what they say where it does not let them in.</summary>
[CancelAfter(300_000)]
public sealed class RemoteVerbTests
{
    private StationProgram _program;
    private Uri _address;
    private string _certificate;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _program = new StationProgram();
        _program.Home.AddShort("short", cycles: 1);
        (_certificate, string keyFile) = await SelfMadeCertificate.WriteAsync(_program.Folder);
        (_, HttpClient client) = await _program.ServeAsync(
            new Dictionary<string, string>(), CancellationToken.None, "--listen", "https://127.0.0.1:0", "--certificate", _certificate, "--key", keyFile, "--loopback", "none", "--time-scale", "20");
        client.Dispose();
        _address = _program.Addresses.Single(a => a.Scheme == "https");
        await TestStation.UntilAsync(() => Openings > 0);
    }

    private int Openings => _program.Log.Count(l => l.Contains("5 slots are watched", StringComparison.Ordinal));

    [OneTimeTearDown]
    public ValueTask EndAsync() => _program.DisposeAsync();

    [SetUp]
    public void SetUp()
    {
        _program.Variables["LABRUNNER_STATION"] = _address.ToString();
        _program.Variables["SSL_CERT_FILE"] = _certificate;
        _program.Variables["LABRUNNER_TOKEN"] = "";
        _program.Variables.Remove("LABRUNNER_HOME");
    }

    [Test]
    public async Task Power_AndConsole_WorkWithATokenOfTheRole(CancellationToken cancellationToken)
    {
        await TokenAsync("switcher", "switch", cancellationToken);
        (int Code, string Output, string Errors) on = await _program.RunAsync("power p1 on", cancellationToken);
        (int Code, string Output, string Errors) console = await _program.RunAsync("console p1 --power cycle --until Info:MAIN --timeout 120s", cancellationToken);
        (int Code, string Output, string Errors) off = await _program.RunAsync("power p1 off", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((on.Code, on.Errors), Is.EqualTo((0, "")), on.Output);
            Assert.That(on.Output, Does.StartWith("p1: on commanded, the supply says on").And.Contain("The station holds it until"));
            Assert.That((console.Code, console.Errors), Is.EqualTo((0, $"Station {_address}: Ctrl-C ends this.\n")), console.Output);
            Assert.That(console.Output, Does.Contain("Info:MAIN"));
            Assert.That((off.Code, off.Errors), Is.EqualTo((0, "")), off.Output);
        }
    }

    [Test]
    public async Task FlashRead_WritesTheCopyOfARemoteStationHere(CancellationToken cancellationToken)
    {
        await TokenAsync("reader", "switch", cancellationToken);
        (int Code, string Output, string Errors) read = await _program.RunAsync("flash read p2 remote.bin --from 0x1E9000 --length 0x1000 --why backup", cancellationToken);
        string copy = Path.Combine(_program.Folder, "remote.bin");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((read.Code, read.Errors), Is.EqualTo((0, "")), read.Output);
            Assert.That(read.Output, Does.EndWith($"{copy}: 4,096 bytes from 0x1E9000, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(copy, cancellationToken)))}, proved by the chip's SHA-256.\n"));
        }
    }

    [Test]
    public async Task Suites_RunOnItsBench_WithoutInventoryPlanOrFirmwareHere(CancellationToken cancellationToken)
    {
        _program.Home.Add("far", """
            plan: far
            description: An update and one back
            timeScale: 4
            watch: { selfHeal: 30s, mqttEvery: 30s }
            suites:
              - S04: { cycles: 1, uploadLimit: 60s, stallLimit: 30s, slots: [p1] }
            """);
        await TokenAsync("tester", "switch", cancellationToken);
        string settings = Path.Combine(_program.Folder, "far.runsettings");
        await File.WriteAllTextAsync(
            settings, """<RunSettings><TestRunParameters><Parameter name="bench" value="virtual" /><Parameter name="plan" value="far" /></TestRunParameters></RunSettings>""", cancellationToken);
        _program.Variables["LABRUNNER_HOME"] = Directory.CreateDirectory(Path.Combine(_program.Folder, "elsewhere")).FullName;
        (int _, string output, string errors) = await _program.RunSuitesAsync(settings, "FullyQualifiedName~OtaCycles", cancellationToken);

        string folder = Directory.GetDirectories(Path.Combine(_program.Folder, "runs")).Single(f => RunReader.ReadOutline(f).Plan == "far");
        await TestStation.PollAsync(() => RunReader.ReadOutline(folder).Outcome is "completed", cancellationToken);
        RunRecord run = RunReader.Read(folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.Tests.Where(t => t.Verdict != Verdict.NotRun).Select(t => $"{t.Slot} {t.Suite} {t.Verdict}"), Is.EqualTo(new[] { "p1 S04 Pass" }), output + errors);
            Assert.That(run.Trials.Count(t => t is { Step: "update", Ok: true }), Is.EqualTo(2));
            Assert.That(run.Events.First(e => e.Kind == EventKinds.Lent).Text, Does.StartWith("The tests run on another machine (tester at 127.0.0.1), "));
        }
    }

    [TestCase("power p1 on", "look", "switch", "")]
    [TestCase("power p1 off", "use", "switch", "")]
    [TestCase("console p1 --power on --for 1s", "use", "switch", "")]
    [TestCase("inject p1 --watts 60", "look", "use", "")]
    [TestCase("flash info p1", "use", "switch", "")]
    [TestCase("flash read p1 copy.bin", "look", "switch", "")]
    [TestCase("flash erase p1 --all --yes", "use", "switch", "")]
    [TestCase("console p1 --for 300s", "look", "use", "help\n")]
    public async Task Role_ThatIsNotEnough_IsNamedWithTheOneThatIs(string line, string has, string needs, string typed, CancellationToken cancellationToken)
    {
        string name = $"{has}-{line.Length}";
        await TokenAsync(name, has, cancellationToken);
        (int code, string _, string errors) = await _program.RunAsync(line, cancellationToken, typed);

        Assert.That((code, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]), Is.EqualTo((
            3, $"Bench fault (Machine): station {_address}: This role is not enough. {name} may {has}; this needs the role '{needs}'. An administrator gives it: ./lab token add NAME --role {needs}. Nothing was done.")));
    }

    [Test]
    public async Task Night_Flash_AndUpdate_AreTheStations_AndAFileOfThisMachineIsNoPlanOfIts(CancellationToken cancellationToken)
    {
        await TokenAsync("builder", "switch", cancellationToken);
        await _program.RunAsync("image make-virtual 1.18.200 -o f.bin", cancellationToken);
        await _program.RunAsync("image make-ota f.bin -o f.ota", cancellationToken);
        (int Code, string Output, string Errors) path = await _program.RunAsync("night --plan ./short.yaml", cancellationToken);
        (int Code, string Output, string Errors) flash = await _program.RunAsync("flash p1 f.bin", cancellationToken);
        (int Code, string Output, string Errors) update = await _program.RunAsync("ota p1 f.ota", cancellationToken);
        int openings = Openings;
        (int Code, string Output, string Errors) night = await _program.RunAsync("night --plan short --slots p1", cancellationToken);

        // The station opens its bench again after a run, and the next test asks it something.
        await TestStation.UntilAsync(() => Openings > openings);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((path.Code, path.Output), Is.EqualTo((64, "")));
            Assert.That(path.Errors, Does.Contain("There is no plan './short.yaml'. A station plays plans of its own folder by their names").And.Contain($"Copy yours into {_program.Folder}/bench/plans on the station's machine, or play it without the station: ./lab night --alone"));
            Assert.That(flash.Code, Is.Zero, flash.Output + flash.Errors);
            Assert.That(update.Code, Is.Zero, update.Output + update.Errors);
            Assert.That(night.Code, Is.Zero, night.Output + night.Errors);
            Assert.That(night.Output, Does.Contain($"{_address}api/v1/runs/").And.Contain("/report.html"));
        }
    }

    [Test]
    public async Task TokenThatIsNone_AndNoToken_AreToldApart(CancellationToken cancellationToken)
    {
        _program.Variables["LABRUNNER_TOKEN"] = "lab_00000000_" + new string('0', 64);
        string wrong = await RefusedAsync("power p1 on", cancellationToken);
        _program.Variables["LABRUNNER_TOKEN"] = "";
        string none = await RefusedAsync("console p1 --for 1s", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(wrong, Is.EqualTo($"Bench fault (Machine): station {_address}: The token is not known. It was revoked, or it is not one of this station. Ask its administrator: ./lab token add NAME. Put the token into LABRUNNER_TOKEN.\n"));
            Assert.That(none, Is.EqualTo($"Bench fault (Machine): station {_address}: A token is needed. Ask the station's administrator for one: ./lab token add NAME. Put the token into LABRUNNER_TOKEN.\n"));
        }
    }

    [Test]
    public async Task Certificate_ThatIsNotTrusted_OrOfAnotherName_IsTheReason(CancellationToken cancellationToken)
    {
        await TokenAsync("careful", "switch", cancellationToken);
        _program.Variables["SSL_CERT_FILE"] = "/dev/null";
        string untrusted = await RefusedAsync("power p1 on", cancellationToken);
        _program.Variables["SSL_CERT_FILE"] = _certificate;
        _program.Variables["LABRUNNER_STATION"] = new UriBuilder(_address) { Host = "localhost" }.Uri.ToString();
        string named = await RefusedAsync("power p1 on", cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(untrusted, Does.StartWith($"Bench fault (Network): station {_address}: its certificate is not trusted here (").And.EndWith("SSL_CERT_FILE names a PEM file with the certificate to trust.\n"));
            Assert.That(named, Does.Contain("its certificate is not trusted here (").And.Contain("Ask it by a name that its certificate has"));
        }
    }

    [Test]
    public async Task StationThatIsNotThere_IsSaid(CancellationToken cancellationToken)
    {
        _program.Variables["LABRUNNER_STATION"] = "https://127.0.0.1:1/";

        Assert.That(await RefusedAsync("power p1 on", cancellationToken), Does.StartWith("Bench fault (Network): station https://127.0.0.1:1/: it does not answer (").And.Contain("unset LABRUNNER_STATION"));
    }

    private async Task TokenAsync(string name, string role, CancellationToken cancellationToken)
    {
        (int code, string output, string errors) = await _program.RunAsync($"token add {name} --role {role} --state {Path.Combine(_program.Folder, "state")}", cancellationToken);
        Assert.That(code, Is.Zero, errors);
        _program.Variables["LABRUNNER_TOKEN"] = output.Trim();
    }

    private async Task<string> RefusedAsync(string line, CancellationToken cancellationToken)
    {
        (int code, string output, string errors) = await _program.RunAsync(line, cancellationToken);
        Assert.That((code, output), Is.EqualTo((3, "")), errors);
        return errors;
    }
}
