using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LabRunner.Reports.Variant;

namespace LabRunner.Bench.Tests.Hand;

/// <summary>The probe as a user starts it, on a virtual board nobody has seen, and the document that is made of it.</summary>
[CancelAfter(400_000)]
public sealed class ProbeVerbTests
{
    private CommandBench _place;

    [SetUp]
    public void SetUp() => _place = new CommandBench();

    [TearDown]
    public void TearDown() => _place.Dispose();

    [Test]
    public async Task Probe_UnknownBoard_FindsItsPins_AndTheReportPrints(CancellationToken token)
    {
        string run = Path.Combine(_place.Folder, "run");
        (int code, string output, string errors) = await _place.RunAsync(
            token, "probe", "u1", "--bench", "virtual-variants", "--time-scale", "20", "--toggles", "5", "--presses", "4", "--boots", "1", "--name", "new-one", "--out", run, "--json");
        Assert.That(code, Is.Zero, output + errors);
        JsonElement said = JsonDocument.Parse(output).RootElement;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                said.GetProperty("template").GetProperty("pins").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()),
                Is.EquivalentTo(new Dictionary<string, string> { ["5"] = "Rel_n;1", ["0"] = "BL0937CF1;0", ["11"] = "BL0937CF;0", ["22"] = "Btn_n;1", ["1"] = "LED;1", ["4"] = "BL0937SEL_n;0" }));
            Assert.That(said.GetProperty("functions").EnumerateArray().Select(f => f.GetProperty("function").GetString()), Is.SupersetOf(new[] { "uart", "strap", "rail", "boot", "relay-gap" }));
            Assert.That(Path.Combine(run, "artifacts", "u1", "new-one.yaml"), Does.Exist);
            Assert.That(Path.Combine(run, "report", "index.html"), Does.Exist);
        }

        Assert.That(File.ReadAllText(Path.Combine(run, "report", "report.json")), Does.Not.Contain("virtual-bench"), "the Wi-Fi password that the console prints");
        string variant = VariantReport.Write(VariantRecord.Read([run], null));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(variant, Does.Contain("new-one.template.json of run").And.Contain("Rel_n;1"), "the template that was proposed");
            Assert.That(variant, Does.Contain("1.5 W/Hz").And.Contain("0.13253012048 V/Hz").And.Contain("0.0118577075 A/Hz"), "the constants of its board file");
            Assert.That(variant, Does.Contain("the probe, 3 steps"), "the device's own");
        }

        if (!File.Exists("/usr/bin/chromium") && Environment.GetEnvironmentVariable("LABRUNNER_CHROMIUM") is null)
        {
            Assert.Ignore("there is no chromium that could print the PDF: sudo apt-get install --yes chromium");
        }

        (code, output, errors) = await _place.RunAsync(token, "report", run, "--variant", "--json");
        Assert.That(code, Is.EqualTo(2), output + errors);
        Assert.That(JsonDocument.Parse(output).RootElement.GetProperty("verdict").GetString(), Is.EqualTo("INCONCLUSIVE"), "the metering was not asked");
        byte[] pdf = await File.ReadAllBytesAsync(JsonDocument.Parse(output).RootElement.GetProperty("pdf").GetString()!, token);
        string text = Encoding.Latin1.GetString(pdf);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.StartWith("%PDF-"));
            Assert.That(Regex.Count(text, @"/Type\s*/Page\b(?!s)"), Is.GreaterThanOrEqualTo(2), "pages");
        }

        if (!File.Exists("/usr/bin/pdftotext"))
        {
            await TestContext.Out.WriteLineAsync("The PDF's text was not read: there is no pdftotext.");
            return;
        }

        string plain = Path.Combine(_place.Folder, "variant.txt");
        using System.Diagnostics.Process reader = System.Diagnostics.Process.Start("/usr/bin/pdftotext", ["-layout", Path.Combine(run, "report", "variant.pdf"), plain]);
        await reader.WaitForExitAsync(token);
        string words = await File.ReadAllTextAsync(plain, token);
        Assert.That(words, Does.Contain("Validation report").IgnoreCase.And.Contain("GPIO 5, on at a low level").And.Contain("What was not tested").And.Contain("Signature").And.Contain("page 2 of"));
    }

    [Test]
    public async Task Probe_SlotOnMains_DrivesNothing_AndSaysWhatIsOpen(CancellationToken token)
    {
        (int code, string output, string errors) = await _place.RunAsync(
            token, "probe", "m1", "--bench", "virtual-variants", "--time-scale", "20", "--boots", "0", "--out", Path.Combine(_place.Folder, "run"), "--json");
        Assert.That(code, Is.EqualTo(2), output + errors);
        JsonElement said = JsonDocument.Parse(output).RootElement;
        Assert.That(
            said.GetProperty("functions").EnumerateArray().Single(f => f.GetProperty("function").GetString() == "relay").GetProperty("said").GetString(), Does.Contain("the slot is on mains"));
    }

    [TestCase("--name", "../evil", "--name")]
    [TestCase("--toggles", "0", "--toggles")]
    public async Task Probe_BadOption_UsageAndNoRun(string option, string value, string said, CancellationToken token)
    {
        (int code, string output, string errors) = await _place.RunAsync(token, "probe", "u1", "--bench", "virtual-variants", option, value);
        Assert.That((code, (output + errors).Contains(said, StringComparison.Ordinal)), Is.EqualTo((64, true)), output + errors);
    }
}
