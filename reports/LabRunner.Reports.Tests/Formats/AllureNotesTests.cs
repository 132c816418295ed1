using System.Text.Json;
using LabRunner.Reports.Formats;

namespace LabRunner.Reports.Tests.Formats;

/// <summary>An author's notes can carry what a device said: they change nothing but the test they stand in.</summary>
public sealed class AllureNotesTests
{
    [Test]
    public void Notes_OfAHostileDevice_AreTextAndStayInTheirFolder()
    {
        string notes = JsonSerializer.Serialize(new
        {
            test = new
            {
                name = "na\u001b[31mme\0", descriptionHtml = "<script>alert(1)</script>", labels = new[] { new { name = "tag", value = "a\0b" }, new { name = "", value = "x" } },
                links = new[] { new { name = "run", url = "javascript:alert(1)", type = "link" }, new { name = "ok", url = "https://example.org/1", type = "issue" } },
                steps = new object[]
                {
                    new { name = "one\ntwo", status = "exploded", attachments = new[] { new { name = "up", source = "../../../etc/hostname", type = "text/plain" } }, start = -5, stop = long.MaxValue },
                },
                parameters = new[] { new { name = "mode", value = "v", mode = "<b>" } },
            },
        });
        JsonElement result = Render(notes);
        JsonElement step = result.GetProperty("steps").EnumerateArray().Single(s => s.GetProperty("name").GetString()!.StartsWith("one", StringComparison.Ordinal));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.GetProperty("name").GetString(), Is.EqualTo("name\u2400"));
            Assert.That(result.GetProperty("descriptionHtml").GetString(), Is.EqualTo("&lt;script&gt;alert(1)&lt;/script&gt;"));
            Assert.That(result.GetProperty("labels").EnumerateArray().Select(l => l.GetProperty("value").GetString()), Does.Contain("a\u2400b"));
            Assert.That(result.GetProperty("labels").EnumerateArray().Select(l => l.GetProperty("name").GetString()), Has.None.Empty);
            Assert.That(result.GetProperty("links").EnumerateArray().Select(l => l.GetProperty("url").GetString()), Is.EqualTo(new[] { "https://example.org/1" }));
            Assert.That(step.GetProperty("status").GetString(), Is.EqualTo("broken"));
            Assert.That(step.GetProperty("attachments").GetArrayLength(), Is.Zero);
            Assert.That(step.GetProperty("start").GetInt64(), Is.EqualTo(result.GetProperty("start").GetInt64()));
            Assert.That(step.GetProperty("stop").GetInt64(), Is.EqualTo(result.GetProperty("stop").GetInt64()));
            Assert.That(result.GetProperty("parameters").EnumerateArray().Single(p => p.GetProperty("name").GetString() == "mode").TryGetProperty("mode", out _), Is.False);
        }
    }

    [TestCase("")]
    [TestCase("[1]")]
    [TestCase("{\"test\":{\"steps\":\"none\"}}")]
    [TestCase("{\"test\":{\"labels\":[null],\"links\":[null],\"steps\":[null],\"parameters\":[null],\"attachments\":[null]},\"befores\":[null]}")]
    public void Notes_ThatCannotBeRead_LeaveTheTestAsItWas(string notes) =>
        Assert.That(Render(notes).GetProperty("name").GetString(), Is.EqualTo("Tells"));

    [Test]
    public void Notes_NestedWithoutEnd_AreNone()
    {
        string deep = string.Concat(Enumerable.Repeat("{\"name\":\"s\",\"steps\":[", 5000)) + string.Concat(Enumerable.Repeat("]}", 5000));
        Assert.That(Render($"{{\"test\":{{\"name\":\"deep\",\"steps\":[{deep}]}}}}").GetProperty("name").GetString(), Is.EqualTo("Tells"));
    }

    private static JsonElement Render(string notes)
    {
        using TestRun run = Hostile.Run("plain");
        run.Test("p1", "T10", "Tells", 1, 9, Records.Verdict.Pass, null, null);
        Directory.CreateDirectory(Path.Combine(run.Folder, "artifacts"));
        File.WriteAllText(Path.Combine(run.Folder, "artifacts", "allure.json"), notes);
        run.Artefact("p1", "T10", "Tells", 5, AllureNotes.FileName, AllureNotes.MediaType, "artifacts/allure.json");
        return Directory.EnumerateFiles(ReportRenderer.Render(run.Folder).Paths!.AllureResults, "*-result.json")
            .Select(file => JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(file)))
            .Single(result => result.GetProperty("labels").EnumerateArray().Any(l => l.GetProperty("name").GetString() == "suite" && l.GetProperty("value").GetString() == "T10"));
    }
}
