using System.Net.Sockets;
using System.Text.Json;
using System.Xml.Linq;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using NJsonSchema;

namespace LabRunner.Reports.Tests.Formats;

/// <summary>Whatever a device says, the reports stay reports.</summary>
public sealed class EscapingTests
{
    private static readonly string[] Texts =
    [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onload='alert(1)", "</pre></section></body>", "]]>&amp;<!--", "</style><script>1</script>",
        "\0\u0001\u0008\u000b\u001f\u007f", "\u001b[31mred\u001b[0m \u001b[2J\u001b]0;title\u0007", "\u0085\u009b31m", "\u202egnp.exe", "\u200fcba\u061c\u200e\u2028\u2029", "\ud800 lone \udc00", "\u001b[31m=1+1", "~a~ *b* _c_ `d`", "\ufffe\uffff", "😀 ünïcødé 漢",
    ];

    [TestCaseSource(nameof(Texts))]
    public async Task Render_HostileText_StaysText(string text)
    {
        using TestRun run = Hostile.Run(text);

        ReportPaths paths = ReportRenderer.Render(run.Folder).Paths!;

        string html = await File.ReadAllTextAsync(paths.Html);
        JsonSchema schema = await JsonSchema.FromJsonAsync(JsonReport.Schema);
        XElement root = XDocument.Parse(html[html.IndexOf("<html", StringComparison.Ordinal)..]).Root!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(root.Descendants("script").Count(), Is.EqualTo(1), "the page's own");
            Assert.That(root.Descendants().Attributes().Where(a => a.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase)), Is.Empty);
            Assert.That(root.Descendants("style").Count(), Is.EqualTo(1));
            Assert.That(html.Where(c => char.IsControl(c) && c is not '\n' and not '\t'), Is.Empty);
            Assert.That(html.Where(c => c is '\u061c' or (>= '\u200e' and <= '\u200f') or (>= '\u2028' and <= '\u202e') or '\u001b'), Is.Empty);
            Assert.That(schema.Validate(await File.ReadAllTextAsync(paths.Json)).Select(e => e.ToString()), Is.Empty);
            Assert.That(XDocument.Load(paths.JUnit).Root?.Name.LocalName, Is.EqualTo("testsuites"));
            Assert.That(XDocument.Load(paths.Trx).Root?.Name.LocalName, Is.EqualTo("TestRun"));
            Assert.That(Directory.EnumerateFiles(paths.AllureResults, "*.json").Select(f => Parses(f)), Is.All.True);
        }
    }

    [TestCaseSource(nameof(Texts))]
    public async Task Exports_HostileText_StayWholeFiles(string text)
    {
        using TestRun run = Hostile.Run(text);
        run.Insert("slots", ("name", text + "2"), ("board", text), ("title", text), ("chip", text), ("sentinel", false), ("capabilities", "[]"), ("facts", "{}"));
        run.Telemetry(1, text + "2", 1, 90_000);
        RunRecord record = RunReader.Read(run.Folder);

        string csv = await File.ReadAllTextAsync(await ReportRenderer.ExportSeriesAsync(run.Folder, "csv", CancellationToken.None));
        string parquet = await ReportRenderer.ExportSeriesAsync(run.Folder, "parquet", CancellationToken.None);
        string paragraph = Paragraph.Of(record);
        byte[] picture = ScorecardPicture.Draw(record);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(csv.Split("\r\n"), Has.Length.EqualTo(3), "a head, a sample and the end of the file");
            Assert.That(csv.Where(c => char.IsControl(c) && c is not '\r' and not '\n'), Is.Empty);
            Assert.That(new FileInfo(parquet).Length, Is.GreaterThan(100));
            Assert.That(paragraph.Where(char.IsControl), Is.Empty);
            Assert.That(paragraph, Does.Not.Contain("\u202e"));
            Assert.That(picture[1..4], Is.EqualTo("PNG"u8.ToArray()));
        }
    }

    /// <summary>Halves of characters as the names of facts: the row is read, and each name is told as it was written.</summary>
    [Test]
    public void Read_NamesThatAreNoText_AreKeptAsWritten()
    {
        using TestRun run = Hostile.Run("plain");
        RunRecord record = RunReader.Read(run.Folder);
        string[] names = ["\\ud800", "half", "\\ud800 <b>"];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(record.Identities[^1].Facts.Keys, Is.EquivalentTo(names));
            Assert.That(record.Identities[^1].Facts["\\ud800"], Is.EqualTo("x"));
            Assert.That(record.Intents.Single(i => i.Suite == "S12").Data.Keys, Is.EquivalentTo(names));
            Assert.That(record.Trials.Single(t => t.Suite == "S09").Detail.Keys, Is.EquivalentTo(names));
            Assert.That(record.Measurements.Where(m => m.Detail.ContainsKey("half")), Has.Exactly(1).Items);
            Assert.That(record.Events.Where(e => e.Data.ContainsKey("\\ud800")), Has.Exactly(1).Items);
        }
    }

    [Test]
    public void Render_TenMegabytesInOneLine_ChangesNothing()
    {
        string text = new('\u001b', 10_000_000);
        using TestRun run = Hostile.Run("plain");
        run.Incident("p1", "CRASH", null, text, 8, null, null, null, text, [text]);

        ReportPaths paths = ReportRenderer.Render(run.Folder).Paths!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new FileInfo(paths.Html).Length, Is.LessThan(250_000));
            Assert.That(new FileInfo(paths.Trx).Length, Is.LessThan(100_000));
            Assert.That(Directory.EnumerateFiles(paths.AllureResults).Select(f => new FileInfo(f).Length), Is.All.LessThan(1_000_000));
        }
    }

    [Test]
    public void Render_VeryLongLine_IsCutInHtmlAndWholeInJson()
    {
        string text = new('x', 300_000);
        using TestRun run = Hostile.Run("plain");
        run.Incident("p1", "CRASH", null, "long", 8, null, null, null, "long", [text]);

        ReportPaths paths = ReportRenderer.Render(run.Folder).Paths!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new FileInfo(paths.Html).Length, Is.LessThan(150_000));
            Assert.That(File.ReadAllText(paths.Html), Does.Contain("more characters)"));
            Assert.That(File.ReadAllText(paths.Json), Does.Contain(text));
        }
    }

    [TestCase("../../etc/passwd")]
    [TestCase("/etc/passwd")]
    [TestCase("artifacts/../../secret.txt")]
    [TestCase("artifacts\\..\\secret.txt")]
    [TestCase("link/secret.txt")]
    [TestCase("link.png")]
    [TestCase("artifacts")]
    [TestCase("artifacts/a\nb")]
    public void Render_PathThatLeavesTheFolder_IsNotFollowed(string path)
    {
        string outside = Directory.CreateTempSubdirectory("labrunner-outside-").FullName;
        File.WriteAllText(Path.Combine(outside, "secret.txt"), "TOP-SECRET");
        using TestRun run = Hostile.Run("plain", path);
        Directory.CreateDirectory(Path.Combine(run.Folder, "artifacts"));
        Directory.CreateSymbolicLink(Path.Combine(run.Folder, "link"), outside);
        File.CreateSymbolicLink(Path.Combine(run.Folder, "link.png"), Path.Combine(outside, "secret.txt"));

        ReportPaths paths = ReportRenderer.Render(run.Folder).Paths!;

        string html = File.ReadAllText(paths.Html);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RunFiles.Find(run.Folder, path), Is.Null);
            Assert.That(html, Does.Contain("plain (not in the run folder)"));
            Assert.That(html, Does.Not.Contain("<img").And.Not.Contain(Convert.ToBase64String("TOP-SECRET"u8)));
            Assert.That(Directory.EnumerateFiles(paths.AllureResults).Select(File.ReadAllText), Has.None.Contains("TOP-SECRET"));
        }

        Directory.Delete(outside, recursive: true);
    }

    [Test]
    public void Render_TextFileOfADevice_IsCleanInAllureAndWholeInTheRunFolder()
    {
        byte[] raw = [.. "boot\0\u001b[31mred\u001b[2J"u8, 0xff, 0xfe];
        using TestRun run = Hostile.Run("plain");
        Directory.CreateDirectory(Path.Combine(run.Folder, "artifacts"));
        File.WriteAllBytes(Path.Combine(run.Folder, "artifacts", "dump.txt"), raw);
        run.Artefact("p1", "plain", "plain", 2, "dump", "text/plain", "artifacts/dump.txt");

        string[] texts = [.. Directory.EnumerateFiles(ReportRenderer.Render(run.Folder).Paths!.AllureResults, "*.txt").Select(File.ReadAllText)];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(texts, Has.Some.Contains("boot\u2400red"));
            Assert.That(texts.SelectMany(t => t).Where(c => char.IsControl(c) && c is not '\n' and not '\t'), Is.Empty);
            Assert.That(File.ReadAllBytes(Path.Combine(run.Folder, "artifacts", "dump.txt")), Is.EqualTo(raw));
        }
    }

    [Test]
    public void Render_FileThatCannotBeRead_IsSaidAndCostsNoReport()
    {
        using TestRun run = Hostile.Run("plain");
        Directory.CreateDirectory(Path.Combine(run.Folder, "artifacts"));
        using Socket locked = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        locked.Bind(new UnixDomainSocketEndPoint(Path.Combine(run.Folder, "artifacts", "locked.png")));
        run.Artefact("p1", "plain", "plain", 2, "locked", "image/png", "artifacts/locked.png");

        ReportPaths paths = ReportRenderer.Render(run.Folder).Paths!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(paths.Html), Does.Contain("locked"));
            Assert.That(Directory.EnumerateFiles(paths.AllureResults, "*.txt").Select(File.ReadAllText), Has.Some.StartsWith("artifacts/locked.png cannot be read: "));
        }
    }

    [TestCase("a\u001b[1;31mb\u001b[0mc", "abc")]
    [TestCase("\u001b[2J", "␛[2J")]
    [TestCase("a\r\nb\rc\td", "a\nb␍c\td")]
    [TestCase("\0", "␀")]
    public void Clean_ControlCharacters_AreSeenAndDoNothing(string text, string expected) =>
        Assert.That(SafeText.Clean(text), Is.EqualTo(expected));

    [TestCase("password: hunter2")]
    [TestCase("  mqtt: { user: a, password: hunter2, port: 1 }")]
    [TestCase("wifiPassword: \"hun, hunter2\"")]
    [TestCase("broker: mqtt://user:hunter2@host:1883")]
    [TestCase("api_token: 'hunter2'")]
    [TestCase("  password: |\n    hunter2\n    more hunter2\n  port: 1")]
    [TestCase("psk: >-\n  hunter2\n\n  hunter2\nport: 1")]
    [TestCase("{ \"password\": \"a\\\"hunter2\" }")]
    public void Hide_SecretInAnyStyle_IsGone(string text) => Assert.That(Secrets.Hide(text), Does.Not.Contain("hunter2"));

    [TestCase('x')]
    [TestCase('"')]
    [TestCase(' ')]
    public void Hide_VeryLongRun_EndsWithTheTextOrWithout(char c)
    {
        string text = new(c, 200_000);
        Assert.That(Secrets.Hide(text), Is.EqualTo(text).Or.EqualTo(Secrets.NotSearched));
    }

    [Test]
    public void Hide_OtherLines_StayAsTheyAre()
    {
        const string text = "bench: virtual\nslots:\n  p1: { board: sm-028, line: 3 }\n";
        Assert.That(Secrets.Hide(text), Is.EqualTo(text));
    }

    private static bool Parses(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        return document.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array;
    }
}
